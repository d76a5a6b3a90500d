#include "format.hpp"

#include <unistd.h>

#include <utility>

#include "failure.hpp"
#include "losses.hpp"

namespace logbuf::cat {

void Format::gap(const Gap& gap) {
  out_.flush();
  cli::say(gap_line(gap));
}

std::unique_ptr<Format> make_format(OutputKind kind, const FormatString& custom, TimeColumn time, cli::Output& out) {
  const bool for_terminal = isatty(STDOUT_FILENO) != 0;
  switch (kind) {
    case OutputKind::text: return make_text_format(out, time, for_terminal);
    case OutputKind::raw: return make_raw_format(out);
    case OutputKind::hex: return make_hex_format(out);
    case OutputKind::json: return make_json_format(out);
    case OutputKind::csv: return make_csv_format(out, for_terminal);
    case OutputKind::length_prefixed: return make_length_prefixed_format(out);
    case OutputKind::custom: return make_custom_format(out, custom, time, for_terminal);
  }
  std::unreachable();
}

}  // namespace logbuf::cat
