// How a record is made fit for whoever looks at it.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "payloads.hpp"

namespace logbuf::cat {

struct Look {
  bool for_terminal = false;              // what is not printable is escaped
  bool color = false;                     // what stands beside the payload is dim, and what matches stands out
  const Payloads* highlighted = nullptr;  // what they match; lives longer than the format

  // Adds what stands beside the payload.
  void append_aside(std::string& line, const std::string& text) const;
  void append_payload(std::string& line, std::span<const std::byte> payload) const;
  // The payload is written as it is.
  bool is_plain() const noexcept { return !for_terminal && !(color && highlighted != nullptr); }
};

}  // namespace logbuf::cat
