#include "format.hpp"
#include "text.hpp"

namespace logbuf::cat {
namespace {

class TextFormat : public Format {
 public:
  TextFormat(cli::Output& out, TimeColumn time, bool for_terminal)
      : Format(out), time_(time), for_terminal_(for_terminal) {}

  void record(const Record& record) override {
    if (time_.has_style()) out().put(time_.text(record.any_time_ns().value_or(0)) + ' ');
    if (for_terminal_) {
      out().put(cli::escape(as_text(record.bytes)));
    } else {
      out().put(record.bytes);
    }
    out().put('\n');
  }

 private:
  TimeWriter time_;
  bool for_terminal_;
};

}  // namespace

std::unique_ptr<Format> make_text_format(cli::Output& out, TimeColumn time, bool for_terminal) {
  return std::make_unique<TextFormat>(out, time, for_terminal);
}

}  // namespace logbuf::cat
