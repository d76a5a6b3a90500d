// A consumer dies at any moment; the next one goes on.
#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include <logbuf/segment.hpp>

#include "content.hpp"
#include "peer.hpp"
#include "report.hpp"
#include "scratch_ring.hpp"

using test::Peer;
using test::Report;

namespace {

bool read_one(int fd, Report& report) {
  return ::read(fd, &report, sizeof report) == static_cast<ssize_t>(sizeof report);
}

}  // namespace

TEST_CASE("consumers that are killed at any moment leave every record to their successors") {
  constexpr std::size_t longest = 3000;
  constexpr int producers = 3;
  const std::uint64_t count = test::rounds(20'000);
  for (const char* const batch_bytes : {"1", "20000"}) {
    const test::ScratchRing ring({.capacity = 64 << 10, .max_producers = producers});
    std::vector<Peer> sending;
    for (int type = 0; type < producers; ++type) {
      sending.emplace_back(std::vector<std::string>{"produce", ring.name(), std::to_string(type),
                                                    std::to_string(count), std::to_string(longest)});
    }
    test::Random random(7);
    std::map<std::uint64_t, Report> by_position;
    std::uint64_t differing = 0;    // two reports of one position that are not the same
    std::uint64_t again = 0;        // reported twice
    std::uint64_t resurrected = 0;  // reported after its release
    std::uint64_t kills = 0;
    while (by_position.size() < producers * count) {
      const auto released = ring.status().consumed;
      Peer consumer({"report", ring.name(), batch_bytes});
      const auto note = [&](const Report& r) {
        if (r.position < released) ++resurrected;
        const auto [at, fresh] = by_position.emplace(r.position, r);
        if (fresh) return;
        ++again;
        if (at->second != r) ++differing;
      };
      Report report;
      // It dies after a random number of records, at whatever it is doing then.
      auto left = random.below(producers * count / 8 + 2) + 1;
      while (left > 0 && read_one(consumer.out(), report)) {
        --left;
        note(report);
      }
      const int ended = consumer.kill();
      CHECK((ended == -SIGKILL || ended == 0));  // 0: it had seen everything
      ++kills;
      // What it had said before it died.
      while (read_one(consumer.out(), report)) note(report);
    }
    for (auto& peer : sending) CHECK(peer.wait() == 0);
    CHECK(by_position.size() == producers * count);
    CHECK(differing == 0);
    CHECK(resurrected == 0);
    // In order of position: every producer's records, all of them, each with its own content and number.
    std::map<std::uint16_t, std::uint64_t> next;
    std::uint64_t wrong = 0;
    std::uint64_t seq = 0;
    for (const auto& [position, report] : by_position) {
      if (report.seq != seq++) ++wrong;
      if (!test::is_report_of(report, next[report.type]++, longest)) ++wrong;
    }
    CHECK(wrong == 0);
    for (const auto& [type, n] : next) CHECK(n == count);
    CHECK(kills > 1);
    MESSAGE(kills << " kills, " << again << " records reported again");
  }
}
