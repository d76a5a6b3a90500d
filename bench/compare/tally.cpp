#include "tally.hpp"

#include <algorithm>

namespace logbuf::compare {

void Tally::add(std::string_view bytes) {
  const auto id = read_record(bytes);
  // Right in every byte, a number out of reach is still nobody's: it would be counted below, but costs memory first.
  constexpr std::uint64_t most = std::uint64_t{1} << 36;
  if (!id || id->n >= most) {
    ++damaged_;
    return;
  }
  if (seen_.size() <= id->life) seen_.resize(id->life + 1);
  std::vector<bool>& seen = seen_[id->life];
  if (seen.size() <= id->n) seen.resize(std::max<std::size_t>(id->n + 1, seen.size() * 2));
  if (seen[id->n]) ++doubled_;
  seen[id->n] = true;
}

Balance Tally::balance(std::span<const Written> lives) const {
  Balance balance{.doubled = doubled_, .damaged = damaged_};
  for (const Written& life : lives) {
    balance.written += life.written;
    balance.refused += life.refused;
  }
  for (std::size_t i = 0; i < seen_.size(); ++i) {
    const std::uint64_t returned = i < lives.size() ? lives[i].written + lives[i].refused : 0;
    const auto found = static_cast<std::uint64_t>(std::ranges::count(seen_[i], true));
    const std::uint64_t within = std::min<std::uint64_t>(returned, seen_[i].size());
    const auto of_those = static_cast<std::uint64_t>(
        std::count(seen_[i].begin(), seen_[i].begin() + static_cast<std::ptrdiff_t>(within), true));
    balance.on_disk += of_those;
    // The one call that a killed producer was in; anything beyond it was never written by anybody.
    const bool unfinished = i < lives.size() && seen_[i].size() > returned && seen_[i][returned];
    if (unfinished) ++balance.unfinished;
    balance.damaged += found - of_those - (unfinished ? 1 : 0);
  }
  return balance;
}

}  // namespace logbuf::compare
