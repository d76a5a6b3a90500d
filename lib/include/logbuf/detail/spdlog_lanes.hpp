// The senders of one spdlog sink: one for each thread that logs, and one that all others share. Included by
// spdlog_sink.hpp; not for direct use.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <logbuf/channel.hpp>
#include <logbuf/detail/spdlog_line.hpp>

namespace logbuf::detail {

// One thread at a time, but for `behind`.
struct SpdlogLane {
  using Sender = channel::mpsc::Sender;

  SpdlogLane(Sender lane_sender, const SpdlogFormat& format, std::uint64_t number)
      : sender(std::move(lane_sender)), line(format), format_number(number) {}

  Sender sender;
  SpdlogLine line;
  std::uint64_t format_number;           // which one `line` has
  std::atomic<std::uint64_t> behind{0};  // the last record's position + 1; 0: none. Read by a flush
};

// Any thread. Outlives its sink in a thread that ends just then.
class SpdlogLanes : public std::enable_shared_from_this<SpdlogLanes> {
 public:
  SpdlogLanes(std::string ring, std::string producer_name, SpdlogFormat format, SpdlogLane::Sender shared)
      : ring_(std::move(ring)), producer_name_(std::move(producer_name)), format_(std::move(format)) {
    shared_.store(keep(std::move(shared)), std::memory_order_relaxed);
  }

  // This thread's; null where it has none, and is to share.
  SpdlogLane* own();
  // What became of own() belongs to the process that forked this one: forgotten, so that own() makes another.
  void forget_own();
  // Does `use` with the lane that is shared.
  template <typename Use>
  void share(Use use) {
    const std::lock_guard lock(sharing_);
    // acquire: with the address, what it points to; pairs with enter_process().
    use(*shared_.load(std::memory_order_acquire));
  }
  // In a child of fork() another lane is shared, attached anew. False: it cannot be (error_detail()). Does not wait for
  // whoever shares, who may be waiting at a full ring.
  bool enter_process();

  void set_format(SpdlogFormat format) {
    const std::lock_guard lock(mutex_);
    format_ = std::move(format);
    number_.fetch_add(1, std::memory_order_release);
  }
  void keep_up(SpdlogLane& lane) {
    // acquire: with the number, what stands behind it in the caller's order; the format itself is the mutex's.
    if (lane.format_number == number_.load(std::memory_order_acquire)) [[likely]]
      return;
    const std::lock_guard lock(mutex_);
    lane.line = SpdlogLine(format_);
    lane.format_number = number_.load(std::memory_order_relaxed);
  }

  // Behind the last record that any thread has sent; 0: none.
  std::uint64_t behind() const;
  // Any thread, once enter_process() has said yes.
  const SpdlogLane::Sender& shared_sender() const noexcept { return shared_.load(std::memory_order_acquire)->sender; }
  const std::string& ring() const noexcept { return ring_; }

  // At a thread's end: its slot is free again.
  void give_back(const SpdlogLane* lane);

 private:
  SpdlogLane* add();
  // mutex_ is held.
  SpdlogLane* keep(SpdlogLane::Sender sender) {
    lanes_.push_back(std::make_unique<SpdlogLane>(std::move(sender), format_, number_.load(std::memory_order_relaxed)));
    return lanes_.back().get();
  }

  const std::string ring_;
  const std::string producer_name_;
  std::atomic<std::uint64_t> number_{0};  // of the format
  // Whoever uses the lane that is shared, also while that waits at a full ring; taken before mutex_.
  std::mutex sharing_;
  mutable std::mutex mutex_;  // for what follows; never held while a ring is full
  SpdlogFormat format_;
  // Each used by its thread only, but for the one that is shared, and those that were before fork().
  std::vector<std::unique_ptr<SpdlogLane>> lanes_;
  std::atomic<SpdlogLane*> shared_{nullptr};  // changed under mutex_, in a child of fork()
  std::uint64_t behind_gone_ = 0;             // of lanes that are gone
};

// What a thread has of the sinks that it logs to.
class SpdlogThread {
 public:
  struct Entry {
    // As long as this stands, no other sink's lanes have the same address.
    std::weak_ptr<SpdlogLanes> lanes;
    const SpdlogLanes* key = nullptr;
    SpdlogLane* lane = nullptr;  // null: shares; lives as long as the sink
    unsigned shared_calls = 0;
  };

  SpdlogThread() = default;
  SpdlogThread(const SpdlogThread&) = delete;
  SpdlogThread& operator=(const SpdlogThread&) = delete;
  ~SpdlogThread();

  Entry* find(const SpdlogLanes* key) {
    const auto at = std::ranges::find(entries_, key, &Entry::key);
    return at == entries_.end() ? nullptr : &*at;
  }
  Entry& add(std::weak_ptr<SpdlogLanes> lanes, const SpdlogLanes* key) {
    std::erase_if(entries_, [](const Entry& entry) { return entry.lanes.expired(); });
    return entries_.emplace_back(Entry{.lanes = std::move(lanes), .key = key});
  }
  void remove(const SpdlogLanes* key) {
    std::erase_if(entries_, [key](const Entry& entry) { return entry.key == key; });
  }

 private:
  std::vector<Entry> entries_;
};

// The lane that this thread used last. Without a constructor or destructor: a look costs no more than a variable.
struct SpdlogLastUsed {
  const SpdlogLanes* key;
  SpdlogLane* lane;
};
inline constinit thread_local SpdlogLastUsed spdlog_last_used{};
inline constinit thread_local bool spdlog_thread_gone = false;  // what follows is destroyed
inline thread_local SpdlogThread spdlog_thread;

inline SpdlogThread::~SpdlogThread() {
  spdlog_thread_gone = true;
  spdlog_last_used = {};
  for (const Entry& entry : entries_) {
    if (entry.lane == nullptr) continue;
    if (const auto lanes = entry.lanes.lock()) lanes->give_back(entry.lane);
  }
}

inline SpdlogLane* SpdlogLanes::own() {
  // A thread that looks for a slot as often as it logs would be slow; one that never looks again would share for ever.
  constexpr unsigned kCallsPerLook = 1024;
  if (spdlog_last_used.key == this) [[likely]]
    return spdlog_last_used.lane;
  // A destructor of a thread_local that logs, or of a static object.
  if (spdlog_thread_gone) return nullptr;
  SpdlogThread::Entry* entry = spdlog_thread.find(this);
  if (entry == nullptr) {
    spdlog_last_used = {};  // it may be one of those that are now erased
    entry = &spdlog_thread.add(weak_from_this(), this);
  }
  if (entry->lane == nullptr) {
    if (entry->shared_calls++ % kCallsPerLook != 0) return nullptr;
    entry->lane = add();
    if (entry->lane == nullptr) return nullptr;
  }
  spdlog_last_used = {.key = this, .lane = entry->lane};
  return entry->lane;
}

inline SpdlogLane* SpdlogLanes::add() {
  const std::lock_guard lock(mutex_);
  const SpdlogLane& shared = *shared_.load(std::memory_order_relaxed);
  if (shared.sender.copied_by_fork()) return nullptr;
  auto sender = shared.sender.clone();
  if (!sender) return nullptr;  // no free slot, as a rule; what else it may be, the shared one will say
  return keep(std::move(*sender));
}

inline void SpdlogLanes::forget_own() {
  if (spdlog_thread_gone) return;
  spdlog_last_used = {};
  if (const SpdlogThread::Entry* const entry = spdlog_thread.find(this); entry != nullptr) {
    if (entry->lane != nullptr) give_back(entry->lane);
    spdlog_thread.remove(this);
  }
}

inline bool SpdlogLanes::enter_process() {
  const std::lock_guard lock(mutex_);
  if (!shared_.load(std::memory_order_relaxed)->sender.copied_by_fork()) return true;
  auto sender = SpdlogLane::Sender::attach(ring_, {.name = producer_name_});
  if (!sender) return false;
  // The lane before stays: another thread may be finding out just now that it is of no use.
  shared_.store(keep(std::move(*sender)), std::memory_order_release);
  return true;
}

inline std::uint64_t SpdlogLanes::behind() const {
  const std::lock_guard lock(mutex_);
  // relaxed: a record that another thread sends just now may be in or not.
  std::uint64_t most = behind_gone_;
  for (const auto& lane : lanes_) most = std::max(most, lane->behind.load(std::memory_order_relaxed));
  return most;
}

inline void SpdlogLanes::give_back(const SpdlogLane* lane) {
  std::unique_ptr<SpdlogLane> gone;
  const std::lock_guard lock(mutex_);
  const auto at = std::ranges::find_if(lanes_, [lane](const auto& mine) { return mine.get() == lane; });
  if (at == lanes_.end()) return;
  behind_gone_ = std::max(behind_gone_, lane->behind.load(std::memory_order_relaxed));
  gone = std::move(*at);
  lanes_.erase(at);
}

}  // namespace logbuf::detail
