#include "ring_source.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include <logbuf/error.hpp>

#include "failure.hpp"

namespace logbuf::cat {
namespace {

// So many waits without an item are an idle spell; then it looks this often.
constexpr unsigned spell_waits = 200;
constexpr std::chrono::milliseconds idle_nap{5};

Peek open_peek(const std::string& ring) {
  auto peek = Peek::open(ring);
  if (!peek) cli::die(peek.error(), "ring " + ring + " cannot be opened");
  return std::move(*peek);
}

}  // namespace

std::optional<Item> next_item(Peek& peek) {
  const auto next = peek.next();
  if (!next) {
    const std::string& detail = error_detail();
    cli::die(detail.empty() ? next.error().message() : detail, cli::ExitCode::lost);
  }
  if (!*next) return std::nullopt;
  if (const auto* missed = std::get_if<Missed>(&**next)) {
    return Gap{.kind = Gap::Kind::missed,
               .records = missed->records,
               .from = missed->from,
               .to = missed->to,
               .why = "released before they were looked at",
               .slot = std::nullopt,
               .producer = {}};
  }
  const auto& record = std::get<PeekedRecord>(**next);
  return Record{.seq = record.seq,
                .position = record.position,
                .time_ns = record.time_ns,
                .drain_time_ns = std::nullopt,
                .slot = record.slot,
                .type = record.type,
                .producer = record.producer,
                .bytes = record.bytes};
}

RingSource::RingSource(const std::string& ring) : peek_(open_peek(ring)), start_tail_(peek_.tail()) {}

std::optional<Item> RingSource::next() {
  if (!told_start_ && peek_.position() >= start_tail_) {
    told_start_ = true;
    return std::nullopt;
  }
  auto item = next_item(peek_);
  if (item) idle_waits_ = 0;
  return item;
}

void RingSource::wait(std::chrono::nanoseconds timeout) {
  // Where the ring's consumer does not sleep, Peek naps for a fraction of a millisecond only: right under
  // traffic, a waste where nothing comes.
  if (idle_waits_ == spell_waits) {
    std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(timeout, idle_nap));
  } else {
    ++idle_waits_;
  }
  peek_.wait(timeout);
}

bool RingSource::ended() const {
  // closed first: from then on tail stands still, but for a claim that was granted at that moment.
  return peek_.is_closed() && peek_.position() >= peek_.tail();
}

}  // namespace logbuf::cat
