// The archiver is killed at any moment and started again, under feeders that wait: each record is archived once.
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <thread>

#include "archiver.hpp"

namespace test {
namespace {

constexpr std::size_t kCapacity = std::size_t{256} << 10;

std::uint64_t seed_of_today() {
  const char* const given = std::getenv("LOGBUF_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

void kill_again_and_again(int kills, const std::vector<std::string>& arguments, const std::string& end = "queue") {
  const std::uint64_t seed = seed_of_today();
  std::printf("%d kills, LOGBUF_SEED=%llu\n", kills, static_cast<unsigned long long>(seed));
  CAPTURE(seed);
  std::mt19937_64 chance(seed);
  const ScratchRing ring({.capacity = kCapacity});
  const TemporaryDirectory directory;
  std::vector<std::string> all = {"--rotate-size", "1M"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  Feeders feeders(ring.name(), "mpsc", end, 8, 1'000'000'000);
  feeders.open_gate();
  for (int killed = 0; killed < kills; ++killed) {
    Program daemon = archive_ring(ring.name(), directory.path(), all);
    // The moment of death is by chance, nothing waits for it: from before main() to some 100 ms.
    std::this_thread::sleep_for(std::chrono::microseconds(chance() % 100'000));
    daemon.kill();
    CHECK_MESSAGE(daemon.wait() == 128 + SIGKILL, daemon.said());
    REQUIRE_FALSE(daemon.has_said("the archive has a gap"));
  }
  Program daemon = archive_ring(ring.name(), directory.path(), all);
  const auto sent = feeders.stop();
  ring.close();
  const auto produced = ring.status();
  const std::uint64_t refused = produced.total_refused;
  const int code = daemon.wait();  // 3 where this one had something to tell
  CHECK_MESSAGE((code == 0 || (code == 3 && refused > 0)), daemon.said());
  const Verified seen = verify(directory.path() / ring.name(), sent, kCapacity / 4, refused);
  std::printf("%llu records, %llu MB in %llu files\n", static_cast<unsigned long long>(seen.records),
              static_cast<unsigned long long>(seen.bytes / 1'000'000), static_cast<unsigned long long>(seen.files));
  CHECK(seen.problem == "");
  CHECK(seen.records == produced.total_records);
  CHECK(seen.files > 1);
  CHECK((refused > 0) == (end == "drop"));
  if (const char* const cat = std::getenv("LOGBUF_CAT"); cat != nullptr && ::access(cat, X_OK) == 0) {
    Program verifier({cat, "--verify", (directory.path() / ring.name()).string()});
    verifier.close_stdin();
    verifier.rest_of_stdout();
    CHECK_MESSAGE(verifier.wait() == (refused == 0 ? 0 : 3), verifier.said());
  } else {
    MESSAGE("there is no logbuf-cat to verify the archive with");
  }
}

}  // namespace

TEST_CASE("an archiver that is killed at any moment leaves neither a hole nor a double to its successor") {
  kill_again_and_again(20, {});
}
TEST_CASE("an archiver that is killed leaves neither a hole nor a double with --sync batch") {
  kill_again_and_again(20, {"--sync", "batch"});
}

TEST_CASE("an archiver that is killed tells each record that producers dropped, and tells it once") {
  kill_again_and_again(20, {}, "drop");
}

TEST_CASE("an archiver that is killed while it compresses leaves neither a hole nor a double") {
  kill_again_and_again(20, {"--compress", "zstd"});
}

TEST_SUITE("heavy") {
  TEST_CASE("an archiver that is killed 200 times leaves neither a hole nor a double") {
    kill_again_and_again(200, {});
  }
}

}  // namespace test
