#include "time_column.hpp"

#include <utility>

#include "time_text.hpp"

namespace logbuf::cat {

std::string TimeWriter::text(std::int64_t time_ns) {
  switch (column_.style) {
    case TimeStyle::none: return {};
    case TimeStyle::iso: return cli::time_text(time_ns, column_.zone);
    case TimeStyle::epoch: return cli::unix_time_text(time_ns);
    case TimeStyle::delta: {
      const std::int64_t before_ns = std::exchange(last_ns_, time_ns).value_or(time_ns);
      return cli::time_step_text(before_ns, time_ns);
    }
  }
  std::unreachable();
}

}  // namespace logbuf::cat
