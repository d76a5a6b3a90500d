#include "producers.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace logbuf::cat {

void Producers::add(const std::string& slot_or_name) {
  std::uint16_t slot = 0;
  const char* const end = slot_or_name.data() + slot_or_name.size();
  const auto [read_to, error] = std::from_chars(slot_or_name.data(), end, slot);
  const bool is_slot = error == std::errc{} && read_to == end;
  wanted_.push_back({.text = slot_or_name, .slot = is_slot ? std::optional(slot) : std::nullopt});
}

bool Producers::see(std::uint16_t slot, std::string_view name) {
  bool any = all();
  for (Wanted& wanted : wanted_) {
    if (!wanted.matches(slot, name)) continue;
    wanted.seen = true;
    any = true;
  }
  return any;
}

bool Producers::may_want(std::uint16_t slot, std::string_view name) const {
  return all() || std::ranges::any_of(wanted_, [&](const Wanted& wanted) {
           return wanted.matches(slot, name) || (name.empty() && !wanted.slot);
         });
}

std::vector<std::string> Producers::unseen() const {
  std::vector<std::string> texts;
  for (const Wanted& wanted : wanted_) {
    if (!wanted.seen) texts.push_back(wanted.text);
  }
  return texts;
}

}  // namespace logbuf::cat
