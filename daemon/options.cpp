#include "options.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "duration.hpp"
#include "value.hpp"

namespace logbuf::archiver {
namespace {

SyncPolicy parse_sync(const std::string& text) {
  using When = SyncPolicy::When;
  if (text == "none") return {.when = When::never};
  if (text == "batch") return {.when = When::batch};
  constexpr std::string_view prefix = "interval=";
  if (text.starts_with(prefix)) {
    const auto interval = cli::parse_duration(std::string_view(text).substr(prefix.size()));
    if (!interval) cli::die("--sync " + text + ": " + interval.error(), cli::ExitCode::usage);
    if (interval->count() > 0) return {.when = When::interval, .interval = *interval};
  }
  cli::die("--sync " + text + " cannot be: give none, interval=DURATION (longer than 0, as in interval=1s), or batch",
           cli::ExitCode::usage);
}

std::optional<archive::Compression> parse_compression(const std::string& text) {
  using Method = archive::Compression::Method;
  if (text == "none") return std::nullopt;
  if (text == "lz4") return archive::Compression{.method = Method::lz4};
  if (text == "zstd") return archive::Compression{.method = Method::zstd};
  constexpr std::string_view prefix = "zstd:";
  if (text.starts_with(prefix)) {
    archive::Compression compression{.method = Method::zstd};
    const char* const end = text.data() + text.size();
    const auto [behind, error] = std::from_chars(text.data() + prefix.size(), end, compression.level);
    if (error == std::errc() && behind == end && compression.level >= 1 && compression.level <= 19) return compression;
  }
  cli::die("--compress " + text + " cannot be: give none, lz4, zstd, or zstd:LEVEL (1 to 19)", cli::ExitCode::usage);
}

// The same directory twice would be the same archive twice.
void check(const Options& options) {
  const auto wrong = [](const std::string& what) { cli::die(what + " (try --help)", cli::ExitCode::usage); };
  if (options.rings.empty() && options.globs.empty()) wrong("no ring: give --ring NAME or --rings 'GLOB'");
  if (options.directory.empty()) wrong("no directory for the archive: give --dir DIR");
  for (const std::string& name : options.rings) {
    if (!valid_ring_name(name)) {
      wrong("--ring '" + name + "' cannot be a ring's name: 1 to 128 of the characters A-Z a-z 0-9 . _ -");
    }
  }
  if (std::set(options.rings.begin(), options.rings.end()).size() != options.rings.size()) {
    wrong("one ring is given twice");
  }
  const Retention& limits = options.retention;
  if (options.rotate_age && options.rotate_age->count() == 0) wrong("--rotate-age must be longer than 0");
  if (options.rotate_size_bytes == 0) wrong("--rotate-size must be more than 0");
  if (limits.age && limits.age->count() == 0) wrong("--retain-age must be longer than 0");
  if (limits.size_bytes == 0U) wrong("--retain-size must be more than 0");
  if (limits.min_free_bytes == 0U) wrong("--min-free must be more than 0");
  if (options.capacity_given && !options.create) wrong("--capacity is for rings to be made: give --create as well");
  if (options.create && options.rings.empty()) wrong("--create needs a --ring NAME to create");
}

}  // namespace

int run_with_options(int argc, char** argv, const std::function<cli::ExitCode(const Options&)>& body) {
  namespace po = cli::po;
  Options options;
  std::string sync = "interval=1s";
  std::string compress = "none";
  cli::Size capacity{std::uint64_t{64} << 20};
  cli::Size rotate_size{std::uint64_t{256} << 20};
  std::optional<cli::Duration> rotate_age;
  std::optional<cli::Size> retain_size;
  std::optional<cli::Duration> retain_age;
  std::optional<cli::Size> min_free;
  std::optional<cli::Duration> until_idle;

  auto rings = cli::option_group("Rings");
  rings.add_options()("ring,r", po::value(&options.rings)->composing()->value_name("NAME"),
                      "drain this ring; may be repeated")(
      "rings", po::value(&options.globs)->composing()->value_name("GLOB"),
      "drain every ring whose name matches, also those that appear later; may be repeated")(
      "create", po::bool_switch(&options.create), "make the rings given by --ring that are not there")(
      "capacity", po::value(&capacity)->value_name("SIZE")->default_value(capacity), "of rings made by --create");
  auto archive = cli::option_group("Archive");
  archive.add_options()("dir,d", po::value(&options.directory)->value_name("DIR"),
                        "where the archives are: each ring's in DIR/NAME/")(
      "sync", po::value(&sync)->value_name("WHEN")->default_value(sync),
      "when to make durable: none, interval=DURATION, or batch (space in the ring is released only then)")(
      "rotate-size", po::value(&rotate_size)->value_name("SIZE")->default_value(rotate_size),
      "seal a file before it grows beyond this size, begin the next")(
      "rotate-age", po::value(&rotate_age)->value_name("DURATION"),
      "seal a file that is this old and holds records; the next record begins another")(
      "compress", po::value(&compress)->value_name("METHOD")->default_value(compress),
      "sealed files, in the background: none, lz4, zstd, or zstd:LEVEL");
  auto retention = cli::option_group("Retention: sealed files go, the oldest first");
  retention.add_options()("retain-size", po::value(&retain_size)->value_name("SIZE"),
                          "while a ring's sealed files together take more than this")(
      "retain-age", po::value(&retain_age)->value_name("DURATION"), "where the newest record is older than this")(
      "min-free", po::value(&min_free)->value_name("SIZE"), "while less than this is free on the disk, of all rings");
  auto running = cli::option_group("Running");
  running.add_options()("once", po::bool_switch(&options.once), "drain what is there, seal, exit")(
      "until-idle", po::value(&until_idle)->value_name("DURATION"), "the same, once no record has come for so long");

  const cli::ProgramInfo info{
      .name = "logbuf-archiver",
      .purpose = "drains rings to disk: each committed record once, whoever dies",
      .usage = {"--ring NAME... --dir DIR [--create] [OPTION...]", "--rings 'GLOB' --dir DIR [OPTION...]"},
      .groups = {rings, archive, retention, running},
      .arguments = {},
      .examples = {{"logbuf-archiver --ring orders --create --capacity 64M --dir /var/lib/logbuf",
                    "keep the ring's records in /var/lib/logbuf/orders"},
                   {"logbuf-archiver --rings 'feed-*' --dir /var/lib/logbuf --sync batch",
                    "all feeds; space is free again once its records are on disk"}},
      .notes =
          "SIGTERM and SIGINT: drain what is committed, make it durable, exit. SIGUSR2: seal the files in "
          "use.\n"
          "Exit status: 0 fine, 1 failed at run time, 2 wrong usage or no such ring, 3 records are lost or "
          "damaged."};
  return cli::run(argc, argv, info, [&](const po::variables_map& given) {
    options.capacity_given = !given["capacity"].defaulted();
    options.segment.capacity = capacity.bytes;
    options.rotate_size_bytes = rotate_size.bytes;
    if (rotate_age) options.rotate_age = rotate_age->time;
    options.sync = parse_sync(sync);
    options.compression = parse_compression(compress);
    if (retain_size) options.retention.size_bytes = retain_size->bytes;
    if (retain_age) options.retention.age = retain_age->time;
    if (min_free) options.retention.min_free_bytes = min_free->bytes;
    if (until_idle) options.until_idle = until_idle->time;
    check(options);
    return body(options);
  });
}

}  // namespace logbuf::archiver
