// docs/examples/backtest_replay.cpp: live and in the back-test a strategy sees the same prices at the same times.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "../archiver/archiver.hpp"
#include "../cli/run.hpp"
#include "raw_segment.hpp"

namespace {

using test::archive_ring;
using test::ScratchRing;
using test::TemporaryDirectory;

struct Price {
  std::int64_t time_ms;
  std::string text;
};
using Prices = std::vector<Price>;

// Puts the prices into the ring, with these times instead of those of now.
void put(const ScratchRing& ring, const Prices& prices) {
  auto producer = test::required(logbuf::queue::mpsc::Producer::attach(ring.name()));
  const test::RawSegment raw(ring.name());
  for (const Price& price : prices) {
    const auto position = test::put(producer, price.text);
    raw.word(position + logbuf::record::kHeaderSize) = static_cast<std::uint64_t>(price.time_ms * 1'000'000);
  }
}

struct Scene {
  ScratchRing ring{{.capacity = 1 << 20, .timestamps = true}};
  TemporaryDirectory directory;

  void archive(const Prices& prices, int code = 0) const {
    put(ring, prices);
    test::Program archiver = archive_ring(ring.name(), directory.path(), {"--once"});
    REQUIRE_MESSAGE(archiver.wait() == code, archiver.said());
  }
  Ended back_test(const std::vector<std::string>& range = {}) const {
    std::vector<std::string> words = {BACKTEST_REPLAY, "test", (directory.path() / ring.name()).string()};
    words.insert(words.end(), range.begin(), range.end());
    return run(words);
  }
};

// The mean is passed by 4 % at 11 s; the order is on its way until 11.050 s.
const Prices rise_and_fall = {{10'000, "100"},         {11'000, "104"}, {11'049, "105"}, {11'050, "106"},
                              {12'000, "not a price"}, {12'000, "90"},  {12'050, "89"},  {13'000, "88"}};

}  // namespace

TEST_CASE("an order meets the price of 50 ms later, by the archive's clock") {
  Scene s;
  s.archive(rise_and_fall);
  const Ended ended = s.back_test();
  CHECK(ended.err == "");
  CHECK(ended.status == 0);
  CHECK(ended.out == "11.050 bought at 106.00\n12.050 sold at 89.00\n2 trades, 0 held, cash -17.00\n");
}

TEST_CASE("a back-test is of the time that it is asked for") {
  Scene s;
  s.archive(rise_and_fall);
  CHECK(s.back_test({"12"}).out == "0 trades, 0 held, cash 0.00\n");
  CHECK(s.back_test({"0", "12"}).out == "11.050 bought at 106.00\n1 trades, 1 held, cash -106.00\n");
  Scene to_the_second;
  to_the_second.archive({{10'000, "100"}, {11'000, "104"}, {12'000, "106"}});
  CHECK(to_the_second.back_test({"0", "12"}).out == "0 trades, 0 held, cash 0.00\n");
  CHECK(to_the_second.back_test({"0", "13"}).out == "12.000 bought at 106.00\n1 trades, 1 held, cash -106.00\n");
}

TEST_CASE("a minute later a price is forgotten, and where times go back the clock stands still") {
  Scene s;
  s.archive({{10'000, "100"}, {70'000, "104"}, {70'100, "104"}});
  CHECK(s.back_test().out == "0 trades, 0 held, cash 0.00\n");
  Scene back;
  back.archive({{11'000, "100"}, {10'000, "104"}, {11'049, "105"}, {11'050, "106"}});
  CHECK(back.back_test().out == "11.050 bought at 106.00\n1 trades, 1 held, cash -106.00\n");
}

TEST_CASE("a strategy does live what it does in the back-test") {
  Prices walk;
  double price = 100;
  std::uint32_t state = 1;
  for (int n = 0; n < 3000; ++n) {
    state = state * 1664525 + 1013904223;
    price *= 1 + (static_cast<double>(state >> 16) - 32768) / 32768 / 100;
    walk.push_back({1'000'000 + n * 40, std::to_string(price)});
  }
  Scene s;
  s.archive(walk);
  const Ended back_test = s.back_test();
  CHECK(back_test.status == 0);
  CHECK(std::ranges::count(back_test.out, '\n') > 10);
  const ScratchRing live({.capacity = 1 << 20, .timestamps = true}, "-live");
  put(live, walk);
  const Ended ended = run({BACKTEST_REPLAY, "live", live.name()});
  CHECK(ended.err == "");
  CHECK(ended.status == 0);
  CHECK(ended.out == back_test.out);
}

TEST_CASE("prices that the archive has not are told") {
  Scene s;
  s.archive({{10'000, "100"}});
  put(s.ring, {{11'000, "104"}});
  (void)test::required(logbuf::Consumer::attach(s.ring.name())).try_claim();
  s.archive({{11'050, "106"}}, 3);
  const Ended ended = s.back_test();
  CHECK(ended.status == 3);
  CHECK_MESSAGE(contains(ended.err, "prices are missing"), ended.err);
  CHECK(ended.out == "0 trades, 0 held, cash 0.00\n");
}

TEST_CASE("a live ring without times is refused, and an archive that is none") {
  const ScratchRing ring;
  CHECK(contains(run({BACKTEST_REPLAY, "live", ring.name()}).err, "has no timestamps"));
  const Ended ended = run({BACKTEST_REPLAY, "test", "/dev/shm/no-such-archive"});
  CHECK(ended.status == 1);
  CHECK(contains(ended.err, "no-such-archive"));
}
