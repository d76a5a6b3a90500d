// A process at one end of a ring, for tests that kill it. It says on stdout what it has done, and waits on
// stdin.
//
//   peer produce RING TYPE COUNT LONGEST   sends COUNT records, whose content (TYPE, n) tells
//   peer hold-producer RING                attaches, says "ready", stays until stdin ends
//   peer hold-consumer RING                the same as consumer
//   peer hold-claim RING                   the same as producer, in the middle of a claim
//   peer report RING BATCH                 for each record: a Report to stdout, then (after BATCH bytes) the
//   release
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include <logbuf/channel.hpp>
#include <logbuf/queue.hpp>

#include "content.hpp"
#include "report.hpp"

namespace {

using Sender = logbuf::channel::mpsc::Sender;
using logbuf::Receiver;

int refused(std::string_view what) {
  std::fprintf(stderr, "peer: cannot %.*s: %s\n", static_cast<int>(what.size()), what.data(),
               logbuf::error_detail().c_str());
  return 1;
}

void hold() {
  (void)!::write(STDOUT_FILENO, "ready\n", 6);
  char c;
  while (::read(STDIN_FILENO, &c, 1) > 0) {
  }
}

int hold_claim(const std::string& ring) {
  auto producer = logbuf::queue::mpsc::Producer::attach(ring);
  if (!producer) return refused("attach");
  for (;;) {
    auto claim = producer->try_claim(100);
    if (!claim) continue;  // full
    // Only a part, and like headers.
    std::memset(claim->bytes().data(), 0x28, 56);
    hold();
    return 0;
  }
}

int produce(const std::string& ring, std::uint16_t type, std::uint64_t count, std::size_t longest) {
  auto sender = Sender::attach(ring);
  if (!sender) return refused("attach");
  for (std::uint64_t n = 0; n < count; ++n) {
    if (n % 31 == 5) (void)sender->send(77);  // aborted
    for (;;) {
      auto claim = sender->send(test::content_length(type, n, longest), type);
      if (!claim) {
        // Between two consumers there is none.
        if (claim.error() == logbuf::SendError::disconnected && !sender->is_closed()) continue;
        return refused("send");
      }
      test::fill_content(type, n, claim->bytes());
      claim->commit();
      break;
    }
  }
  return 0;
}

int report(const std::string& ring, std::uint64_t batch_bytes) {
  auto receiver = Receiver::attach(ring);
  if (!receiver) return refused("attach");
  for (;;) {
    auto batch = receiver->recv_batch(batch_bytes, std::chrono::hours(1));
    if (!batch) return 0;
    for (const logbuf::Record& record : *batch) {
      const test::Report line = {.position = record.position(),
                                 .seq = batch->first_record() + batch->records() - 1,
                                 .type = record.type(),
                                 .slot = record.producer(),
                                 .length = static_cast<std::uint32_t>(record.bytes().size()),
                                 .hash = test::hash_of(record.bytes())};
      // A whole one or none: a pipe takes this much in one piece.
      if (::write(STDOUT_FILENO, &line, sizeof line) != sizeof line) return 1;
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const std::string_view what = argv[1];
  const std::string ring = argv[2];
  const auto number = [&](int i) { return i < argc ? std::strtoull(argv[i], nullptr, 10) : 0; };
  if (what == "produce") return produce(ring, static_cast<std::uint16_t>(number(3)), number(4), number(5));
  if (what == "report") return report(ring, number(3));
  if (what == "hold-producer") {
    const auto sender = Sender::attach(ring);
    if (!sender) return refused("attach");
    hold();
    return 0;
  }
  if (what == "hold-claim") return hold_claim(ring);
  if (what == "hold-consumer") {
    const auto receiver = Receiver::attach(ring);
    if (!receiver) return refused("attach");
    hold();
    return 0;
  }
  return 2;
}
