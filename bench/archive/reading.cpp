#include "reading.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <logbuf/archive.hpp>

#include "child.hpp"
#include "cycle_timer.hpp"
#include "random.hpp"

namespace logbuf::bench_archive {
namespace {

constexpr std::array<std::uint32_t, 2> kPayloads_bytes = {1024, 128};
constexpr const char* kAbsent = "nowhere to be found";
constexpr int kSeeks = 40;
const Sync kSync{.option = "none", .interval_ns = 0, .target = 0};

struct Reader {
  std::string name;
  std::vector<std::string> command;  // the archive follows
  int status = 0;                    // with which it ends
  double target = 0;
};

std::vector<Reader> readers(const Runner& runner, const Options& options, std::string& left_out) {
  const std::string cat = options.tools / "cat/logbuf-cat";
  const std::string archive = options.tools / "archive/logbuf-archive";
  std::vector<Reader> all = {{.name = "logbuf-cat -o raw", .command = {cat, "-o", "raw"}, .target = 0.5},
                             {.name = "logbuf-cat --verify", .command = {cat, "--verify"}, .target = 0.5},
                             {.name = "logbuf-archive verify", .command = {archive, "verify"}, .target = 0.5}};
  if (runner.knows(cat, "--grep")) {
    all.push_back({.name = "logbuf-cat --grep", .command = {cat, "-o", "raw", "--grep", kAbsent}, .status = 1});
  } else {
    left_out = "logbuf-cat --grep";
  }
  return all;
}

std::vector<archive::FileInfo> files_of(const std::filesystem::path& archive) {
  auto files = archive::list_files(archive);
  if (!files) cli::die(files.error(), "listing the archive's files");
  return std::move(*files);
}

// One round: cat and a reader, cat and the next one.
void read_in_turn(const Runner& runner, const std::vector<Reader>& all, ReadLine* lines) {
  std::vector<std::string> cat = {bench::find_program("cat")};
  for (const archive::FileInfo& file : files_of(runner.archive())) cat.push_back(file.path);
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::vector<std::string> command = all[i].command;
    command.push_back(runner.archive());
    const double cat_s = runner.time_program(cat, 0);
    lines[i].pairs.push_back({.reader_s = runner.time_program(command, all[i].status), .cat_s = cat_s});
  }
}

double ms_since(std::uint64_t began_ns) {
  return static_cast<double>(bench::monotonic_ns() - began_ns) / 1e6;
}

// The archiver was killed: the next one begins with this.
void time_recovery(const std::filesystem::path& archive, SizeLine& line) {
  const auto reader = archive::Reader::open(archive);
  if (!reader) cli::die(reader.error(), "reading the archive");
  const std::uint64_t began_ns = bench::monotonic_ns();
  const auto writer = archive::Writer::open(archive, reader->ring());
  line.recovery_ms.push_back(ms_since(began_ns));
  if (!writer) cli::die(writer.error(), "opening the archive");
}

void time_seeks(const std::filesystem::path& archive, bench::Random& random, SizeLine& line) {
  auto reader = archive::Reader::open(archive);
  if (!reader) cli::die(reader.error(), "reading the archive");
  const auto end = reader->end_seq();
  if (!end) cli::die(end.error(), "reading the archive");
  for (int i = 0; i < kSeeks; ++i) {
    const std::uint64_t seq = random.next() % *end;
    const std::uint64_t began_ns = bench::monotonic_ns();
    const auto sought = reader->seek_seq(seq);
    const auto entry = reader->next();
    line.seek_ms.push_back(ms_since(began_ns));
    const auto* const record = sought && entry && *entry ? std::get_if<archive::Record>(&**entry) : nullptr;
    if (record == nullptr || record->seq != seq)
      cli::die("a record is not where it was looked for", cli::ExitCode::lost);
  }
}

// An archive of this size, made anew.
void measure_size(Runner& runner, std::uint64_t bytes, bench::Random& random, SizeLine& line) {
  line.bytes = runner.run_archiver(kSync, kPayloads_bytes[0], false, bytes).bytes;
  line.in_use_bytes = 0;
  for (const archive::FileInfo& file : files_of(runner.archive())) {
    if (!file.sealed) line.in_use_bytes = file.file_bytes;
  }
  time_recovery(runner.archive(), line);
  time_seeks(runner.archive(), random, line);
}

}  // namespace

Reading measure_reading(Runner& runner, const Options& options, bench::Rounds::Clock::time_point deadline) {
  Reading reading;
  const std::vector<Reader> all = readers(runner, options, reading.left_out);
  for (const std::uint32_t payload : kPayloads_bytes) {
    for (const Reader& reader : all)
      reading.lines.push_back({.name = reader.name, .payload_bytes = payload, .target = reader.target});
  }
  for (std::uint64_t parts = 64; parts >= 1; parts /= 4) reading.sizes.push_back({.bytes = options.bytes / parts});
  const std::vector<SizeLine> wanted = reading.sizes;
  bench::Random random(1);
  bench::Rounds rounds(options.runs, deadline);
  while (rounds.another()) {
    for (std::size_t i = 0; i < kPayloads_bytes.size(); ++i) {
      ReadLine* const lines = &reading.lines[i * all.size()];
      const std::uint64_t bytes = runner.run_archiver(kSync, kPayloads_bytes[i], rounds.first()).bytes;
      for (std::size_t line = 0; line < all.size(); ++line) lines[line].bytes = bytes;
      read_in_turn(runner, all, lines);
    }
    for (std::size_t i = 0; i < wanted.size(); ++i) measure_size(runner, wanted[i].bytes, random, reading.sizes[i]);
  }
  reading.cut_short = rounds.cut_short();
  return reading;
}

}  // namespace logbuf::bench_archive
