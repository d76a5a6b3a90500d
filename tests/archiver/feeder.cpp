// A producer process: archiver-feeder RING mpsc|spsc queue|channel|drop NUMBER COUNT
//
// Attaches as "feeder-NUMBER", writes one byte to stdout (ready), waits for the end of stdin (the gate), sends COUNT
// records with NUMBER as their type, or fewer if SIGTERM comes; waits at a full ring whoever lives. Writes to stdout
// how many it has committed. Exit code 0: no record was refused for good. "drop" is a queue's, and each time that it
// finds the ring full counts as a record lost.
#include <time.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <logbuf/logbuf.hpp>

#include "record_stream.hpp"

namespace {

volatile std::sig_atomic_t stop = 0;
logbuf::IfFull if_full = logbuf::IfFull::retry;

int complain(const std::string& what) {
  std::fprintf(stderr, "archiver-feeder: %s\n", what.c_str());
  return 2;
}

// A full ring: gives the processor to whoever empties it.
void back_off() {
  const timespec nap = {.tv_sec = 0, .tv_nsec = 50'000};
  ::nanosleep(&nap, nullptr);
}

void wait_at_gate() {
  if (::write(STDOUT_FILENO, "r", 1) != 1) std::_Exit(2);
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) > 0) {
  }
}

template <logbuf::Kind K>
auto claim(logbuf::Producer<K>& producer, std::size_t length, std::uint16_t type) {
  return producer.try_claim(length, type, if_full);
}
template <logbuf::Kind K>
auto claim(logbuf::Sender<K>& sender, std::size_t length, std::uint16_t type) {
  return sender.send(length, type);
}

bool try_again(logbuf::ClaimError error) {
  return error == logbuf::ClaimError::full;
}
// Full, and no consumer lives: the next one will come.
bool try_again(logbuf::SendError error) {
  return error == logbuf::SendError::disconnected;
}

template <typename End>
int feed(const std::string& ring, std::uint16_t number, std::uint64_t count) {
  auto end = End::attach(ring, {.name = "feeder-" + std::to_string(number)});
  if (!end) return complain(logbuf::error_detail());
  const auto segment = logbuf::Segment::open(ring);
  if (!segment) return complain(logbuf::error_detail());
  test::RecordStream stream(number, segment->info().capacity / 4);
  wait_at_gate();
  std::uint64_t n = 0;
  for (; n < count && stop == 0; ++n) {
    const std::size_t length = stream.begin();
    auto space = claim(*end, length, number);
    while (!space && stop == 0) {
      if (!try_again(space.error()) || end->is_closed())
        return complain("record " + std::to_string(n) + " of " + std::to_string(length) + " bytes is refused");
      back_off();
      space = claim(*end, length, number);
    }
    if (!space) break;
    stream.fill(space->bytes());
    space->commit();
  }
  std::printf("%llu", static_cast<unsigned long long>(n));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) return complain("usage: archiver-feeder RING mpsc|spsc queue|channel|drop NUMBER COUNT");
  const std::string ring = argv[1];
  const std::string how = std::string(argv[2]) + " " + argv[3];
  const auto number = static_cast<std::uint16_t>(std::strtoul(argv[4], nullptr, 10));
  const std::uint64_t count = std::strtoull(argv[5], nullptr, 10);
  std::signal(SIGTERM, [](int) { stop = 1; });
  using namespace logbuf;
  if (how == "mpsc drop") if_full = IfFull::drop;
  if (how == "mpsc queue" || how == "mpsc drop") return feed<queue::mpsc::Producer>(ring, number, count);
  if (how == "spsc queue") return feed<queue::spsc::Producer>(ring, number, count);
  if (how == "mpsc channel") return feed<channel::mpsc::Sender>(ring, number, count);
  if (how == "spsc channel") return feed<channel::spsc::Sender>(ring, number, count);
  return complain("no such kind of producer: " + how);
}
