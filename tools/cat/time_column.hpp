// A record's time as people read it: --time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "local_time.hpp"

namespace logbuf::cat {

// Nothing, the record's time, or how long after the record before it that is.
enum class TimeStyle { none, iso, epoch, delta };

struct TimeColumn {
  TimeStyle style = TimeStyle::none;
  cli::Zone zone = cli::Zone::local;
};

class TimeWriter {
 public:
  explicit TimeWriter(TimeColumn column) : column_(column) {}

  bool has_style() const noexcept { return column_.style != TimeStyle::none; }
  // For each record once, in their order.
  std::string text(std::int64_t time_ns);

 private:
  TimeColumn column_;
  std::optional<std::int64_t> last_ns_;  // of the record before
};

}  // namespace logbuf::cat
