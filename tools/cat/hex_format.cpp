#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "format.hpp"
#include "text.hpp"

namespace logbuf::cat {
namespace {

constexpr std::size_t row_bytes = 16;

// 00000010  6f 72 64 65 72 20 31 37  20 66 69 6c 6c 65 64 2e  |order 17 filled.|
void append_row(std::string& text, std::size_t offset, std::string_view row) {
  cli::append_hex(text, offset, 8);
  text += ' ';
  for (std::size_t i = 0; i < row_bytes; ++i) {
    text += i == row_bytes / 2 ? "  " : " ";
    if (i < row.size()) {
      cli::append_hex(text, static_cast<unsigned char>(row[i]), 2);
    } else {
      text += "  ";
    }
  }
  text += "  |";
  for (const char c : row) text += c >= 0x20 && c < 0x7f ? c : '.';
  text += "|\n";
}

class HexFormat : public Format {
 public:
  HexFormat(cli::Output& out, const Look& look) : Format(out), look_(look) {}

  void record(const Record& record) override {
    std::string heading = "seq " + std::to_string(record.seq) + ", position " + std::to_string(record.position) +
                          ", producer " + std::to_string(record.slot);
    if (!record.producer.empty()) heading += " (" + cli::escape(record.producer) + ")";
    heading += ", type " + std::to_string(record.type) + ", length " + std::to_string(record.bytes.size());
    text_.clear();
    look_.append_aside(text_, heading);
    text_ += '\n';
    const std::string_view bytes = as_text(record.bytes);
    for (std::size_t at = 0; at < bytes.size(); at += row_bytes) {
      append_row(text_, at, bytes.substr(at, row_bytes));
    }
    out().put(text_);
  }

 private:
  Look look_;
  std::string text_;
};

}  // namespace

std::unique_ptr<Format> make_hex_format(cli::Output& out, const Look& look) {
  return std::make_unique<HexFormat>(out, look);
}

}  // namespace logbuf::cat
