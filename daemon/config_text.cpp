// The options, written as a configuration file.
#include <string_view>

#include "config_file.hpp"
#include "duration.hpp"
#include "options.hpp"
#include "size.hpp"

namespace logbuf::archiver {
namespace {

// A '#' begins a comment, and blanks around a value are not part of it.
std::string line(std::string_view key, const std::string& value) {
  const bool has_blank_ends =
      !value.empty() && (value.find_first_of(" \t") == 0 || value.find_last_of(" \t") == value.size() - 1);
  if (has_blank_ends || cli::is_quoted(value) || value.find_first_of("#\r\n") != std::string::npos) {
    cli::die("--" + std::string(key) + " '" + value +
                 "' cannot stand in a configuration file: no #, no line break, no blank and no quotes at its ends",
             cli::ExitCode::usage);
  }
  return std::string(key) + " = " + value + "\n";
}

std::string text_of(const SyncPolicy& sync) {
  switch (sync.when) {
    case SyncPolicy::When::never: return "none";
    case SyncPolicy::When::batch: return "batch";
    case SyncPolicy::When::interval: break;
  }
  return "interval=" + cli::exact_duration(sync.interval);
}

std::string text_of(const std::optional<archive::Compression>& compression) {
  if (!compression) return "none";
  if (compression->method == archive::Compression::Method::lz4) return "lz4";
  return "zstd:" + std::to_string(compression->level);
}

std::string text_of(bool yes) {
  return yes ? "true" : "false";
}

}  // namespace

std::string config_text(const Options& options) {
  std::string text;
  for (const std::string& ring : options.rings) text += line("ring", ring);
  for (const std::string& glob : options.globs) text += line("rings", glob);
  text += line("create", text_of(options.create));
  // The default is for rings that are made, and no demand on those that are there.
  if (options.capacity_given) text += line("capacity", cli::exact_size(options.segment.capacity));
  text += line("dir", options.directory);
  text += line("sync", text_of(options.sync));
  text += line("rotate-size", cli::exact_size(options.rotate_size_bytes));
  if (options.rotate_age) text += line("rotate-age", cli::exact_duration(*options.rotate_age));
  text += line("compress", text_of(options.compression));
  const Retention& limits = options.retention;
  if (limits.size_bytes) text += line("retain-size", cli::exact_size(*limits.size_bytes));
  if (limits.age) text += line("retain-age", cli::exact_duration(*limits.age));
  if (limits.min_free_bytes) text += line("min-free", cli::exact_size(*limits.min_free_bytes));
  text += line("once", text_of(options.once));
  if (options.until_idle) text += line("until-idle", cli::exact_duration(*options.until_idle));
  if (options.metrics) text += line("metrics", options.metrics->text());
  return text;
}

}  // namespace logbuf::archiver
