// A producer of a logbuf ring: PROGRAM PAGE RING
#include <cstring>

#include <logbuf/channel.hpp>

#include "failure.hpp"
#include "produce.hpp"

int main(int argc, char** argv) {
  using namespace logbuf;
  using namespace logbuf::bench_disk;
  return produce_as(argc, argv, [](Page& page, const char* ring) {
    auto sender = channel::mpsc::Sender::attach(ring);
    if (!sender) cli::die(sender.error(), "attaching to the ring");
    produce(page, [&](std::span<const std::byte> record) {
      auto claim = sender->send(record.size());
      if (!claim) cli::die("the archiver is gone, or has closed the ring");
      std::memcpy(claim->bytes().data(), record.data(), record.size());
      claim->commit();
    });
  });
}
