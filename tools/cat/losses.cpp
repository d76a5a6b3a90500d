#include "losses.hpp"

#include <utility>

#include "text.hpp"

namespace logbuf::cat {
namespace {

constexpr std::size_t most_places = 8;

std::string at_positions(Position from, Position to, const std::string& what) {
  return "positions " + std::to_string(from) + " to " + std::to_string(to) + " (" + what + ")";
}

// A finding's reason may name the first of its places only.
std::string reason_and_places(const archive::Finding& finding) {
  const bool has_bytes = finding.kind != archive::Finding::Kind::contradiction;
  FirstFew places;
  for (const auto& place : finding.places) {
    places.add((has_bytes ? cli::counted(place.bytes, "byte") + " of " : "") +
               cli::escape(place.file.filename().string()) + " from offset " + std::to_string(place.offset));
  }
  return cli::escape(finding.why) + (places.number() == 0 ? "" : ", " + places.text(", "));
}

}  // namespace

std::string gap_line(const Gap& gap) {
  const bool missed = gap.kind == Gap::Kind::missed;
  if (!missed && gap.records == 0) return "-- " + cli::escape(gap.why) + " --";
  std::string line = missed ? "-- missed " : "-- lost ";
  line += gap.records ? cli::counted(*gap.records, "record") : "an unknown number of records";
  if (!missed) line += ", " + cli::escape(gap.why);
  return line + " --";
}

void FirstFew::add(std::string one) {
  if (++number_ <= most_places) first_.push_back(std::move(one));
}

std::string FirstFew::text(const std::string& separator) const {
  std::string text;
  for (const std::string& one : first_) text += (text.empty() ? "" : separator) + one;
  if (number_ > first_.size()) text += separator + "and " + std::to_string(number_ - first_.size()) + " more";
  return text;
}

void Losses::count(const std::optional<std::uint64_t>& records) {
  ++gaps_;
  records_ += records.value_or(0);
  more_ = more_ || !records;
}

void Losses::add(const Gap& gap) {
  if (gap.kind == Gap::Kind::missed) {
    missed_ += gap.records.value_or(0);
    more_missed_ = more_missed_ || !gap.records;
    return;
  }
  if (gap.records == 0) return;
  count(gap.records);
  where_.add(at_positions(gap.from, gap.to, cli::escape(gap.why)));
}

void Losses::add(const archive::Finding& finding) {
  using Kind = archive::Finding::Kind;
  if (finding.kind == Kind::torn) return;
  if (finding.kind == Kind::contradiction) return contradictions_.add(reason_and_places(finding));
  if (finding.lost != 0) {
    count(finding.lost);
    where_.add(at_positions(finding.from, finding.to, reason_and_places(finding)));
  } else if (finding.kind == Kind::damaged || finding.kind == Kind::missing) {
    where_.add(reason_and_places(finding));
  }
}

std::string Losses::lost() const {
  std::string text = "lost ";
  text += more_ && records_ == 0 ? "an unknown number of records" : cli::counted(records_, "record");
  if (more_ && records_ != 0) text += " and an unknown number more";
  return text + " in " + cli::counted(gaps_, "gap");
}

std::string Losses::summary() const {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (any()) add(lost());
  if (missed_ != 0 || more_missed_) {
    add("missed " + (missed_ == 0 ? "an unknown number of records" : cli::counted(missed_, "record")) +
        (missed_ != 0 && more_missed_ ? " and more" : ""));
  }
  if (refused_ != 0) add(cli::counted(refused_, "record") + " dropped at the full ring meanwhile");
  return text.empty() ? "nothing lost" : text;
}

std::string Losses::sentence(const std::string& target) const {
  std::string what = gaps_ == 0 ? "" : lost();
  if (damaged_bytes_ != 0) what += (what.empty() ? "" : ", ") + cli::counted(damaged_bytes_, "byte") + " damaged";
  if (where_.number() != 0) what += (what.empty() ? "" : ": ") + where_.text("; ");
  if (contradictions_.number() != 0) {
    what += (what.empty() ? "" : "; ") + cli::counted(contradictions_.number(), "contradiction") + ": " +
            contradictions_.text("; ");
  }
  return cli::escape(target) + ": " + what;
}

}  // namespace logbuf::cat
