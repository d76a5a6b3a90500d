#include "format.hpp"
#include "text.hpp"

namespace logbuf::cat {
namespace {

class TextFormat : public Format {
 public:
  TextFormat(cli::Output& out, bool for_terminal) : Format(out), for_terminal_(for_terminal) {}

  void record(const Record& record) override {
    if (for_terminal_) {
      out().put(cli::escape(as_text(record.bytes)));
    } else {
      out().put(record.bytes);
    }
    out().put('\n');
  }

 private:
  bool for_terminal_;
};

}  // namespace

std::unique_ptr<Format> make_text_format(cli::Output& out, bool for_terminal) {
  return std::make_unique<TextFormat>(out, for_terminal);
}

}  // namespace logbuf::cat
