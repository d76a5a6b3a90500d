// Which payloads are wanted for what is in them. Apart from Patterns, the one that there is: who needs no patterns
// needs no RE2.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace logbuf::cat {

// Bytes [begin, end) of a payload.
struct Match {
  std::size_t begin = 0;
  std::size_t end = 0;
};

class Payloads {
 public:
  virtual ~Payloads() = default;
  virtual bool see(std::span<const std::byte> payload) = 0;
  // What is wanted in it: in order, none empty, none touching another.
  virtual std::vector<Match> matches(std::span<const std::byte> payload) const = 0;
  // see() was told of nothing that is wanted.
  virtual bool none_seen() const noexcept = 0;
};

}  // namespace logbuf::cat
