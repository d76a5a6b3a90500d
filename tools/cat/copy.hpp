// Carries a source's items, through the filter, to the format.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <variant>
#include <vector>

#include "archive_progress.hpp"
#include "failure.hpp"
#include "filter.hpp"
#include "format.hpp"
#include "last_items.hpp"
#include "losses.hpp"
#include "output.hpp"
#include "source.hpp"
#include "stop_signal.hpp"

namespace logbuf::cat {

// What holds for all targets of one run.
struct Job {
  Filter& filter;
  Format& format;
  cli::Output& out;
  bool follow = false;
  bool merge = false;                   // the items come from several targets at once
  std::optional<std::uint64_t> left;    // so many records more; empty: no limit
  ArchiveProgress* progress = nullptr;  // of the records that were looked at, wanted or not

  std::uint64_t shown_records = 0;
  std::uint64_t shown_bytes = 0;  // of payload

  bool enough() const noexcept { return left && *left == 0; }
  // Nothing more is wanted, or can be written.
  bool over() const noexcept { return enough() || out.reader_gone() || out.error() != 0 || stop_requested(); }
};

template <Source S>
class Copy {
 public:
  // `losses`: one for each target of the source.
  Copy(S& source, Job& job, std::span<Losses> losses) : source_(source), job_(job), losses_(losses) {}

  // Everything, or the last `last` records of what is there; then, when following, what comes after.
  void run(std::optional<std::uint64_t> last) {
    if (last) held_.emplace(*last);
    while (!job_.over()) {
      if (const auto item = next()) {
        const bool wanted_last = std::visit([this](const auto& any) { return this->take(any); }, *item) || take_more();
        if (!wanted_last) continue;
        hand_on_held();
        break;
      }
      hand_on_held();
      settle();
      if (job_.over() || !job_.follow || source_.ended() || !job_.out.has_reader()) break;
      source_.wait(longest_wait);
    }
    settle();
  }

 private:
  static constexpr std::uint64_t burst_bytes = cli::Output::buffer_bytes;
  static constexpr std::size_t burst_items = 4096;
  // How late it may be noticed that the reader is gone, or that a signal came.
  static constexpr std::chrono::milliseconds longest_wait{200};

  // What came before a failure is written first.
  std::optional<Item> next() {
    try {
      return source_.next();
    } catch (const cli::Stop&) {
      hand_on_held();
      settle();
      throw;
    }
  }

  // True if nothing wanted comes after it.
  template <typename RecordOrGap>
  bool take(const RecordOrGap& any) {
    if (job_.filter.wants(any)) {
      if (held_) {
        held_->add(any);
      } else {
        hand_on(any);
      }
    }
    if constexpr (std::is_same_v<RecordOrGap, Record>) {
      if (job_.progress != nullptr) job_.progress->pass(any.seq);
    }
    ends_.push_back(job_.out.put_bytes());
    if (job_.out.put_bytes() - settled_bytes_ >= burst_bytes || ends_.size() >= burst_items) settle();
    // A seq is one target's own: it says nothing about the others.
    if constexpr (std::is_same_v<RecordOrGap, Record>) return !job_.merge && job_.filter.is_last(any);
    return false;
  }

  // What the source has at hand, likewise: an item for each record would cost more than all that is done to a small
  // one.
  bool take_more() {
    if constexpr (requires { source_.more(); }) {
      for (const auto& record : source_.more()) {
        if (job_.enough()) return false;
        if (take(S::record_of(record))) return true;
      }
    }
    return false;
  }

  void hand_on(const Gap& gap) {
    if (job_.enough()) return;
    losses_[gap.target].add(gap);
    job_.format.gap(gap);
  }

  void hand_on(const Record& record) {
    if (job_.enough()) return;
    job_.format.record(record);
    ++job_.shown_records;
    job_.shown_bytes += record.bytes.size();
    if (job_.left) --*job_.left;
  }

  void hand_on_held() {
    if (!held_) return;
    held_->take_all([this](const Item& item) { std::visit([this](const auto& any) { this->hand_on(any); }, item); });
    held_.reset();
  }

  // Tells the source how many of its items are written to the last byte.
  void settle() {
    job_.out.flush();
    std::uint64_t written = 0;
    while (written < ends_.size() && ends_[written] <= job_.out.written_bytes()) ++written;
    source_.settle(written);
    ends_.clear();
    settled_bytes_ = job_.out.put_bytes();
  }

  S& source_;
  Job& job_;
  std::span<Losses> losses_;
  std::optional<LastItems> held_;
  std::vector<std::uint64_t> ends_;  // of the items since the last settle(): where they end in the output
  std::uint64_t settled_bytes_ = 0;
};

}  // namespace logbuf::cat
