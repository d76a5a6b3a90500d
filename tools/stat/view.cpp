#include "view.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace logbuf::stat {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::chrono::nanoseconds, 9> kIntervals{100ms, 200ms, 500ms, 1s, 2s, 5s, 10s, 30s, 60s};
constexpr std::ptrdiff_t kPage = 10;
constexpr std::size_t kLongestFilter = 128;

bool passes(const std::string& name, const std::string& filter) {
  if (filter.find_first_of("*?[") == std::string::npos) return name.find(filter) != std::string::npos;
  return ::fnmatch(filter.c_str(), name.c_str(), 0) == 0;
}

double fill_of(const rings::Look& look) {
  return static_cast<double>(look.fill_bytes) / static_cast<double>(look.info.capacity);
}

// What is compared; a ring that is gone or cannot be opened has nothing to compare, and comes last.
double figure_of(const Ring& ring, SortBy by) {
  if (by == SortBy::state) return static_cast<double>(state_of(ring, Charset::utf8).grade);
  if (ring.gone_looks != 0 || !ring.now.look) return -1;
  const rings::Look& look = *ring.now.look;
  const auto& rates = ring.now.rates;
  switch (by) {
    case SortBy::fill: return fill_of(look);
    case SortBy::records: return rates ? rates->records : 0;
    case SortBy::bytes: return rates ? rates->bytes : 0;
    case SortBy::lag: return static_cast<double>(look.records_waiting);
    case SortBy::behind:
      return ring.now.consumer_lag ? std::chrono::duration<double>(ring.now.consumer_lag->time).count() : 0;
    case SortBy::lost: return static_cast<double>(look.status.total_refused);
    case SortBy::name:
    case SortBy::state: break;
  }
  return 0;
}

}  // namespace

std::string word_for(SortBy by) {
  switch (by) {
    case SortBy::name: return "name";
    case SortBy::fill: return "fill";
    case SortBy::records: return "records/s";
    case SortBy::bytes: return "bytes/s";
    case SortBy::lag: return "lag";
    case SortBy::behind: return "behind";
    case SortBy::lost: return "lost";
    case SortBy::state: return "state";
  }
  return "";
}

bool View::press(Key key, const Model& model) {
  using Kind = Key::Kind;
  constexpr std::ptrdiff_t far = std::numeric_limits<std::ptrdiff_t>::max() / 2;
  if (typing_ && key.kind != Kind::up && key.kind != Kind::down) {
    type(key);
    return true;
  }
  if (helping_ && key.kind != Kind::redraw) {
    helping_ = false;
    return true;
  }
  switch (key.kind) {
    case Kind::up: move(-1, model); return true;
    case Kind::down: move(1, model); return true;
    case Kind::page_up: move(-kPage, model); return true;
    case Kind::page_down: move(kPage, model); return true;
    case Kind::home: move(-far, model); return true;
    case Kind::end: move(far, model); return true;
    case Kind::escape: filter_.clear(); return true;
    case Kind::character: break;
    default: return true;
  }
  switch (key.character) {
    case 'k': move(-1, model); return true;
    case 'j': move(1, model); return true;
    case 'g': move(-far, model); return true;
    case 'G': move(far, model); return true;
    default: return command(key.character);
  }
}

bool View::command(char key) {
  switch (key) {
    case 'q': return false;
    case 's':
      sort_by_ = sort_by_ == SortBy::state ? SortBy::name : static_cast<SortBy>(static_cast<int>(sort_by_) + 1);
      break;
    case 'r': reversed_ = !reversed_; break;
    case '/':
      typing_ = true;
      filter_before_ = filter_;
      break;
    case 'p':
    case ' ': paused_ = !paused_; break;
    case '+': step_interval(true); break;
    case '-': step_interval(false); break;
    case '?':
    case 'h': helping_ = true; break;
    default: break;
  }
  return true;
}

void View::type(Key key) {
  switch (key.kind) {
    case Key::Kind::enter: typing_ = false; break;
    case Key::Kind::escape:
      filter_ = filter_before_;
      typing_ = false;
      break;
    case Key::Kind::backspace:
      if (!filter_.empty()) filter_.pop_back();
      break;
    case Key::Kind::character:
      if (filter_.size() < kLongestFilter) filter_ += key.character;
      break;
    default: break;
  }
}

void View::move(std::ptrdiff_t by, const Model& model) {
  const auto all = rings(model);
  if (all.empty()) return;
  const auto at = static_cast<std::ptrdiff_t>(selected(all)) + by;
  selected_ = all[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(at, 0, std::ssize(all) - 1))]->now.name;
}

void View::step_interval(bool longer) {
  if (longer) {
    const auto next = std::ranges::upper_bound(kIntervals, interval_);
    if (next != kIntervals.end()) interval_ = *next;
  } else {
    const auto next = std::ranges::lower_bound(kIntervals, interval_);
    if (next != kIntervals.begin()) interval_ = *(next - 1);
  }
}

std::vector<const Ring*> View::rings(const Model& model) const {
  std::vector<const Ring*> all;
  for (const Ring& ring : model.rings()) {
    if (passes(ring.now.name, filter_)) all.push_back(&ring);
  }
  // By name already, and of equal ones that order stays.
  if (sort_by_ != SortBy::name) {
    std::ranges::sort(all, {},
                      [&](const Ring* ring) { return std::pair(-figure_of(*ring, sort_by_), ring->now.name); });
  }
  if (reversed_) std::ranges::reverse(all);
  return all;
}

std::size_t View::selected(const std::vector<const Ring*>& rings) const {
  const auto found = std::ranges::find_if(rings, [&](const Ring* ring) { return ring->now.name == selected_; });
  return found == rings.end() ? 0 : static_cast<std::size_t>(found - rings.begin());
}

}  // namespace logbuf::stat
