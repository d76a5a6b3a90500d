// When a consumer of batches looks again. Included by consumer.hpp; not for direct use.
#pragma once

#include <cstdint>

namespace logbuf::detail {

// Tells the processor that we spin.
inline void relax() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb");  // some tens of cycles, as a pause; `yield` takes none where a core has one thread
#endif
}

// How long to wait behind a batch that took all there was, before the next look. A consumer that looks at once shares
// with the producers the very lines that they are writing: each record costs both a few trips between processors, and
// both crawl. A microsecond later many records are there. But where records come one by one (an answer behind each
// question), waiting gains nothing: so it is tried once in a while, and kept up, twice as long each time, while it
// pays.
class Pace {
 public:
  // Before a look.
  void wait() noexcept {
    if (!caught_up_) return;
    caught_up_ = false;
    for (unsigned i = 0; i < waits_; ++i) relax();
  }
  // Behind a batch of so many records; did it go up to where no further one was committed?
  void took(std::uint64_t records, bool all) noexcept {
    taken_ += records;  // a wait may have brought more than one batch
    if (!all) return;
    caught_up_ = true;
    if (waits_ == 0) {
      if (++looks_ % kLooksPerTrial == 0) waits_ = kFirstWaits;
    } else if (taken_ < kRecordsThatPay) {
      waits_ = waits_ > kFirstWaits ? waits_ / 2 : 0;
    } else if (waits_ < kMostWaits) {
      waits_ *= 2;
    }
    taken_ = 0;
  }
  // Before which all had been taken, though the batch before did not see it.
  void found_nothing() noexcept { taken_ = 0; }
  unsigned waits() const noexcept { return waits_; }

  static constexpr unsigned kLooksPerTrial = 256;
  static constexpr unsigned kFirstWaits = 16;
  static constexpr unsigned kMostWaits = 128;  // some microseconds
  static constexpr std::uint64_t kRecordsThatPay = 4;

 private:
  bool caught_up_ = false;
  unsigned waits_ = 0;
  unsigned looks_ = 0;
  std::uint64_t taken_ = 0;  // since the last time that all was taken
};

}  // namespace logbuf::detail
