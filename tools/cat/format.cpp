#include "format.hpp"

#include <utility>

#include "failure.hpp"
#include "losses.hpp"
#include "terminal.hpp"

namespace logbuf::cat {

void Format::gap(const Gap& gap) {
  out_.flush();
  cli::say(colors_gaps_ ? cli::red(gap_line(gap)) : gap_line(gap));
}

std::unique_ptr<Format> make_format(OutputKind kind, const FormatString& custom, TimeColumn time, const Look& look,
                                    cli::Output& out) {
  switch (kind) {
    case OutputKind::text: return make_text_format(out, time, look);
    case OutputKind::raw: return make_raw_format(out);
    case OutputKind::hex: return make_hex_format(out, look);
    case OutputKind::json: return make_json_format(out);
    case OutputKind::csv: return make_csv_format(out, look.for_terminal);
    case OutputKind::length_prefixed: return make_length_prefixed_format(out);
    case OutputKind::custom: return make_custom_format(out, custom, time, look);
  }
  std::unreachable();
}

}  // namespace logbuf::cat
