// Whose name a record bears in the archive, where a slot had several producers.
#include <csignal>

#include "archiver.hpp"

namespace test {
namespace {

using logbuf::queue::mpsc::Producer;

// One slot for all who come, and an archiver.
struct Setting {
  ScratchRing ring{{.capacity = 65536, .max_producers = 1}};
  TemporaryDirectory directory;
  Program daemon = archive_ring(ring.name(), directory.path());

  Producer producer(const std::string& name) const { return required(Producer::attach(ring.name(), {.name = name})); }
  // Each record as "payload of producer".
  Lines names() {
    ring.close();
    CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
    Lines all;
    auto reader = required(logbuf::archive::Reader::open(directory.path() / ring.name()));
    while (const auto entry = required(reader.next())) {
      const auto& record = std::get<logbuf::archive::Record>(*entry);
      all.push_back(std::string(reinterpret_cast<const char*>(record.bytes.data()), record.bytes.size()) + " of " +
                    std::string(record.producer));
    }
    return all;
  }
};

}  // namespace

TEST_CASE("a record bears the name of who wrote it, also when the next one has the slot already") {
  Setting s;
  {
    auto first = s.producer("first");
    put(first, "1");
    wait_until("the ring is drained", [&] { return s.ring.drained(); });
    s.daemon.stop();
    put(first, "2");
  }
  {
    auto second = s.producer("second");
    put(second, "3");
  }
  s.daemon.signal(SIGCONT);
  CHECK(s.names() == Lines{"1 of first", "2 of first", "3 of second"});
}

TEST_CASE("a producer that came and went unseen leaves records without a name, and not under another's") {
  Setting s;
  {
    auto first = s.producer("first");
    put(first, "1");
    wait_until("the ring is drained", [&] { return s.ring.drained(); });
    s.daemon.stop();
  }
  {
    auto unseen = s.producer("unseen");
    put(unseen, "2");
  }
  {
    auto third = s.producer("third");
    put(third, "3");
  }
  s.daemon.signal(SIGCONT);
  CHECK(s.names() == Lines{"1 of first", "2 of ", "3 of third"});
}

}  // namespace test
