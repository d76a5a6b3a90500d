#include "trace.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <fstream>
#include <string>
#include <vector>

#include "failure.hpp"

namespace logbuf::bench {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

std::vector<fs::path> metadata_below(const fs::path& directory) {
  std::vector<fs::path> found;
  std::error_code none;
  for (const auto& entry : fs::recursive_directory_iterator(directory, none))
    if (entry.path().filename() == "metadata") found.push_back(entry.path());
  return found;
}

}  // namespace

// "WARNING: Tracer discarded N events between ...": N is what a stream's counter rose by, modulo 2^64. LTTng may store
// a counter that is behind an earlier one, and then one that has caught up: only the sum means something.
std::uint64_t discarded_events(std::istream& warnings) {
  std::uint64_t sum = 0;
  for (std::string line; std::getline(warnings, line);) {
    constexpr std::string_view before = "Tracer discarded ";
    const std::size_t at = line.find(before);
    if (at == std::string::npos) continue;
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(line.data() + at + before.size(), line.data() + line.size(), count);
    if (error == std::errc() && std::string_view(end).starts_with(" event")) sum += count;
  }
  // Where it had not caught up when its daemon died.
  return static_cast<std::int64_t>(sum) < 0 ? 0 : sum;
}

std::optional<std::uint64_t> counted_events(std::string_view line) {
  const std::size_t begin = line.find_first_not_of(' ');
  if (begin == std::string_view::npos) return std::nullopt;
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(line.data() + begin, line.data() + line.size(), count);
  if (error != std::errc() || std::string_view(end, line.data() + line.size()) != " Event messages")
    return std::nullopt;
  return count;
}

TraceContents TraceReader::read(const fs::path& directory, const fs::path& scratch,
                                const std::function<void(std::string_view)>& event) const {
  TraceContents contents;
  for (const fs::path& metadata : metadata_below(directory))
    run({find_program("babeltrace2"), "--clock-cycles", "--no-delta", metadata.parent_path()}, scratch, event,
        contents);
  return contents;
}

TraceContents TraceReader::count(const fs::path& directory, const fs::path& scratch) const {
  TraceContents contents;
  for (const fs::path& metadata : metadata_below(directory)) {
    std::uint64_t events = 0;
    run(
        {find_program("babeltrace2"), metadata.parent_path(), "--component=sink.utils.counter"}, scratch,
        [&](std::string_view line) { events = counted_events(line).value_or(events); }, contents);
    contents.events += events;
  }
  return contents;
}

void TraceReader::run(const std::vector<std::string>& command, const fs::path& scratch,
                      const std::function<void(std::string_view)>& line, TraceContents& contents) const {
  const int file = ::open(scratch.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file == -1) cli::die(scratch.string() + " cannot be opened");
  const auto status = read_lines(command, {.log = file}, waiter_, 600s, line);
  ::close(file);
  std::ifstream warnings(scratch);
  contents.discarded += discarded_events(warnings);
  if (status == 0) return;
  ++contents.unreadable;
  std::ifstream words(scratch);
  for (std::string said; std::getline(words, said);) {
    said += '\n';
    if (::write(log_, said.data(), said.size()) == -1) break;
  }
}

bool TraceReader::recover(const fs::path& buffers, const fs::path& recovered, const fs::path& session,
                          const ChildOptions& options) const {
  if (run_to_end({find_program("lttng-crash"), "--extract=" + recovered.string(), buffers}, options, waiter_, 30s) != 0)
    return false;
  for (const fs::path& metadata : metadata_below(recovered)) {
    const fs::path within = metadata.lexically_relative(recovered);  // the session's directory, then the trace's
    const fs::path target = session / within.lexically_relative(*within.begin());
    std::error_code none;
    if (fs::exists(target, none)) fs::copy_file(metadata, target, fs::copy_options::overwrite_existing, none);
  }
  return true;
}

std::string version_of(const std::string& program, const Waiter& waiter) {
  std::string first;
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  read_lines({find_program(program), "--version"}, {.log = nowhere}, waiter, 10s, [&](std::string_view line) {
    if (first.empty()) first = line;
  });
  ::close(nowhere);
  const std::size_t begin = first.find_first_of("0123456789", first.find(' '));
  if (begin == std::string::npos) return "of a version that it does not say";
  return first.substr(begin, first.find_first_not_of("0123456789.", begin) - begin);
}

}  // namespace logbuf::bench
