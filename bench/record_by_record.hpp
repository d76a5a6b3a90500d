// A producer of produce.hpp each of whose records is done with when put() has returned.
#pragma once

namespace logbuf::bench {

struct RecordByRecord {
  static constexpr bool whole() noexcept { return true; }
  static constexpr void finish() noexcept {}
};

}  // namespace logbuf::bench
