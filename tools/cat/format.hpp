// How records and gaps are written: one .cpp file for each --output.
#pragma once

#include <cstdint>
#include <memory>

#include "format_string.hpp"
#include "item.hpp"
#include "look.hpp"
#include "output.hpp"
#include "time_column.hpp"

namespace logbuf::cat {

class Format {
 public:
  explicit Format(cli::Output& out) : out_(out) {}
  Format(const Format&) = delete;
  Format& operator=(const Format&) = delete;
  virtual ~Format() = default;

  virtual void record(const Record& record) = 0;
  // Where the output has no form for a gap: a line on stderr, after what was written so far.
  virtual void gap(const Gap& gap);
  // From now on that line is coloured.
  void color_gaps() noexcept { colors_gaps_ = true; }
  // After the last item.
  virtual void finish() {}

 protected:
  cli::Output& out() noexcept { return out_; }

 private:
  cli::Output& out_;
  bool colors_gaps_ = false;
};

// custom: --format.
enum class OutputKind { text, raw, hex, json, csv, length_prefixed, custom };

// `custom`: where that is the kind.
std::unique_ptr<Format> make_format(OutputKind kind, const FormatString& custom, TimeColumn time, const Look& look,
                                    cli::Output& out);

std::unique_ptr<Format> make_text_format(cli::Output& out, TimeColumn time, const Look& look);
std::unique_ptr<Format> make_raw_format(cli::Output& out);
std::unique_ptr<Format> make_hex_format(cli::Output& out, const Look& look);
std::unique_ptr<Format> make_json_format(cli::Output& out);
// `for_terminal`: what is not printable is escaped.
std::unique_ptr<Format> make_csv_format(cli::Output& out, bool for_terminal);
std::unique_ptr<Format> make_custom_format(cli::Output& out, FormatString format, TimeColumn time, const Look& look);
std::unique_ptr<Format> make_length_prefixed_format(cli::Output& out);

}  // namespace logbuf::cat
