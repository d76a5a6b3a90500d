// Looking at a ring beside its archiver takes nothing from it.
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "archiver.hpp"
#include "record_stream.hpp"

namespace test {
namespace {

constexpr std::size_t kCapacity = 65536;

}  // namespace

TEST_CASE("a Peek beside an archiver sees whole records, and the archive is complete") {
  const ScratchRing ring({.capacity = kCapacity});
  const TemporaryDirectory directory;
  Feeders feeders(ring.name(), "mpsc", "queue", 4, 20'000);
  Program daemon = archive_ring(ring.name(), directory.path());
  auto peek = required(logbuf::Peek::open(ring.name()));
  feeders.open_gate();
  std::uint64_t seen = 0;
  std::uint64_t missed = 0;
  std::uint64_t next = 0;
  std::uint64_t wrong = 0;
  while (seen + missed < 80'000) {
    const auto entry = required(peek.next());
    if (!entry) {
      peek.wait(std::chrono::milliseconds(10));
      if (!feeders.running() && ring.drained() && peek.position() >= ring.status().tail) break;
      continue;
    }
    if (const auto* const gap = std::get_if<logbuf::Missed>(&*entry)) {
      missed += gap->records;
      next += gap->records;
      continue;
    }
    const auto& record = std::get<logbuf::PeekedRecord>(*entry);
    ++seen;
    if (record.seq != next++ || record.type >= 4) ++wrong;
    // The first word says whose record it is and which: a record copied while it was zeroed would not.
    if (record.bytes.size() >= 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, record.bytes.data(), 8);
      if (word >> 48 != record.type || (word & 0xffff'ffff'ffff) >= 20'000) ++wrong;
    }
  }
  CHECK(wrong == 0);
  CHECK(seen > 0);
  CHECK(seen + missed == 80'000);
  const auto sent = feeders.wait();
  ring.close();
  CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
  CHECK(verify(directory.path() / ring.name(), sent, kCapacity / 4).problem == "");
}

TEST_CASE("an archive that is removed while it is written is said to be lost, and another one begins") {
  const ScratchRing ring;
  const TemporaryDirectory directory;
  Program daemon = archive_ring(ring.name(), directory.path());
  auto producer = required(logbuf::queue::mpsc::Producer::attach(ring.name()));
  put(producer, "lost");
  wait_until("it is archived", [&] { return ring.drained(); });
  std::filesystem::remove_all(directory.path() / ring.name());
  wait_until("it has noticed", [&] {
    put(producer, "perhaps lost");
    return daemon.has_said("somebody has removed its files in " + (directory.path() / ring.name()).string());
  });
  wait_until("another archive begins", [&] { return std::filesystem::exists(directory.path() / ring.name()); });
  wait_until("the ring has a consumer again", [&] { return ring.has_consumer(); });
  put(producer, "kept");
  wait_until("it is archived", [&] { return ring.drained(); });
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 3);
  CHECK(contents_of(directory.path() / ring.name()).back() == "kept");
}

TEST_CASE("logbuf-cat -f beside an archiver takes nothing, and ends quietly when its pipe closes") {
  const char* const cat = std::getenv("LOGBUF_CAT");
  if (cat == nullptr || ::access(cat, X_OK) != 0) {
    MESSAGE("skipped: there is no logbuf-cat");
    return;
  }
  const ScratchRing ring({.capacity = kCapacity});
  const TemporaryDirectory directory;
  Feeders feeders(ring.name(), "mpsc", "queue", 4, 1'000'000'000);
  Program daemon = archive_ring(ring.name(), directory.path());
  wait_until("the archiver attaches", [&] { return ring.has_consumer(); });
  Program follower({cat, "-f", "-o", "raw", ring.name()});
  follower.close_stdin();
  feeders.open_gate();
  CHECK(follower.read_byte());
  follower.close_stdout();
  CHECK(follower.wait() == 0);
  CHECK(follower.said().find("ipe") == std::string::npos);
  const auto sent = feeders.stop();
  ring.close();
  CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
  CHECK(verify(directory.path() / ring.name(), sent, kCapacity / 4).problem == "");
}

}  // namespace test
