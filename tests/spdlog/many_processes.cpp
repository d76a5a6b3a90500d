// Many processes with many threads, which log to one ring that the archiver drains.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "archiver.hpp"
#include "message.hpp"

namespace test {
namespace {

constexpr unsigned kProcesses = 8;
constexpr unsigned kThreads = 4;
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr unsigned kMessages = 200;
#else
constexpr unsigned kMessages = 5'000;
#endif

// All that a record in the archive may be, and which comes next of each thread.
class Expectation {
 public:
  // What is wrong with it; empty: nothing.
  std::string take(const std::string& line, std::uint16_t type) {
    Message message;
    char* at = nullptr;
    message.process = static_cast<unsigned>(std::strtoul(line.c_str(), &at, 10));
    message.thread = static_cast<unsigned>(std::strtoul(at, &at, 10));
    message.n = std::strtoull(at, &at, 10);
    std::uint64_t& next = next_[{message.process, message.thread}];
    if (message.n != next++) return "out of its thread's order: " + line;
    if (line != message.line()) return "not what was logged: " + line;
    if (type != 1 + static_cast<int>(message.level())) return "type " + std::to_string(type) + ": " + line;
    return "";
  }
  bool complete() const {
    return next_.size() == kProcesses * kThreads &&
           std::ranges::all_of(next_, [](const auto& thread) { return thread.second == kMessages; });
  }

 private:
  std::map<std::pair<unsigned, unsigned>, std::uint64_t> next_;
};

void through_the_archiver(std::uint32_t slots) {
  // A small ring: the threads wait at it, over and over.
  const ScratchRing ring({.capacity = 65536, .max_producers = slots});
  const TemporaryDirectory directory;
  Program daemon = archive_ring(ring.name(), directory.path());
  wait_until("the archiver attaches", [&] { return ring.has_consumer() || !daemon.running(); });
  std::vector<Program> peers;
  for (unsigned p = 0; p < kProcesses; ++p) {
    peers.emplace_back(std::vector{path_of("LOGBUF_SPDLOG_PEER"), ring.name(), std::to_string(p),
                                   std::to_string(kThreads), std::to_string(kMessages)});
    REQUIRE_MESSAGE(peers.back().read_byte(), peers.back().said());
  }
  for (Program& peer : peers) peer.close_stdin();
  for (Program& peer : peers) CHECK_MESSAGE(peer.wait() == 0, peer.said());
  ring.close();
  CHECK_MESSAGE(daemon.wait() == 0, daemon.said());

  auto reader = required(logbuf::archive::Reader::open(directory.path() / ring.name()));
  Expectation expectation;
  std::set<std::uint16_t> producers;
  std::uint64_t records = 0;
  while (const auto entry = required(reader.next())) {
    const auto* const record = std::get_if<logbuf::archive::Record>(&*entry);
    REQUIRE(record != nullptr);  // a gap
    const std::string line(reinterpret_cast<const char*>(record->bytes.data()), record->bytes.size());
    const std::string wrong = expectation.take(line, record->type);
    REQUIRE(wrong == "");
    producers.insert(record->slot);
    ++records;
  }
  CHECK(records == std::uint64_t{kProcesses} * kThreads * kMessages);
  CHECK(expectation.complete());
  CHECK(ring.status().total_refused == 0);
  CHECK(producers.size() <= slots);
}

}  // namespace

TEST_CASE("what 8 processes log in 4 threads each is archived, all of it, in each thread's order") {
  through_the_archiver(64);
}

TEST_CASE("so it is where most of the threads have to share a slot") {
  through_the_archiver(12);
}

}  // namespace test
