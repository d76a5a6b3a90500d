// How long a consumer of batches waits for more.
#include <doctest/doctest.h>

#include <array>
#include <memory>

#include <logbuf/detail/consumer_core.hpp>
#include <logbuf/detail/pace.hpp>

using logbuf::detail::Pace;

TEST_CASE("a consumer that gets its records one by one does not wait for more, but now and then") {
  Pace pace;
  unsigned waited = 0;
  for (unsigned look = 0; look < 10 * Pace::kLooksPerTrial; ++look) {
    pace.took(1, true);
    if (pace.waits() > 0) ++waited;
    CHECK(pace.waits() <= Pace::kFirstWaits);
  }
  CHECK(waited > 0);
  CHECK(waited <= 10);
}

TEST_CASE("a consumer waits longer while each wait brings several records, and gives it up when it does not") {
  Pace pace;
  for (unsigned look = 0; look < Pace::kLooksPerTrial + 10; ++look) pace.took(Pace::kRecordsThatPay, true);
  CHECK(pace.waits() == Pace::kMostWaits);
  unsigned looks = 0;
  for (; pace.waits() > 0; ++looks) pace.took(Pace::kRecordsThatPay - 1, true);
  CHECK(looks > 1);
  CHECK(looks < 10);
}

TEST_CASE("what a wait brings is counted over all batches until the last record is taken") {
  Pace pace;
  for (unsigned look = 0; look < Pace::kLooksPerTrial; ++look) pace.took(1, true);
  REQUIRE(pace.waits() == Pace::kFirstWaits);
  for (std::uint64_t batch = 1; batch < Pace::kRecordsThatPay; ++batch) pace.took(1, false);
  CHECK(pace.waits() == Pace::kFirstWaits);
  pace.took(1, true);
  CHECK(pace.waits() == 2 * Pace::kFirstWaits);
  pace.took(1, true);
  CHECK(pace.waits() == Pace::kFirstWaits);
  // What came before a look that found nothing was all.
  for (int batch = 0; batch < 1000; ++batch) pace.took(1, false);
  pace.found_nothing();
  pace.took(1, true);
  CHECK(pace.waits() == 0);
}

TEST_CASE("a walk that is given up before the last committed record has not caught up") {
  alignas(64) std::array<std::uint64_t, 64> ring{};
  const auto words = std::make_unique<logbuf::layout::Segment>();
  words->tail.tail = 32;
  for (const std::size_t at : {0U, 2U})
    ring.at(at) = logbuf::record::pack({.length = 8, .skip = false, .slot = 0, .type = 0});
  logbuf::detail::ConsumerCore core;
  core.ring = reinterpret_cast<std::byte*>(ring.data());
  core.capacity = sizeof ring;
  core.header_bytes = logbuf::record::kHeaderSize;
  core.max_producers = 1;
  core.words = words.get();
  auto walk = core.begin_walk(sizeof ring);
  CHECK(core.next(walk));
  CHECK_FALSE(walk.caught_up);
  CHECK(core.next(walk));
  CHECK_FALSE(walk.caught_up);
  CHECK_FALSE(core.next(walk));
  CHECK(walk.caught_up);
}
