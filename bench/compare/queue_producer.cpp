// A producer of a Boost.Interprocess message_queue: PROGRAM PAGE LIFE QUEUE
//
// Built twice. With BOOST_INTERPROCESS_ENABLE_TIMEOUT_WHEN_LOCKING the library gives up a mutex that it cannot lock in
// time, and throws; the producer then also waits no longer at a full queue.
#include <boost/date_time/posix_time/posix_time_types.hpp>
#include <boost/interprocess/ipc/message_queue.hpp>

#include "produce.hpp"

int main(int argc, char** argv) {
  using namespace logbuf::compare;
  return produce_as(argc, argv, 1, [](Page& page, Life& life, std::uint32_t number, char** arguments) {
    namespace ipc = boost::interprocess;
    ipc::message_queue queue(ipc::open_only, arguments[0]);
    produce(page, life, number, [&](const RecordText& record) {
      try {
#ifdef BOOST_INTERPROCESS_ENABLE_TIMEOUT_WHEN_LOCKING
        const auto until = boost::posix_time::microsec_clock::universal_time() + boost::posix_time::seconds(1);
        if (!queue.timed_send(record.data(), record.size(), 0, until)) return Put::refused;
#else
        queue.send(record.data(), record.size(), 0);
#endif
      } catch (const ipc::interprocess_exception& error) {
        if (error.get_error_code() != ipc::timeout_when_locking_error) throw;
        return Put::refused;
      }
      return Put::written;
    });
    return 0;
  });
}
