// The consumer of a Boost.Interprocess message_queue: PROGRAM PAGE QUEUE FILE
//
// Appends each message to the file as it comes, with nothing in between that its death could take. Ends when the
// producers have been stopped and the queue is empty. Built twice, as the producer.
#include <fcntl.h>
#include <unistd.h>

#include <boost/date_time/posix_time/posix_time_types.hpp>
#include <boost/interprocess/ipc/message_queue.hpp>

#include "produce.hpp"

namespace {

using namespace logbuf::compare;
namespace ipc = boost::interprocess;

// False: there was none for a while, or the mutex could not be had.
bool receive(ipc::message_queue& queue, RecordText& record) {
  try {
    ipc::message_queue::size_type size = 0;
    unsigned priority = 0;
    if (queue.try_receive(record.data(), record.size(), size, priority)) return size == record.size();
    const auto until = boost::posix_time::microsec_clock::universal_time() + boost::posix_time::milliseconds(10);
    return queue.timed_receive(record.data(), record.size(), size, priority, until) && size == record.size();
  } catch (const ipc::interprocess_exception& error) {
    if (error.get_error_code() != ipc::timeout_when_locking_error) throw;
    return false;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "%s: only logbuf-compare starts this\n", argv[0]);
    return 2;
  }
  try {
    const logbuf::bench::SharedMemory memory(std::atoi(argv[1]), sizeof(Page));
    const Page& page = page_in(memory);
    ipc::message_queue queue(ipc::open_only, argv[2]);
    const int file = ::open(argv[3], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file == -1) throw std::runtime_error("the file cannot be opened");
    for (;;) {
      // Before the look into the queue: what was sent before the stop is in it.
      const bool last = page.stop.load(std::memory_order_acquire) == 2;
      RecordText record;
      if (receive(queue, record)) {
        if (::write(file, record.data(), record.size()) != static_cast<ssize_t>(record.size()))
          throw std::runtime_error("the file cannot be written");
      } else if (last) {
        return 0;
      }
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return 1;
  }
}
