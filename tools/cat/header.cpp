#include "header.hpp"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <vector>

#include <logbuf/archive.hpp>
#include <logbuf/segment.hpp>

#include "fields.hpp"
#include "kind.hpp"
#include "text.hpp"
#include "time_text.hpp"

namespace logbuf::cat {
namespace {

namespace fs = std::filesystem;

void print_ring(const std::string& name, cli::Output& out, bool json) {
  const auto segment = Segment::open(name);
  if (!segment) cli::die(segment.error(), "ring " + name + " cannot be opened");
  const RingInfo& info = segment->info();
  Fields fields;
  fields.add("ring", info.name);
  fields.add("uuid", cli::uuid_text(info.uuid));
  fields.add("kind", cli::kind_word(info.kind));
  fields.add("segment size", info.segment_size);
  fields.add("capacity", info.capacity);
  fields.add("largest payload", info.max_payload);
  fields.add("producers at most", info.max_producers);
  fields.add("timestamps", info.timestamps ? "yes" : "no");
  fields.add("layout version", info.layout_version);
  fields.add("creator's pid", info.creator_pid);
  fields.add("created", cli::time_text(info.created_ns));
  fields.print(out, json);
}

// describe_header() gives "name: value" lines.
Fields fields_of(const std::string& path, std::string_view lines) {
  Fields fields;
  fields.add("file", path);
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    const std::size_t colon = line.find(": ");
    if (colon == std::string_view::npos) continue;
    fields.add(std::string(line.substr(0, colon)), std::string(line.substr(colon + 2)));
  }
  return fields;
}

// An archive orders its files by their names.
std::vector<std::string> files_of(const std::string& target) {
  if (!fs::is_directory(target)) return {target};
  std::vector<std::string> files;
  std::error_code error;
  for (fs::directory_iterator entry(target, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->is_regular_file(error) && archive::is_archive(entry->path())) files.push_back(entry->path().string());
  }
  if (error) cli::die("archive " + target + " cannot be listed: " + error.message());
  if (files.empty()) {
    cli::die("directory " + target + " holds no segment files: name the directory of one ring's archive",
             cli::ExitCode::usage);
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace

cli::ExitCode print_header(const Target& target, cli::Output& out, bool json) {
  if (target.kind == Target::Kind::ring) {
    print_ring(target.name, out, json);
    return cli::ExitCode::ok;
  }
  auto code = cli::ExitCode::ok;
  const auto files = files_of(target.name);
  for (const std::string& file : files) {
    const auto lines = archive::describe_header(file);
    if (!lines) {
      if (files.size() == 1) cli::die(lines.error(), "segment file " + file + " cannot be read");
      out.flush();
      cli::complain(error_detail());
      code = cli::ExitCode::lost;
      continue;
    }
    if (!json && file != files.front()) out.put('\n');
    fields_of(file, *lines).print(out, json);
  }
  return code;
}

}  // namespace logbuf::cat
