#include "model.hpp"

#include <algorithm>
#include <utility>

#include "text.hpp"
#include "time_text.hpp"

namespace logbuf::stat {
namespace {

constexpr unsigned kShownGone_looks = 10;

std::string end_text(const EndStatus& end, Charset charset) {
  return shown(end.name, charset) + " (" + std::to_string(end.pid) + ')';
}

std::string blocked_text(const RingStatus& status, Charset charset) {
  const ProducerStatus* const holder = rings::holder_of(status);
  return holder == nullptr ? "blocked" : "blocked by " + end_text(*holder, charset);
}

bool is_held_up(const rings::Watched& before, const rings::Watched& now) {
  return before.look && now.look && before.look->info.uuid == now.look->info.uuid && before.look->status.blocked &&
         now.look->status.blocked && before.look->status.blocked->position == now.look->status.blocked->position;
}

// What is to be told of a ring whose state was `before`; empty: nothing.
std::string news_of(const std::string& before, const std::string& now) {
  return before == now ? "" : now;
}

}  // namespace

State state_of(const Ring& ring, Charset charset) {
  if (ring.gone_looks != 0) return {"removed", Grade::note};
  if (!ring.now.look) {
    const std::string& why = ring.now.detail.empty() ? ring.now.why_not.message() : ring.now.detail;
    return {"cannot be opened: " + shown(why, charset), Grade::bad};
  }
  const rings::Look& look = *ring.now.look;
  const RingStatus& status = look.status;
  if (status.quarantined || !look.sound) return {rings::state_of(look), Grade::bad};
  if (status.consumer && !status.consumer->alive)
    return {"dead consumer " + end_text(*status.consumer, charset), Grade::bad};
  if (ring.held_up) return {blocked_text(status, charset), Grade::bad};
  if (ring.now.rates && ring.now.rates->refused > 0) return {"losing records", Grade::bad};
  if (status.closed) return {"closed", Grade::note};
  if (!status.consumer) return {"no consumer", Grade::note};
  return {"running", Grade::fine};
}

std::string mark_of(Grade grade) {
  return grade == Grade::bad ? "!" : " ";
}

void Model::take(std::vector<rings::Watched> seen, std::int64_t now_ns) {
  time_ns_ = now_ns;
  std::vector<Ring> past = std::move(rings_);
  rings_.clear();
  std::string news;
  unsigned others = 0;
  const auto tell = [&](const std::string& name, const std::string& what) {
    if (what.empty() || first_) return;
    if (!news.empty()) ++others;
    if (news.empty()) news = name + ": " + what;
  };
  for (rings::Watched& one : seen) {
    Ring ring{.now = std::move(one)};
    const auto before = std::ranges::find_if(past, [&](const Ring& r) { return r.now.name == ring.now.name; });
    const bool is_new = before == past.end() || before->gone_looks != 0;
    if (!is_new) ring.held_up = is_held_up(before->now, ring.now);
    const std::string state = state_of(ring, Charset::utf8).text;
    tell(ring.now.name, is_new ? "has appeared" : news_of(state_of(*before, Charset::utf8).text, state));
    if (before != past.end()) past.erase(before);
    rings_.push_back(std::move(ring));
  }
  for (Ring& ring : past) {
    if (ring.gone_looks++ == 0) tell(ring.now.name, "removed");
    if (ring.gone_looks <= kShownGone_looks) rings_.push_back(std::move(ring));
  }
  std::ranges::sort(rings_, {}, [](const Ring& ring) -> const std::string& { return ring.now.name; });
  if (!news.empty()) {
    const std::string clock = cli::time_text(now_ns, cli::Zone::local).substr(11, 8);
    news_ = clock + ' ' + news + (others == 0 ? "" : " (and " + std::to_string(others) + " more)");
  }
  first_ = false;
}

}  // namespace logbuf::stat
