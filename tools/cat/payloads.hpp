// Which payloads are wanted for what is in them. Apart from Patterns, the one that there is: who needs no patterns
// needs no RE2.
#pragma once

#include <cstddef>
#include <span>

namespace logbuf::cat {

class Payloads {
 public:
  virtual ~Payloads() = default;
  virtual bool see(std::span<const std::byte> payload) = 0;
  // see() was told of nothing that is wanted.
  virtual bool none_seen() const noexcept = 0;
};

}  // namespace logbuf::cat
