// What a producer's and a sender's handle have in common: an end of either kind, and its open claim.
#pragma once

#include <cstring>
#include <optional>
#include <utility>
#include <variant>

#include <logbuf/channel.hpp>

#include "c/guard.hpp"

namespace logbuf::c {

static_assert(LOGBUF_FULL == 100 + static_cast<int>(ClaimError::full) &&
              LOGBUF_TOO_LARGE == 100 + static_cast<int>(ClaimError::too_large) &&
              LOGBUF_EMPTY == 100 + static_cast<int>(ClaimError::empty) &&
              LOGBUF_DISCONNECTED == 100 + static_cast<int>(ClaimError::disconnected) &&
              LOGBUF_BUSY == 100 + static_cast<int>(ClaimError::busy));

// Of a ClaimError, or of a SendError, which has the same values.
template <typename Error>
int result_of_refusal(Error error) noexcept {
  return 100 + static_cast<int>(error);
}

template <template <Kind> typename End>
class WritingEnd {
 public:
  template <Kind K>
  explicit WritingEnd(End<K> end) : end_(std::move(end)) {}

  // An end of the ring, whichever kind that is. `Handle` derives from this.
  template <typename Handle>
  static int attach(const char* name, const char* as, Handle** handle) noexcept {
    if (handle == nullptr) return LOGBUF_INVALID_ARGUMENT;
    return guarded([&] {
      const ProducerOptions options{.name = std::string(text(as))};
      auto mpsc = End<Kind::mpsc>::attach(text(name), options);
      if (mpsc || mpsc.error() != Errc::wrong_kind) return hand_out(std::move(mpsc), handle);
      return hand_out(End<Kind::spsc>::attach(text(name), options), handle);
    });
  }
  template <typename Handle>
  int clone(Handle** another) const noexcept {
    if (another == nullptr) return LOGBUF_INVALID_ARGUMENT;
    return guarded([&] { return std::visit([&](const auto& end) { return hand_out(end.clone(), another); }, end_); });
  }

  // `claim_from` claims from an End<K>&.
  template <typename ClaimFrom>
  int claim(ClaimFrom claim_from, void** bytes) noexcept {
    return std::visit(
        [&](auto& end) {
          auto claim = claim_from(end);
          if (!claim) return result_of_refusal(claim.error());
          claim_ = std::move(*claim);
          open_ = Open::record;
          *bytes = claim_.bytes().data();
          return int{LOGBUF_OK};
        },
        end_);
  }
  template <typename ClaimFrom>
  int claim_batch(ClaimFrom claim_from, void** bytes) noexcept {
    return std::visit(
        [&](auto& end) {
          auto batch = claim_from(end);
          if (!batch) return result_of_refusal(batch.error());
          batch_.emplace(std::move(*batch));
          open_ = Open::batch;
          for (const auto payload : *batch_) *bytes++ = payload.data();
          return int{LOGBUF_OK};
        },
        end_);
  }
  // Claims, copies and commits.
  template <typename ClaimFrom>
  int write(ClaimFrom claim_from, const void* bytes, std::size_t length, std::uint64_t* position) noexcept {
    if (bytes == nullptr && length != 0) return LOGBUF_INVALID_ARGUMENT;
    void* to = nullptr;
    if (const int result = claim(claim_from, &to); result != LOGBUF_OK) return result;
    std::memcpy(to, bytes, length);
    return commit(position);
  }
  int commit(std::uint64_t* position) noexcept {
    // The claim is the parent's, and the copy of it does nothing.
    if (copied_by_fork()) return LOGBUF_DISCONNECTED;
    switch (std::exchange(open_, Open::nothing)) {
      case Open::nothing: return LOGBUF_NO_CLAIM;
      case Open::record:
        if (position != nullptr) *position = claim_.position();
        claim_.commit();
        break;
      case Open::batch:
        if (position != nullptr) *position = batch_->last_position();
        batch_->commit();
        break;
    }
    return LOGBUF_OK;
  }
  int abort() noexcept {
    if (copied_by_fork()) return LOGBUF_DISCONNECTED;
    switch (std::exchange(open_, Open::nothing)) {
      case Open::nothing: return LOGBUF_NO_CLAIM;
      case Open::record: claim_.abort(); break;
      case Open::batch: batch_->abort(); break;
    }
    return LOGBUF_OK;
  }

  int wait_durable(std::uint64_t position, std::int64_t timeout_ns) const noexcept {
    const auto done = of_either([&](const auto& end) { return end.wait_durable(position, timeout_of(timeout_ns)); });
    if (done) return LOGBUF_OK;
    return done.error() == DurableError::timeout ? LOGBUF_TIMEOUT : LOGBUF_DISCONNECTED;
  }
  void notify() noexcept {
    std::visit([](auto& end) { end.notify(); }, end_);
  }

  // What `of` says of the end, whatever its kind.
  template <typename Of>
  auto of_either(Of of) const noexcept {
    return std::visit(of, end_);
  }

 private:
  enum class Open { nothing, record, batch };

  bool copied_by_fork() const noexcept {
    return of_either([](const auto& end) { return end.copied_by_fork(); });
  }

  std::variant<End<Kind::mpsc>, End<Kind::spsc>> end_;
  // Behind the end, which they must not outlive.
  WriteClaim claim_;
  std::optional<WriteBatch> batch_;
  Open open_ = Open::nothing;
};

}  // namespace logbuf::c
