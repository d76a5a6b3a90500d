#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>

#include <logbuf/archive.hpp>

#include "commands.hpp"
#include "dump_json.hpp"
#include "output.hpp"
#include "size.hpp"
#include "text.hpp"
#include "time_text.hpp"

namespace logbuf::archive_tool {
namespace {

using archive::FileInfo;
using Json = nlohmann::ordered_json;

struct Options {
  std::vector<std::string> target;
  bool json = false;
};

// What the files hold together.
struct Sum {
  const FileInfo* first = nullptr;  // of those that can be described
  const FileInfo* last = nullptr;
  std::uint64_t file_bytes = 0;
  std::uint64_t blocks = 0;
  std::uint64_t records = 0;
  std::uint64_t raw_bytes = 0;
  std::optional<FileInfo::Times> times;
};

Sum sum_of(const std::vector<FileInfo>& files) {
  Sum sum;
  for (const FileInfo& file : files) {
    sum.file_bytes += file.file_bytes;
    if (!file.fault.empty()) continue;
    if (sum.first == nullptr) sum.first = &file;
    sum.last = &file;
    sum.blocks += file.blocks;
    sum.records += file.records;
    sum.raw_bytes += file.raw_bytes;
    if (!file.times) continue;
    if (!sum.times) sum.times = file.times;
    sum.times->min_ns = std::min(sum.times->min_ns, file.times->min_ns);
    sum.times->max_ns = std::max(sum.times->max_ns, file.times->max_ns);
  }
  return sum;
}

// Its name says that it is sealed, its end does not.
bool lacks_seal(const FileInfo& file) {
  return file.fault.empty() && !file.sealed && file.path.extension() != ".open";
}

bool is_damaged(const FileInfo& file) {
  return !file.fault.empty() || lacks_seal(file) || file.damaged_bytes != 0;
}

// For each file, how many records no file has that should stand before it. What is damaged in between may have had
// them: then nothing is said here.
std::vector<std::uint64_t> missing_before(const std::vector<FileInfo>& files) {
  std::vector<std::uint64_t> missing(files.size(), 0);
  const FileInfo* previous = nullptr;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const FileInfo& file = files[i];
    if (file.foreign) continue;
    const bool sure = file.fault.empty() && previous != nullptr && previous->fault.empty() && !lacks_seal(*previous);
    if (sure && file.first_seq > previous->end_seq) missing[i] = file.first_seq - previous->end_seq;
    previous = &file;
  }
  return missing;
}

std::string state_of(const FileInfo& file) {
  if (file.foreign) return "foreign: " + file.fault;
  if (!file.fault.empty()) return "damaged: " + file.fault;
  std::string state = file.sealed ? "sealed" : lacks_seal(file) ? "damaged: its seal is missing" : "in use";
  if (file.compressed) state += ", compressed";
  if (file.damaged_bytes != 0) state += ", " + std::to_string(file.damaged_bytes) + " bytes damaged";
  return state;
}

std::string times_text(const std::optional<FileInfo::Times>& times) {
  return times ? cli::time_text(times->min_ns) + " to " + cli::time_text(times->max_ns) : "-";
}

// "0 to 41"; "-" where there is none.
std::string seqs_text(std::uint64_t first, std::uint64_t end) {
  return end > first ? std::to_string(first) + " to " + std::to_string(end - 1) : "-";
}

std::string size_text(std::uint64_t bytes) {
  return std::to_string(bytes) + " bytes (" + cli::format_size(bytes) + ")";
}

void print_text(const std::string& target, const std::vector<FileInfo>& files,
                const std::vector<std::uint64_t>& missing, cli::Output& out) {
  const auto line = [&](const char* field, const std::string& value) {
    out.put(std::string(field) + ": " + value + '\n');
  };
  const Sum sum = sum_of(files);
  line("archive", cli::escape(target));
  if (sum.last != nullptr) {
    line("ring", sum.last->ring.name);
    line("ring uuid", cli::uuid_text(sum.last->ring.uuid));
    line("ring capacity", size_text(sum.last->ring.capacity));
    line("timestamps", sum.last->ring.timestamps ? "yes" : "no");
    line("archive uuid", cli::uuid_text(sum.last->archive_uuid));
    line("seqs", seqs_text(sum.first->first_seq, sum.last->end_seq));
  }
  line("times", times_text(sum.times));
  line("files", std::to_string(files.size()));
  line("blocks", std::to_string(sum.blocks));
  line("records", std::to_string(sum.records));
  line("raw bytes", size_text(sum.raw_bytes));
  line("bytes on disk", size_text(sum.file_bytes));
  for (std::size_t i = 0; i < files.size(); ++i) {
    const FileInfo& file = files[i];
    out.put('\n');
    if (missing[i] != 0)
      line("missing", "seqs " + seqs_text(file.first_seq - missing[i], file.first_seq) + ", in no file\n");
    line("file", cli::escape(file.path.filename().string()));
    line("  state", state_of(file));
    line("  bytes on disk", std::to_string(file.file_bytes));
    if (!file.fault.empty()) continue;
    line("  created", cli::time_text(file.created_ns));
    line("  seqs", seqs_text(file.first_seq, file.end_seq));
    line("  positions", std::to_string(file.begin) + " to " + std::to_string(file.end));
    line("  times", times_text(file.times));
    line("  blocks", std::to_string(file.blocks));
    line("  records", std::to_string(file.records));
    line("  raw bytes", std::to_string(file.raw_bytes));
    if (sum.last->ring.uuid != file.ring.uuid) line("  ring uuid", cli::uuid_text(file.ring.uuid));
  }
}

void add_times(Json& json, const std::optional<FileInfo::Times>& times) {
  json["time_min"] = times ? Json(cli::time_text(times->min_ns)) : Json(nullptr);
  json["time_max"] = times ? Json(cli::time_text(times->max_ns)) : Json(nullptr);
}

Json json_of(const FileInfo& file, std::uint64_t missing) {
  Json json{{"file", file.path.filename().string()}, {"file_bytes", file.file_bytes}};
  if (missing != 0) json["missing_before"] = missing;
  if (!file.fault.empty() || lacks_seal(file)) {
    json["damage"] = file.fault.empty() ? "its seal is missing" : file.fault;
  }
  if (!file.fault.empty()) return json;
  json.update(Json{{"sealed", file.sealed},
                   {"compressed", file.compressed},
                   {"created", cli::time_text(file.created_ns)},
                   {"ring_uuid", cli::uuid_text(file.ring.uuid)},
                   {"first_seq", file.first_seq},
                   {"end_seq", file.end_seq},
                   {"begin", file.begin},
                   {"end", file.end}});
  add_times(json, file.times);
  json.update(Json{{"blocks", file.blocks},
                   {"records", file.records},
                   {"raw_bytes", file.raw_bytes},
                   {"damaged_bytes", file.damaged_bytes}});
  return json;
}

void print_json(const std::string& target, const std::vector<FileInfo>& files,
                const std::vector<std::uint64_t>& missing, cli::Output& out) {
  const Sum sum = sum_of(files);
  Json json{{"archive", target}};
  if (sum.last != nullptr) {
    json.update(Json{{"ring", sum.last->ring.name},
                     {"ring_uuid", cli::uuid_text(sum.last->ring.uuid)},
                     {"ring_capacity", sum.last->ring.capacity},
                     {"timestamps", sum.last->ring.timestamps},
                     {"archive_uuid", cli::uuid_text(sum.last->archive_uuid)},
                     {"first_seq", sum.first->first_seq},
                     {"end_seq", sum.last->end_seq}});
  }
  add_times(json, sum.times);
  json.update(Json{
      {"blocks", sum.blocks}, {"records", sum.records}, {"raw_bytes", sum.raw_bytes}, {"file_bytes", sum.file_bytes}});
  json["files"] = Json::array();
  for (std::size_t i = 0; i < files.size(); ++i) json["files"].push_back(json_of(files[i], missing[i]));
  out.put(cli::dump_json(json) + '\n');
}

cli::ExitCode info(const Options& o) {
  const std::string& target = o.target.front();
  const auto files = archive::list_files(target);
  if (!files) cli::die(files.error(), "archive " + target);
  cli::Output out;
  const auto missing = missing_before(*files);
  o.json ? print_json(target, *files, missing, out) : print_text(target, *files, missing, out);
  const auto foreign = std::ranges::count_if(*files, &FileInfo::foreign);
  const auto damaged = std::ranges::count_if(*files, is_damaged) - foreign;
  const std::uint64_t records = std::accumulate(missing.begin(), missing.end(), std::uint64_t{0});
  if (damaged == 0 && foreign == 0 && records == 0) return out.finish();
  out.flush();
  const auto say = [&](std::uint64_t count, const char* one, const char* many, const std::string& what) {
    if (count != 0)
      cli::complain(cli::escape(target) + ": " + std::to_string(count) + (count == 1 ? one : many) + what);
  };
  say(static_cast<std::uint64_t>(damaged), " file is", " files are",
      " damaged (logbuf-archive verify says what is lost)");
  say(static_cast<std::uint64_t>(foreign), " file is", " files are", " of another archive (move them out)");
  say(records, " record is", " records are", " in no file");
  return out.finish(cli::ExitCode::lost);
}

}  // namespace

cli::Command info_command() {
  auto o = std::make_shared<Options>();
  auto output = cli::option_group("Output");
  output.add_options()("json", cli::po::bool_switch(&o->json), "one JSON object");
  return {{.name = "logbuf-archive info",
           .purpose = "says what an archive holds, without reading it",
           .usage = {"DIR|FILE [--json]"},
           .groups = {output},
           .arguments = {{"DIR|FILE", &o->target}},
           .examples = {{"logbuf-archive info /var/log/logbuf/orders", "its ring, its files, how much they hold"},
                        {"logbuf-archive info --json /var/log/logbuf/orders | jq -r '.files[].file'",
                         "the names of its files, in their order"}},
           .notes = "Of a sealed file its header and its end are read, of the file in use its blocks' headers. So\n"
                    "damage among the records is not seen: verify looks for that."},
          [o](const auto&) { return info(*o); }};
}

}  // namespace logbuf::archive_tool
