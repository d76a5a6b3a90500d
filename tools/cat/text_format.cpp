#include <string>

#include "format.hpp"

namespace logbuf::cat {
namespace {

class TextFormat : public Format {
 public:
  TextFormat(cli::Output& out, TimeColumn time, const Look& look) : Format(out), time_(time), look_(look) {}

  void record(const Record& record) override {
    if (time_.has_style()) {
      line_.clear();
      look_.append_aside(line_, time_.text(record.any_time_ns().value_or(0)));
      out().put(line_ += ' ');
    }
    if (look_.is_plain()) {
      out().put(record.bytes);
    } else {
      line_.clear();
      look_.append_payload(line_, record.bytes);
      out().put(line_);
    }
    out().put('\n');
  }

 private:
  TimeWriter time_;
  Look look_;
  std::string line_;
};

}  // namespace

std::unique_ptr<Format> make_text_format(cli::Output& out, TimeColumn time, const Look& look) {
  return std::make_unique<TextFormat>(out, time, look);
}

}  // namespace logbuf::cat
