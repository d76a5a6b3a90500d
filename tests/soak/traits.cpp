#include "traits.hpp"

#include "content.hpp"
#include "ledger.hpp"

namespace logbuf::soak {
namespace {

// Small numbers as likely as large ones.
std::uint64_t any_magnitude(test::Random& random, std::uint64_t least_bits, std::uint64_t most_bits) {
  const std::uint64_t bits = least_bits + random.below(most_bits - least_bits + 1);
  return (std::uint64_t{1} << bits) + random.below(std::uint64_t{1} << bits);
}

}  // namespace

Traits draw_traits(std::uint64_t seed, std::uint32_t producer, Kind kind) {
  test::Random random(seed ^ (std::uint64_t{producer} + 1) * 0xd6e8'feb8'6659'fd93ULL);
  const auto percent = [&](std::uint64_t chance) { return random.below(100) < chance; };
  Traits traits;
  traits.way = static_cast<Way>(random.below(4));
  traits.sizes = static_cast<Sizes>(random.below(4));
  traits.threads =
      kind == Kind::mpsc && percent(25) ? 2 + static_cast<std::uint32_t>(random.below(kMaxThreads - 1)) : 1;
  traits.budget_bytes = any_magnitude(random, 8, 21);
  traits.batch_percent = percent(40) ? static_cast<std::uint32_t>(random.below(100)) : 0;
  traits.abort_percent = percent(30) ? static_cast<std::uint32_t>(random.below(50)) : 0;
  traits.burst_records = any_magnitude(random, 0, 9);
  traits.nap_us = percent(75) ? any_magnitude(random, 0, 11) : 0;
  traits.hold_every = percent(40) ? any_magnitude(random, 0, 8) : 0;
  traits.hold_us = any_magnitude(random, 0, 11);
  traits.leaves_a_claim = percent(10);
  if (percent(40)) {
    traits.death = percent(50) ? Death::any_moment : static_cast<Death>(1 + random.below(kDeaths - 1));
    traits.dies_at_record = any_magnitude(random, 0, 10) - 1;
    traits.dies_after_us = 1 + random.below(12'000);
  }
  if (traits.death == Death::any_moment) {
    traits.sizes = percent(80) ? Sizes::tiny : traits.sizes;
    traits.nap_us = 0;
    traits.hold_every = 0;
    traits.budget_bytes = any_magnitude(random, 18, 20);
  }
  // fork() in a process with threads would copy them as they stand.
  if (traits.threads == 1 && percent(15)) {
    traits.forks_at_record = any_magnitude(random, 0, 6) - 1;
    traits.forks_in_claim = percent(50);
  }
  return traits;
}

}  // namespace logbuf::soak
