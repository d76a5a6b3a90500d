#include "script.hpp"

#include <span>
#include <utility>

#include <logbuf/record.hpp>

#include "content.hpp"

namespace simulation {

namespace record = logbuf::record;
using logbuf::archive::test::Bytes;

namespace {

constexpr std::uint32_t kSkip = 24;  // bytes; before every eleventh record

bool has_skip_before(std::uint64_t record) {
  return record % 11 == 7;
}

}  // namespace

Step& Script::add(Step::What what) {
  Step step;
  step.what = what;
  step.begin = step.end = end_;
  step.first = records_.size();
  return steps_.emplace_back(std::move(step));
}

Script& Script::span(std::uint64_t count, std::uint32_t longest, std::uint16_t slot, std::uint64_t trailing_skip) {
  Step& step = add(Step::What::span);
  step.count = count;
  step.slot = slot;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t n = records_.size();
    if (has_skip_before(n)) end_ += kSkip;
    const auto length = static_cast<std::uint32_t>(i == 0 ? longest : 1 + test::random_of(slot, n).below(longest));
    at_[end_] = n;
    records_.push_back({.position = end_, .length = length, .slot = slot});
    names_.push_back(name_now_[slot]);
    end_ += record::align_up(record::kTimestampedHeaderSize + std::uint64_t{length});
  }
  end_ += trailing_skip;
  step.end = end_;
  return *this;
}

Script& Script::gap(std::uint64_t lost, std::uint64_t bytes) {
  Step& step = add(Step::What::gap);
  step.total = lost;
  step.end = end_ += bytes;
  return *this;
}

Script& Script::name(std::uint16_t slot, std::string name) {
  Step& step = add(Step::What::name);
  step.slot = slot;
  step.name = name_now_[slot] = std::move(name);
  return *this;
}

Script& Script::refused(std::uint16_t slot, std::uint64_t more) {
  Step& step = add(Step::What::refused);
  step.slot = slot;
  step.total = refused_now_[slot] += more;
  return *this;
}

Script& Script::then(Step::What what) {
  add(what);
  return *this;
}

std::uint64_t Script::record_at(Position position) const {
  const auto found = at_.find(position);
  return found == at_.end() ? records_.size() : found->second;
}

std::size_t Script::step_at(Position end) const {
  std::size_t next = 0;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    if (steps_[i].end > steps_[i].begin && steps_[i].end <= end) next = i + 1;
  }
  return next;
}

Bytes Script::bytes(const Step& step, Position from, std::uint16_t ring) const {
  Bytes bytes(from, true);
  for (std::uint64_t n = step.first; n < step.first + step.count; ++n) {
    const RingRecord& r = records_[n];
    if (has_skip_before(n) && r.position - kSkip >= from) bytes.skip(kSkip);
    if (r.position >= from) bytes.record(payload(n, ring), r.slot, static_cast<std::uint16_t>(n), time_ns(n));
  }
  return bytes;
}

const std::string& Script::payload(std::uint64_t record, std::uint16_t ring) const {
  auto& payloads = payloads_[ring];
  while (payloads.size() < records_.size()) {
    const std::uint64_t n = payloads.size();
    std::string text(records_[n].length, '\0');
    test::fill_content(ring, n, std::as_writable_bytes(std::span(text)));
    payloads.push_back(std::move(text));
  }
  return payloads[record];
}

}  // namespace simulation
