// The options, written as a configuration file.
#include <algorithm>
#include <string_view>
#include <utility>

#include "config_file.hpp"
#include "duration.hpp"
#include "options.hpp"
#include "size.hpp"
#include "text.hpp"

namespace logbuf::archiver {
namespace {

// A '#' begins a comment, and blanks around a value are not part of it.
std::string line(std::string_view key, const std::string& value) {
  const bool has_blank_ends =
      !value.empty() && (value.find_first_of(" \t") == 0 || value.find_last_of(" \t") == value.size() - 1);
  if (has_blank_ends || cli::is_quoted(value) ||
      value.find_first_of(std::string_view("#\r\n\0", 4)) != std::string::npos) {
    cli::die("--" + std::string(key) + " '" + cli::escape(value) +
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

using Settings = std::vector<std::pair<std::string, std::string>>;  // keys and values, in the order of --help

Settings settings_of(const Options& options) {
  Settings all;
  const auto add = [&](const char* key, std::string value) { all.emplace_back(key, std::move(value)); };
  for (const std::string& ring : options.rings) add("ring", ring);
  for (const std::string& glob : options.globs) add("rings", glob);
  add("create", text_of(options.create));
  // The default is for rings that are made, and no demand on those that are there.
  if (options.capacity_given) add("capacity", cli::exact_size(options.segment.capacity));
  add("dir", options.directory);
  add("sync", text_of(options.sync));
  add("rotate-size", cli::exact_size(options.rotate_size_bytes));
  if (options.rotate_age) add("rotate-age", cli::exact_duration(*options.rotate_age));
  add("compress", text_of(options.compression));
  const Retention& limits = options.retention;
  if (limits.size_bytes) add("retain-size", cli::exact_size(*limits.size_bytes));
  if (limits.age) add("retain-age", cli::exact_duration(*limits.age));
  if (limits.min_free_bytes) add("min-free", cli::exact_size(*limits.min_free_bytes));
  add("once", text_of(options.once));
  if (options.until_idle) add("until-idle", cli::exact_duration(*options.until_idle));
  if (options.metrics) add("metrics", options.metrics->text());
  return all;
}

// All values of a key, or that there is none.
std::string values_of(const Settings& settings, const std::string& key) {
  std::string text;
  for (const auto& [each, value] : settings) {
    if (each == key) text += (text.empty() ? "" : " ") + cli::escape(value);
  }
  return text.empty() ? "not set" : text;
}

}  // namespace

std::string config_text(const Options& options) {
  std::string text;
  for (const auto& [key, value] : settings_of(options)) text += line(key, value);
  return text;
}

std::string changes(const Options& before, const Options& after) {
  const Settings old_settings = settings_of(before);
  const Settings new_settings = settings_of(after);
  std::vector<std::string> keys;
  for (const Settings* const settings : {&new_settings, &old_settings}) {
    for (const auto& [key, value] : *settings) {
      if (std::ranges::find(keys, key) == keys.end()) keys.push_back(key);
    }
  }
  std::string text;
  for (const std::string& key : keys) {
    const std::string was = values_of(old_settings, key);
    const std::string is = values_of(new_settings, key);
    if (was != is) text += (text.empty() ? "" : ", ") + key + ' ' + was + " -> " + is;
  }
  return text;
}

}  // namespace logbuf::archiver
