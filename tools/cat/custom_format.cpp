#include <string>
#include <utility>
#include <variant>

#include "format.hpp"
#include "text.hpp"

namespace logbuf::cat {
namespace {

class CustomFormat : public Format {
 public:
  CustomFormat(cli::Output& out, FormatString format, TimeColumn time, const Look& look)
      : Format(out), format_(std::move(format)), time_(time), has_time_(format_.has(RecordField::time)), look_(look) {}

  void record(const Record& record) override {
    line_.clear();
    if (has_time_) time_text_ = time_.text(record.any_time_ns().value_or(0));
    for (const auto& part : format_.parts) {
      if (const auto* const text = std::get_if<std::string>(&part)) {
        line_ += *text;
      } else {
        add(std::get<RecordField>(part), record);
      }
    }
    out().put(line_);
  }

 private:
  void add(RecordField field, const Record& record) {
    switch (field) {
      case RecordField::seq: line_ += std::to_string(record.seq); break;
      case RecordField::position: line_ += std::to_string(record.position); break;
      case RecordField::time: look_.append_aside(line_, time_text_); break;
      case RecordField::slot: look_.append_aside(line_, std::to_string(record.slot)); break;
      case RecordField::name:
        look_.append_aside(line_, look_.for_terminal ? cli::escape(record.producer) : std::string(record.producer));
        break;
      case RecordField::type: line_ += std::to_string(record.type); break;
      case RecordField::length: line_ += std::to_string(record.bytes.size()); break;
      case RecordField::payload: look_.append_payload(line_, record.bytes); break;
      case RecordField::hex:
        for (const std::byte byte : record.bytes) cli::append_hex(line_, std::to_integer<unsigned>(byte), 2);
        break;
    }
  }

  FormatString format_;
  TimeWriter time_;
  bool has_time_;
  Look look_;
  std::string time_text_;  // of the record: how long after the one before it, each is asked once
  std::string line_;
};

}  // namespace

std::unique_ptr<Format> make_custom_format(cli::Output& out, FormatString format, TimeColumn time, const Look& look) {
  return std::make_unique<CustomFormat>(out, std::move(format), time, look);
}

}  // namespace logbuf::cat
