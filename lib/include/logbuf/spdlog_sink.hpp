/// \file
/// A spdlog sink that logs to a ring: each message becomes a record. Header-only, for spdlog 1.10 and fmt 9 (Debian's),
/// and not part of logbuf.hpp, as it needs spdlog's headers; spdlog may be used as headers or as a library.
///
///     auto sink = std::make_shared<logbuf::SpdlogSink>("orders");   // a ring that is there
///     spdlog::logger log("feed", sink);
///     log.info("{} at {}", symbol, price);                          // from any thread
///
/// What is copied. spdlog formats the message's text ("{} at {}", ...) into a buffer of its own before it calls a sink.
/// The sink lays out what the pattern puts around that text, claims the length of both together, and copies the text
/// from spdlog's buffer to the ring: once, whatever its length. Two things cost one copy more: a width for the text in
/// the pattern (`%10v`, `%-5!v`), and a formatter in place of a pattern, since what it makes comes out in one piece.
/// logger.set_pattern(), spdlog::set_pattern() and spdlog::create() hand the sink a formatter;
/// logbuf::SpdlogOptions::pattern and sink->set_pattern() do not.
///
/// Threads. Each thread that logs gets a Sender of its own, at its first message: it takes a slot of the ring until the
/// thread ends or the sink is destroyed, and from then on threads do not wait for each other. One slot more is the
/// sink's: the threads for which there is no free one share it, one after the other (and look again from time to time).
/// Each thread's records stand in the ring in its order.
///
/// Processes. Any number may log to a ring. In a child of fork() the first message attaches anew, by the ring's name.
/// (As with spdlog's own sinks, fork() while another thread is within the sink may leave a lock locked in the child.)
///
/// Record types say the level: trace 1, debug 2, info 3, warn 4, err 5, critical 6, with the default first_type.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <utility>

#include <spdlog/common.h>
#include <spdlog/details/log_msg.h>
#include <spdlog/formatter.h>
#include <spdlog/sinks/sink.h>
#include <logbuf/channel.hpp>
#include <logbuf/detail/spdlog_lanes.hpp>
#include <logbuf/error.hpp>

namespace logbuf {

/// What a message does that finds the ring full.
enum class OnFull : std::uint8_t {
  wait,  ///< until there is room, as long as a consumer lives
  drop,  ///< it is lost: counted in the ring and by dropped()
};

/// What a SpdlogSink is to do.
struct SpdlogOptions {
  OnFull on_full = OnFull::wait;   ///< at a full ring
  std::string producer_name = {};  ///< as ProducerOptions::name; each thread's slot has it
  std::string pattern = "%+";      ///< spdlog's, without a line end: the line as other sinks write it
  spdlog::pattern_time_type time = spdlog::pattern_time_type::local;  ///< what the pattern's times are of
  std::uint16_t first_type = 1;  ///< the record type of level trace; the others follow
  /// More than zero: flush() waits so long, at the most, until all that was logged before it is durable in an archive.
  /// With logger.flush_on(spdlog::level::critical) a critical message is on disk when the call returns.
  std::chrono::nanoseconds flush_waits_durable{0};
};

/// A sink of spdlog that logs to a ring. Errors are thrown as spdlog_ex, as spdlog's sinks do: by the constructor to
/// the caller; by the rest to the logger, which hands them to its error handler (by default they go to stderr, one a
/// second).
///
/// Safe to use from any thread. To destroy it while a thread is within a call is an error; threads that have logged to
/// it may live on.
class SpdlogSink final : public spdlog::sinks::sink {
 public:
  /// Attaches to the ring, which must be there and be of kind mpsc, and takes a slot. Throws with error_detail().
  explicit SpdlogSink(std::string ring, SpdlogOptions options = {})
      : on_full_(options.on_full),
        time_(options.time),
        first_type_(options.first_type),
        flush_waits_(options.flush_waits_durable) {
    auto sender = detail::SpdlogLane::Sender::attach(ring, {.name = options.producer_name});
    if (!sender) spdlog::throw_spdlog_ex("logbuf: " + error_detail());
    lanes_ = std::make_shared<detail::SpdlogLanes>(
        std::move(ring), std::move(options.producer_name),
        detail::SpdlogFormat{.pattern = std::move(options.pattern), .time = options.time}, std::move(*sender));
  }

  /// The message as a record. No system call, lock or allocation, once a thread has logged, but for a wait at a full
  /// ring (OnFull::wait) and waking a consumer that sleeps. A message that comes out empty (pattern `%v`) is no record,
  /// and passed over. Throws, and counts in dropped(), what the ring does not take: a message above its max_payload
  /// (each); messages to a ring that is closed, or that is full and has no living consumer (the first, and again the
  /// first after one was taken). Counts, too, and passes on what a formatter throws, and std::bad_alloc.
  void log(const spdlog::details::log_msg& message) override {
    try {
      deliver(message);
    } catch (...) {
      drop();
      throw;
    }
  }

  /// All that was logged before is in the ring already. Waits only where SpdlogOptions::flush_waits_durable says so;
  /// throws where that time is over, or the ring will not be archived any more.
  void flush() override {
    if (flush_waits_.count() <= 0) return;
    const std::uint64_t behind = lanes_->behind();
    if (behind == 0) return;
    if (!lanes_->enter_process()) spdlog::throw_spdlog_ex("logbuf: " + error_detail());
    const auto durable = lanes_->shared_sender().wait_durable(behind - 1, flush_waits_);
    if (durable) return;
    spdlog::throw_spdlog_ex(
        "logbuf: what was logged to ring '" + lanes_->ring() + "' is not durable: " +
        (durable.error() == DurableError::timeout ? "no archiver has said so in time" : "nobody archives it any more"));
  }

  /// Lines look so from each thread's next message on; their times are of SpdlogOptions::time. `%u`, `%i`, `%o` and
  /// `%O` count from the same thread's message before.
  void set_pattern(const std::string& pattern) override { lanes_->set_format({.pattern = pattern, .time = time_}); }
  /// The same, by a formatter. One line end behind what the formatter makes is left out.
  void set_formatter(std::unique_ptr<spdlog::formatter> formatter) override {
    lanes_->set_format({.pattern = {}, .formatter = std::move(formatter)});
  }

  /// Messages of this sink, in this process, that did not become records.
  std::uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }

 private:
  using Claim = std::expected<WriteClaim, SendError>;

  // Where it throws, the message is lost, and not yet counted.
  void deliver(const spdlog::details::log_msg& message) {
    detail::SpdlogLane* const own = lanes_->own();
    if (own != nullptr && put(*own, message)) [[likely]]
      return;
    if (own != nullptr) return log_in_child(message);
    bool done = false;
    lanes_->share([&](detail::SpdlogLane& lane) { done = put(lane, message); });
    if (!done) log_in_child(message);
  }

  void drop() noexcept { dropped_.fetch_add(1, std::memory_order_relaxed); }

  // False: the lane is that of the process which forked this one.
  bool put(detail::SpdlogLane& lane, const spdlog::details::log_msg& message) {
    lanes_->keep_up(lane);
    lane.line.lay_out(message);
    const std::size_t size = lane.line.size();
    if (size == 0) return true;
    const auto type = static_cast<std::uint16_t>(first_type_ + static_cast<unsigned>(message.level));
    if (Claim claim = on_full_ == OnFull::wait ? lane.sender.send(size, type) : lane.sender.try_send(size, type))
        [[likely]] {
      finish(lane, *claim);
      return true;
    } else {
      return refused(lane, claim.error(), size, type);
    }
  }

  void finish(detail::SpdlogLane& lane, WriteClaim& claim) noexcept {
    lane.line.write(claim.bytes().data());
    // relaxed: see SpdlogLanes::behind().
    lane.behind.store(claim.position() + 1, std::memory_order_relaxed);
    claim.commit();
    if (complained_.load(std::memory_order_relaxed)) [[unlikely]]
      complained_.store(false, std::memory_order_relaxed);
  }

  [[gnu::cold]] bool refused(detail::SpdlogLane& lane, SendError error, std::size_t size, std::uint16_t type) {
    if (error == SendError::disconnected) {
      if (lane.sender.copied_by_fork()) return false;
      if (on_full_ == OnFull::wait && !lane.sender.is_closed()) {
        // Full, and nobody there who would empty it: lost, and so it is counted in the ring.
        if (Claim claim = lane.sender.try_send(size, type)) {
          finish(lane, *claim);
          return true;
        }
      }
    }
    if (error == SendError::full) return drop(), true;
    const std::string ring = "logbuf: ring '" + lanes_->ring() + "' ";
    if (error == SendError::too_large) {
      spdlog::throw_spdlog_ex(ring + "takes records of up to " + std::to_string(lane.sender.max_payload()) +
                              " bytes; a message of " + std::to_string(size) + " is dropped");
    }
    if (complained_.exchange(true, std::memory_order_relaxed)) return drop(), true;
    spdlog::throw_spdlog_ex(ring +
                            (lane.sender.is_closed()
                                 ? "is closed, for good: messages are dropped; another sink is needed"
                                 : "is full, and has no living consumer: messages are dropped until it has one"));
  }

  [[gnu::cold]] void log_in_child(const spdlog::details::log_msg& message) {
    if (!lanes_->enter_process()) {
      if (complained_.exchange(true, std::memory_order_relaxed)) return drop();
      spdlog::throw_spdlog_ex("logbuf: in a child of fork(): " + error_detail());
    }
    lanes_->forget_own();
    deliver(message);
  }

  std::shared_ptr<detail::SpdlogLanes> lanes_;
  OnFull on_full_;
  spdlog::pattern_time_type time_;
  std::uint16_t first_type_;
  std::chrono::nanoseconds flush_waits_;
  std::atomic<std::uint64_t> dropped_{0};
  std::atomic<bool> complained_{false};  // and nothing was taken since; relaxed: twice or not at all does no harm
};

}  // namespace logbuf
