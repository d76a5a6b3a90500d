#include <optional>
#include <string>
#include <utility>

#include "format.hpp"
#include "text.hpp"
#include "time_text.hpp"

namespace logbuf::cat {
namespace {

class TextFormat : public Format {
 public:
  TextFormat(cli::Output& out, TimeColumn time, bool for_terminal)
      : Format(out), time_(time), for_terminal_(for_terminal) {}

  void record(const Record& record) override {
    if (time_.style != TimeStyle::none) out().put(column(record.any_time_ns().value_or(0)) + ' ');
    if (for_terminal_) {
      out().put(cli::escape(as_text(record.bytes)));
    } else {
      out().put(record.bytes);
    }
    out().put('\n');
  }

 private:
  std::string column(std::int64_t time_ns) {
    switch (time_.style) {
      case TimeStyle::none: return {};
      case TimeStyle::iso: return cli::time_text(time_ns, time_.zone);
      case TimeStyle::epoch: return cli::unix_time_text(time_ns);
      case TimeStyle::delta: {
        const std::int64_t before_ns = std::exchange(last_ns_, time_ns).value_or(time_ns);
        return cli::time_step_text(before_ns, time_ns);
      }
    }
    std::unreachable();
  }

  TimeColumn time_;
  bool for_terminal_;
  std::optional<std::int64_t> last_ns_;  // of the record before
};

}  // namespace

std::unique_ptr<Format> make_text_format(cli::Output& out, TimeColumn time, bool for_terminal) {
  return std::make_unique<TextFormat>(out, time, for_terminal);
}

}  // namespace logbuf::cat
