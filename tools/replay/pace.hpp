// When which record is put: the archive's times, carried over to the monotonic clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

namespace logbuf::replay {

// What waits; for tests, something else that counts. Times are of one clock that never goes back.
class Timer {
 public:
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  virtual ~Timer() = default;

  virtual std::chrono::nanoseconds now() = 0;
  // Until the clock shows `time`. False: something else is to be done before, such as to end.
  virtual bool sleep_until(std::chrono::nanoseconds time) = 0;
};

struct PaceOptions {
  std::optional<double> speed = 1;                         // so many times as fast as it happened; nothing: never wait
  std::optional<std::chrono::nanoseconds> max_pause = {};  // between two records, as they are put
  // Told once, before the first sleep of more than an hour: how long it is.
  std::function<void(std::chrono::nanoseconds)> on_long_wait = {};
};

// The first record is due at once, and each other one as much later than the first as its time is, divided by the
// speed. That is reckoned anew from the first for each record, so that no delay adds to another: who was held up puts
// all that is due by now, without waiting, and is on time again. Where times go back, the record is due with the latest
// before it. One thread.
class Pace {
 public:
  Pace(const PaceOptions& options, Timer& timer) : options_(options), timer_(timer) {}

  // Waits until a record of this time is due. False: the timer was interrupted, and it is not.
  bool wait_for(std::int64_t time_ns);
  // The next record follows the last one at once: its time has nothing to do with those before.
  void begin_anew() noexcept { latest_ns_.reset(); }

 private:
  void advance_to(std::int64_t time_ns) noexcept;
  // From when the first record was due to when the last one was.
  std::chrono::nanoseconds passed() const noexcept;

  PaceOptions options_;
  Timer& timer_;
  std::optional<std::chrono::nanoseconds> start_;  // when the first record was due
  std::optional<std::int64_t> latest_ns_;          // of the records' times
  std::uint64_t archived_ns_ = 0;                  // from the first record's time to the latest, without what was cut
  std::chrono::nanoseconds seen_now_{0};           // the clock, when it was last looked at
};

}  // namespace logbuf::replay
