#include "losses.hpp"

#include "text.hpp"

namespace logbuf::cat {
namespace {

constexpr std::size_t most_places = 8;

std::string counted(std::uint64_t number, const std::string& one) {
  return std::to_string(number) + ' ' + one + (number == 1 ? "" : "s");
}

}  // namespace

std::string gap_line(const Gap& gap) {
  const bool missed = gap.kind == Gap::Kind::missed;
  if (!missed && gap.records == 0) return "-- " + cli::escape(gap.why) + " --";
  std::string line = missed ? "-- missed " : "-- lost ";
  line += gap.records ? counted(*gap.records, "record") : "an unknown number of records";
  if (!missed) line += ", " + cli::escape(gap.why);
  return line + " --";
}

void Losses::add(const Gap& gap) {
  if (gap.kind == Gap::Kind::missed || gap.records == 0) return;
  ++gaps_;
  records_ += gap.records.value_or(0);
  more_ = more_ || !gap.records;
  if (where_.size() == most_places) return;
  where_.push_back("positions " + std::to_string(gap.from) + " to " + std::to_string(gap.to) + " (" +
                   cli::escape(gap.why) + ")");
}

void Losses::add_contradiction(const std::string& why) {
  if (++contradictions_ == 1) contradiction_ = cli::escape(why);
}

std::string Losses::sentence(const std::string& target) const {
  std::string text = cli::escape(target) + ": lost ";
  text += more_ && records_ == 0 ? "an unknown number of records" : counted(records_, "record");
  if (more_ && records_ != 0) text += " and an unknown number more";
  text += " in " + counted(gaps_, "gap");
  if (damaged_bytes_ != 0) text += ", " + counted(damaged_bytes_, "byte") + " damaged";
  for (std::size_t i = 0; i < where_.size(); ++i) text += (i == 0 ? ": " : "; ") + where_[i];
  if (gaps_ > where_.size()) text += "; and " + std::to_string(gaps_ - where_.size()) + " more";
  if (contradictions_ != 0) text += "; " + counted(contradictions_, "contradiction") + ": " + contradiction_;
  return text;
}

}  // namespace logbuf::cat
