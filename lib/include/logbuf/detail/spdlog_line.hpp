// The line that becomes of a spdlog message, laid out around the message's own text. Included by spdlog_sink.hpp; not
// for direct use.
#pragma once

#include <algorithm>
#include <cstddef>
#include <ctime>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <spdlog/details/log_msg.h>
#include <spdlog/formatter.h>
#include <spdlog/pattern_formatter.h>

namespace logbuf::detail {

// Where in a line the message's text goes: offsets in what surrounds it.
using SpdlogMarks = std::vector<std::size_t>;

// Stands for spdlog's %v: leaves the text out, and says where it goes. With a width (%10v, %-5!v) spdlog itself puts it
// there: that text is copied twice.
class SpdlogMessageFlag final : public spdlog::custom_flag_formatter {
 public:
  explicit SpdlogMessageFlag(SpdlogMarks& marks) : marks_(&marks) {}
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& line) override {
    if (!padinfo_.enabled()) return marks_->push_back(line.size());
    if (padded_ == nullptr) padded_ = std::make_unique<spdlog::pattern_formatter>(flag(), kAnyTime, "");
    padded_->format(message, line);
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<SpdlogMessageFlag>(*marks_); }

 private:
  static constexpr auto kAnyTime = spdlog::pattern_time_type::local;

  std::string flag() const {
    using Side = spdlog::details::padding_info::pad_side;
    const char* const side = padinfo_.side_ == Side::right ? "-" : padinfo_.side_ == Side::center ? "=" : "";
    return "%" + (side + std::to_string(padinfo_.width_)) + (padinfo_.truncate_ ? "!v" : "v");
  }

  SpdlogMarks* marks_;
  std::unique_ptr<spdlog::formatter> padded_;
};

// Stands for spdlog's %+, which ends with the text.
class SpdlogFullFlag final : public spdlog::custom_flag_formatter {
 public:
  SpdlogFullFlag(SpdlogMarks& marks, spdlog::pattern_time_type time) : marks_(&marks), time_(time), full_(time, "") {}
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& line) override {
    spdlog::details::log_msg without_text = message;
    without_text.payload = {};
    full_.format(without_text, line);
    marks_->push_back(line.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<SpdlogFullFlag>(*marks_, time_);
  }

 private:
  SpdlogMarks* marks_;
  spdlog::pattern_time_type time_;
  spdlog::pattern_formatter full_;
};

// How lines are made: by a pattern that is known, or by a formatter that somebody made.
struct SpdlogFormat {
  std::string pattern;
  spdlog::pattern_time_type time = spdlog::pattern_time_type::local;
  std::unique_ptr<spdlog::formatter> formatter = nullptr;  // not null: the pattern is not heeded
};

// One thread at a time. Between lay_out() and write() the message must live.
class SpdlogLine {
 public:
  explicit SpdlogLine(const SpdlogFormat& format) : marks_(std::make_unique<SpdlogMarks>()) {
    if (format.formatter != nullptr) {
      foreign_ = true;
      formatter_ = format.formatter->clone();
      return;
    }
    auto formatter = std::make_unique<spdlog::pattern_formatter>("", format.time, "");
    formatter->add_flag<SpdlogMessageFlag>('v', *marks_);
    formatter->add_flag<SpdlogFullFlag>('+', *marks_, format.time);
    formatter->set_pattern(format.pattern);
    formatter_ = std::move(formatter);
  }

  void lay_out(const spdlog::details::log_msg& message) {
    around_.clear();
    marks_->clear();
    text_ = message.payload;
    formatter_->format(message, around_);
    // Records need no line end; a formatter that somebody made has one, as a rule.
    if (foreign_ && around_.size() > 0 && around_.data()[around_.size() - 1] == '\n')
      around_.resize(around_.size() - 1);
  }
  std::size_t size() const noexcept { return around_.size() + marks_->size() * text_.size(); }
  // size() bytes.
  void write(std::byte* to) const noexcept {
    char* at = reinterpret_cast<char*>(to);
    const char* from = around_.data();
    for (const std::size_t mark : *marks_) {
      const char* const until = around_.data() + mark;
      at = std::copy(from, until, at);
      at = std::copy(text_.begin(), text_.end(), at);
      from = until;
    }
    std::copy(from, around_.data() + around_.size(), at);
  }

 private:
  std::unique_ptr<SpdlogMarks> marks_;  // the flags know where it is
  std::unique_ptr<spdlog::formatter> formatter_;
  bool foreign_ = false;
  spdlog::memory_buf_t around_;
  spdlog::string_view_t text_;
};

}  // namespace logbuf::detail
