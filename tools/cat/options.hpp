// The flags of logbuf-cat.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "filter.hpp"
#include "format.hpp"
#include "format_string.hpp"
#include "program.hpp"
#include "selection.hpp"
#include "terminal.hpp"
#include "value.hpp"

namespace logbuf::cat {

struct Options : Selection {
  std::vector<std::string> targets;
  bool follow = false;
  bool merge = false;
  std::optional<cli::Count> lines;
  std::optional<cli::Count> count;
  std::vector<std::string> greps;
  std::vector<std::string> excludes;
  bool ignore_case = false;
  std::optional<OutputKind> output;
  bool json = false;
  bool hex = false;
  std::optional<FormatString> format;
  std::optional<TimeStyle> time;
  bool verify = false;
  bool stats = false;
  bool header = false;
  bool consume = false;
  std::optional<cli::ColorWhen> color;
  bool force = false;  // to write to a terminal what is not for it

  OutputKind output_kind() const;
  TimeColumn time_column() const;
  cli::ColorWhen color_when() const { return color.value_or(cli::ColorWhen::automatic); }
  // On stdout. `filter` must live as long as it.
  Look look(const Filter& filter) const;
  bool formats_time() const { return format && format->has(RecordField::time); }
  // Ends the program with ExitCode::usage where a time is none, or a regular expression.
  Filter filter() const;  // patterns too
  // The flag that takes records to have times; nullptr: none does.
  const char* time_flag() const;
};

// Binds the flags to `options`.
cli::ProgramInfo program(Options& options);
// Ends the program with ExitCode::usage where flags do not go together.
void check(const Options& options);

}  // namespace logbuf::cat
