#include <string>
#include <string_view>
#include <utility>

#include "format.hpp"
#include "text.hpp"
#include "time_text.hpp"

namespace logbuf::cat {
namespace {

// Not all that is UTF-8: at a zero byte many readers of CSV stop, or end the field.
bool is_csv_text(std::string_view bytes) {
  return bytes.find('\0') == std::string_view::npos && cli::is_utf8(bytes);
}

// RFC 4180.
std::string in_quotes(std::string_view text) {
  if (text.find_first_of("\",\r\n") == std::string_view::npos) return std::string(text);
  std::string field = "\"";
  for (const char c : text) {
    if (c == '"') field += '"';
    field += c;
  }
  return field + '"';
}

class CsvFormat : public Format {
 public:
  CsvFormat(cli::Output& out, bool for_terminal) : Format(out), for_terminal_(for_terminal) {}

  void record(const Record& record) override {
    put_heading();
    const std::string_view bytes = as_text(record.bytes);
    const bool is_text = is_csv_text(bytes);
    line_ = std::to_string(record.seq);
    add(std::to_string(record.position));
    add(record.time_ns ? cli::time_text(*record.time_ns) : "");
    add(std::to_string(record.slot));
    add(is_csv_text(record.producer) ? field(record.producer) : in_quotes(cli::escape(record.producer)));
    add(std::to_string(record.type));
    add(std::to_string(bytes.size()));
    add(is_text ? field(bytes) : "");
    add(is_text ? "" : cli::base64(record.bytes));
    line_ += '\n';
    out().put(line_);
  }

  void finish() override { put_heading(); }

 private:
  // Not at once: where a target cannot be read, nothing is written.
  void put_heading() {
    if (!std::exchange(has_heading_, true)) {
      out().put(std::string_view("seq,position,time,producer,name,type,length,data,data_b64\n"));
    }
  }

  std::string field(std::string_view text) const { return in_quotes(for_terminal_ ? cli::escape(text) : text); }

  void add(std::string_view field) {
    line_ += ',';
    line_ += field;
  }

  bool for_terminal_;
  bool has_heading_ = false;
  std::string line_;
};

}  // namespace

std::unique_ptr<Format> make_csv_format(cli::Output& out, bool for_terminal) {
  return std::make_unique<CsvFormat>(out, for_terminal);
}

}  // namespace logbuf::cat
