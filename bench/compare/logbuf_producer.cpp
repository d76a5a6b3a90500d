// A producer of a logbuf ring: PROGRAM PAGE LIFE RING wait|try
#include <cstring>
#include <span>
#include <string>

#include <logbuf/logbuf.hpp>

#include "failure.hpp"
#include "produce.hpp"

namespace {

using namespace logbuf;
using namespace logbuf::compare;

template <typename T>
T attached(std::expected<T, std::error_code> end) {
  if (!end) cli::die(end.error(), "attaching to the ring");
  return std::move(*end);
}

int wait_at_full(Page& page, Life& life, std::uint32_t number, const std::string& ring) {
  auto sender = attached(channel::mpsc::Sender::attach(ring, {.name = "life-" + std::to_string(number)}));
  produce(page, life, number, [&](const RecordText& record) {
    for (;;) {
      const auto sent = sender.send(std::as_bytes(std::span(record)));
      if (sent) return Put::written;
      // The ring is full and its archiver has died: the next one will come.
      if (sent.error() != SendError::disconnected || sender.is_closed()) cli::die("the ring refuses a record");
      if (page.stop.load(std::memory_order_relaxed) != 0) return Put::stopped;
      nap();
    }
  });
  return 0;
}

int go_on_at_full(Page& page, Life& life, std::uint32_t number, const std::string& ring) {
  auto producer = attached(queue::mpsc::Producer::attach(ring, {.name = "life-" + std::to_string(number)}));
  produce(page, life, number, [&](const RecordText& record) {
    auto claim = producer.try_claim(record.size(), 0, IfFull::drop);
    if (!claim) {
      if (claim.error() != ClaimError::full) cli::die("the ring refuses a record");
      return Put::refused;
    }
    std::memcpy(claim->bytes().data(), record.data(), record.size());
    claim->commit();
    return Put::written;
  });
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return produce_as(argc, argv, 2, [](Page& page, Life& life, std::uint32_t number, char** arguments) {
    const bool wait = std::string(arguments[1]) == "wait";
    return wait ? wait_at_full(page, life, number, arguments[0]) : go_on_at_full(page, life, number, arguments[0]);
  });
}
