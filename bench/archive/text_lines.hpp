// Log lines, one after the other, as long as anybody asks for them.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace logbuf::bench_archive {

class TextLines {
 public:
  // The lines of a file (its first 64 MiB); without one, some that look like a service's.
  explicit TextLines(const std::string& file);

  // Without its end. Valid until the next call.
  std::span<const std::byte> next() noexcept;

 private:
  std::string text_;  // ends with a line's end
  std::size_t at_ = 0;
};

}  // namespace logbuf::bench_archive
