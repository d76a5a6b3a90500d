// Record n of an author: its length and its bytes, which whoever knows the epoch's seed can make again.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "content.hpp"
#include "ledger.hpp"
#include "traits.hpp"

namespace logbuf::soak {

class Payloads {
 public:
  Payloads(std::uint64_t seed, AuthorNumber author, Sizes sizes, std::size_t longest)
      : salt_(test::Random(seed).next()), author_(author), sizes_(sizes), longest_(longest) {}

  std::size_t length(std::uint64_t n) const {
    test::Random random = test::random_of(author_, n ^ salt_);
    std::uint64_t limit = longest_;
    switch (sizes_) {
      case Sizes::tiny: limit = 16; break;
      case Sizes::small: limit = random.below(16) == 0 ? 1024 : 200; break;
      case Sizes::mixed: limit = std::uint64_t{1} << (1 + random.below(31)); break;
      case Sizes::large: break;
    }
    if (sizes_ == Sizes::large && random.below(8) == 0) return longest_;
    return 1 + random.below(std::min<std::uint64_t>(limit, longest_));
  }

  void fill(std::uint64_t n, std::span<std::byte> bytes) const {
    each_word(n, bytes.size(), [&](std::size_t at, std::size_t size, std::uint64_t word) {
      std::memcpy(bytes.data() + at, &word, size);
    });
  }

  bool match(std::uint64_t n, std::span<const std::byte> bytes) const {
    if (bytes.size() != length(n)) return false;
    bool same = true;
    each_word(n, bytes.size(), [&](std::size_t at, std::size_t size, std::uint64_t word) {
      same = same && std::memcmp(bytes.data() + at, &word, size) == 0;
    });
    return same;
  }

 private:
  // The first word says which record this is, as far as there is room for it; neighbours always differ. The rest may be
  // zeros, look like headers, or be by chance.
  template <typename Each>
  void each_word(std::uint64_t n, std::size_t length, Each each) const {
    test::each_content_word(author_, n ^ salt_, length, [&](std::size_t at, std::size_t size, std::uint64_t word) {
      each(at, size, at == 0 ? n ^ salt_ : word);
    });
  }

  std::uint64_t salt_;
  AuthorNumber author_;
  Sizes sizes_;
  std::size_t longest_;
};

}  // namespace logbuf::soak
