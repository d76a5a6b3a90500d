// When records are due, by a clock that stands still until somebody sleeps.
#include "pace.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <vector>

using logbuf::replay::Pace;
using logbuf::replay::PaceOptions;
using std::chrono::nanoseconds;
using namespace std::chrono_literals;

namespace {

constexpr auto start = 5s;
constexpr std::int64_t day_one_ns = 1'700'000'000'000'000'000;

// Each sleep ends `late` after its time.
class FakeTimer : public logbuf::replay::Timer {
 public:
  nanoseconds now() override {
    ++looks;
    return time;
  }
  bool sleep_until(nanoseconds until) override {
    deadlines.push_back(until - start);
    if (interrupted) return false;
    time = until + late;
    return true;
  }

  nanoseconds time = start;
  nanoseconds late{0};
  bool interrupted = false;
  int looks = 0;
  std::vector<nanoseconds> deadlines;  // from the start
};

using Deadlines = std::vector<nanoseconds>;

// What is slept until, for records of these times after the first day.
Deadlines deadlines(const PaceOptions& options, const std::vector<std::int64_t>& times_ns, nanoseconds late = 0ns) {
  FakeTimer timer;
  timer.late = late;
  Pace pace(options, timer);
  for (const std::int64_t time_ns : times_ns) CHECK(pace.wait_for(day_one_ns + time_ns));
  return timer.deadlines;
}

}  // namespace

TEST_CASE("a record is due as long after the first one as it was written after it") {
  CHECK(deadlines({}, {0, 10, 25, 25, 1000}) == Deadlines{10ns, 25ns, 1000ns});
}

TEST_CASE("the speed divides what is between the records") {
  CHECK(deadlines({.speed = 2}, {0, 10, 30}) == Deadlines{5ns, 15ns});
  CHECK(deadlines({.speed = 0.5}, {0, 10, 30}) == Deadlines{20ns, 60ns});
}

TEST_CASE("at full speed nothing is waited for, and no clock is looked at") {
  FakeTimer timer;
  Pace pace({.speed = std::nullopt}, timer);
  for (const std::int64_t time_ns : {0L, 1000L, 2000L}) CHECK(pace.wait_for(time_ns));
  CHECK(timer.deadlines.empty());
  CHECK(timer.looks == 0);
}

TEST_CASE("a deadline counts from the first record: sleeps that end late do not add up, nor does what is cut off") {
  const Deadlines thirds = deadlines({.speed = 3}, {0, 10, 20, 30, 40});
  CHECK(thirds == Deadlines{3ns, 6ns, 10ns, 13ns});
  std::vector<std::int64_t> times_ns;
  for (std::int64_t i = 0; i <= 1'000'000; ++i) times_ns.push_back(i * 10);
  CHECK(deadlines({.speed = 3}, times_ns, 1ns).back() == 3'333'333ns);
}

TEST_CASE("who was held up puts all that is due by now without a sleep, and is on time again") {
  FakeTimer timer;
  Pace pace({}, timer);
  REQUIRE(pace.wait_for(day_one_ns));
  timer.time += 35ns;
  for (const std::int64_t time_ns : {10, 20, 30}) CHECK(pace.wait_for(day_one_ns + time_ns));
  CHECK(timer.deadlines.empty());
  CHECK(pace.wait_for(day_one_ns + 40));
  CHECK(timer.deadlines == Deadlines{40ns});
}

TEST_CASE("records of one time take one look at the clock") {
  FakeTimer timer;
  Pace pace({}, timer);
  for (int i = 0; i < 1000; ++i) REQUIRE(pace.wait_for(day_one_ns));
  CHECK(timer.looks == 1);
}

TEST_CASE("where times go back, a record is due with the latest before it") {
  CHECK(deadlines({}, {100, 200, 50, 150, 300}) == Deadlines{100ns, 200ns});
}

TEST_CASE("a pause is cut to what is allowed, as it is waited for, and what follows moves up") {
  CHECK(deadlines({.max_pause = 100ns}, {0, 1000, 1010, 9000}) == Deadlines{100ns, 110ns, 210ns});
  CHECK(deadlines({.speed = 10, .max_pause = 100ns}, {0, 900, 5000}) == Deadlines{90ns, 190ns});
  CHECK(deadlines({.max_pause = 0ns}, {0, 900, 5000}).empty());
}

TEST_CASE("begun anew, the first record is due with the last one before, whatever its time") {
  FakeTimer timer;
  Pace pace({}, timer);
  for (const std::int64_t time_ns : {0, 10}) CHECK(pace.wait_for(day_one_ns + time_ns));
  pace.begin_anew();
  for (const std::int64_t time_ns : {0, 10}) CHECK(pace.wait_for(day_one_ns + time_ns));
  CHECK(timer.deadlines == Deadlines{10ns, 20ns});
}

TEST_CASE("the first wait of more than an hour is told before it begins, and no other") {
  FakeTimer timer;
  std::vector<nanoseconds> told;
  const auto tell = [&](nanoseconds time) {
    CHECK(timer.deadlines.size() == 1);
    told.push_back(time);
  };
  Pace pace({.on_long_wait = tell}, timer);
  std::int64_t time_ns = day_one_ns;
  for (const nanoseconds step : {0ns, nanoseconds(1h), nanoseconds(2h), nanoseconds(3h)}) {
    CHECK(pace.wait_for(time_ns += step.count()));
  }
  CHECK(told == std::vector<nanoseconds>{2h});
}

TEST_CASE("a sleep that is interrupted is told") {
  FakeTimer timer;
  Pace pace({}, timer);
  CHECK(pace.wait_for(day_one_ns));
  timer.interrupted = true;
  CHECK_FALSE(pace.wait_for(day_one_ns + 10));
}

TEST_CASE("from the first of all times to the last is a wait like another, and longer ones end nothing") {
  constexpr auto first = std::numeric_limits<std::int64_t>::min();
  constexpr auto last = std::numeric_limits<std::int64_t>::max();
  for (const double speed : {1e-6, 1.0, 1e6}) {
    FakeTimer timer;
    timer.late = -1ns;  // the clock must not overflow
    Pace pace({.speed = speed}, timer);
    CHECK(pace.wait_for(first));
    CHECK(pace.wait_for(last));
    pace.begin_anew();
    CHECK(pace.wait_for(first));
    CHECK(pace.wait_for(last));
    REQUIRE(!timer.deadlines.empty());
    CHECK(timer.deadlines.front() > 0ns);
    CHECK(timer.deadlines.back() >= timer.deadlines.front());
  }
}
