#include "options.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include <logbuf/layout.hpp>

#include "config_file.hpp"
#include "duration.hpp"
#include "output.hpp"
#include "size.hpp"
#include "text.hpp"
#include "value.hpp"

namespace logbuf::archiver {
namespace po = cli::po;

namespace {

struct CompressionChoice {
  std::optional<archive::Compression> compression;
};

[[noreturn]] void refuse(const std::string& value, const std::string& allowed) {
  throw cli::BadValue("'" + cli::escape(value) + "' cannot be: give " + allowed);
}

// Boost finds these by their types.
void validate(boost::any& out, const std::vector<std::string>& values, CompressionChoice*, int) {
  using Method = archive::Compression::Method;
  po::validators::check_first_occurrence(out);
  const std::string& text = po::validators::get_single_string(values);
  constexpr std::string_view prefix = "zstd:";
  CompressionChoice choice;
  if (text == "lz4") {
    choice.compression = {.method = Method::lz4};
  } else if (text == "zstd") {
    choice.compression = {.method = Method::zstd};
  } else if (text.starts_with(prefix)) {
    archive::Compression compression{.method = Method::zstd};
    const char* const end = text.data() + text.size();
    const auto [behind, error] = std::from_chars(text.data() + prefix.size(), end, compression.level);
    const bool is_level = error == std::errc() && behind == end && compression.level >= 1 && compression.level <= 19;
    if (is_level) choice.compression = compression;
  }
  if (!choice.compression && text != "none") refuse(text, "none, lz4, zstd, or zstd:LEVEL (1 to 19)");
  out = choice;
}

}  // namespace

static void validate(boost::any& out, const std::vector<std::string>& values, SyncPolicy*, int) {
  using When = SyncPolicy::When;
  po::validators::check_first_occurrence(out);
  const std::string& text = po::validators::get_single_string(values);
  constexpr std::string_view prefix = "interval=";
  if (text == "none") {
    out = SyncPolicy{.when = When::never};
  } else if (text == "batch") {
    out = SyncPolicy{.when = When::batch};
  } else {
    std::expected<std::chrono::nanoseconds, std::string> interval{};
    if (text.starts_with(prefix)) interval = cli::parse_duration(std::string_view(text).substr(prefix.size()));
    if (!interval) throw cli::BadValue(interval.error());
    if (interval->count() == 0) refuse(text, "none, interval=DURATION (longer than 0, as in interval=1s), or batch");
    out = SyncPolicy{.when = When::interval, .interval = *interval};
  }
}

static void validate(boost::any& out, const std::vector<std::string>& values, ListenAddress*, int) {
  po::validators::check_first_occurrence(out);
  auto address = ListenAddress::parse(po::validators::get_single_string(values));
  if (!address) throw cli::BadValue(address.error());
  out = *address;
}

namespace {

// The configuration file, if there is one, and what of it the command line has not replaced.
struct ConfigSource {
  std::string file;
  std::vector<cli::ConfigLine> lines;
};

// What one value alone does not show. The same directory twice would be the same archive twice.
void check(const Options& options, const ConfigSource& config) {
  const auto wrong = [&](const std::string& what) {
    cli::die(what + (config.file.empty() ? " (try --help)" : " (in " + config.file + " or on the command line)"),
             cli::ExitCode::usage);
  };
  const auto wrong_value = [&](const std::string& key, const std::string& what, const std::string& value = "") {
    const auto is_it = [&](const cli::ConfigLine& line) {
      return line.key == key && (value.empty() || line.value == value);
    };
    // The last one: a ring that is given twice is wrong there.
    const auto line = std::find_if(config.lines.rbegin(), config.lines.rend(), is_it);
    const std::string text = key + (value.empty() ? "" : " '" + cli::escape(value) + '\'') + ' ' + what;
    if (line == config.lines.rend()) wrong("--" + text);
    cli::die(config.file + ", line " + std::to_string(line->number) + ": " + text, cli::ExitCode::usage);
  };
  if (options.rings.empty() && options.globs.empty()) wrong("no ring: give --ring NAME or --rings 'GLOB'");
  if (options.directory.empty()) wrong("no directory for the archive: give --dir DIR");
  for (const std::string& name : options.rings) {
    if (!valid_ring_name(name))
      wrong_value("ring", "cannot be a ring's name: 1 to 128 of the characters A-Z a-z 0-9 . _ -", name);
  }
  std::set<std::string> seen;
  for (const std::string& name : options.rings) {
    if (!seen.insert(name).second) wrong_value("ring", "is given twice", name);
  }
  if (std::ranges::find(options.globs, "") != options.globs.end())
    wrong_value("rings", "is empty: it would match nothing");
  const Retention& limits = options.retention;
  if (options.rotate_age && options.rotate_age->count() == 0) wrong_value("rotate-age", "must be longer than 0");
  if (options.rotate_size_bytes == 0) wrong_value("rotate-size", "must be more than 0");
  if (limits.age && limits.age->count() == 0) wrong_value("retain-age", "must be longer than 0");
  if (limits.size_bytes == 0U) wrong_value("retain-size", "must be more than 0");
  if (limits.min_free_bytes == 0U) wrong_value("min-free", "must be more than 0");
  if (options.capacity_given && !options.create)
    wrong_value("capacity", "is for rings to be made: give --create as well");
  if (!valid_capacity(options.segment.capacity)) {
    wrong_value("capacity", "must be a power of two, 4K to 1G; the next one is " +
                                cli::exact_size(layout::next_capacity(options.segment.capacity)));
  }
  if (options.create && options.rings.empty()) wrong_value("create", "needs a --ring NAME to create");
}

// The flags, and the variables that their values go to.
class Flags {
 public:
  Flags();
  Flags(const Flags&) = delete;
  Flags& operator=(const Flags&) = delete;

  // Refers to this object.
  cli::ProgramInfo info();
  // What has been parsed with info(). Throws cli::Stop where it cannot be.
  Options options(const po::variables_map& given) const;
  bool has_config() const { return !config_.file.empty(); }
  bool check_only() const { return check_config_; }
  bool print_only() const { return print_config_; }

 private:
  Options options_;  // those that need no other type here
  CompressionChoice compress_;
  cli::Size capacity_{std::uint64_t{64} << 20};
  cli::Size rotate_size_{std::uint64_t{256} << 20};
  std::optional<cli::Duration> rotate_age_;
  std::optional<cli::Size> retain_size_;
  std::optional<cli::Duration> retain_age_;
  std::optional<cli::Size> min_free_;
  std::optional<cli::Duration> until_idle_;
  ListenAddress metrics_;
  ConfigSource config_;
  bool check_config_ = false;
  bool print_config_ = false;

  po::options_description rings_ = cli::option_group("Rings");
  po::options_description archive_ = cli::option_group("Archive");
  po::options_description retention_ = cli::option_group("Retention: sealed files go, the oldest first");
  po::options_description running_ = cli::option_group("Running");
  po::options_description configuration_ = cli::option_group("Configuration file");
  po::options_description keys_;  // of the configuration file: all but those about it
};

Flags::Flags() {
  rings_.add_options()("ring,r", po::value(&options_.rings)->value_name("NAME"), "drain this ring; may be repeated")(
      "rings", po::value(&options_.globs)->value_name("GLOB"),
      "drain every ring whose name matches, also those that appear later; may be repeated")(
      "create", po::bool_switch(&options_.create), "make the rings given by --ring that are not there")(
      "capacity", po::value(&capacity_)->value_name("SIZE")->default_value(capacity_), "of rings made by --create");
  archive_.add_options()("dir,d", po::value(&options_.directory)->value_name("DIR"),
                         "where the archives are: each ring's in DIR/NAME/")(
      "sync", po::value(&options_.sync)->value_name("WHEN")->default_value(options_.sync, "interval=1s"),
      "when to make durable: none, interval=DURATION, or batch (space in the ring is released only then)")(
      "rotate-size", po::value(&rotate_size_)->value_name("SIZE")->default_value(rotate_size_),
      "seal a file before it grows beyond this size, begin the next")(
      "rotate-age", po::value(&rotate_age_)->value_name("DURATION"),
      "seal a file that is this old and holds records; the next record begins another")(
      "compress", po::value(&compress_)->value_name("METHOD")->default_value(compress_, "none"),
      "sealed files, in the background: none, lz4, zstd, or zstd:LEVEL");
  retention_.add_options()("retain-size", po::value(&retain_size_)->value_name("SIZE"),
                           "while a ring's sealed files together take more than this")(
      "retain-age", po::value(&retain_age_)->value_name("DURATION"), "where the newest record is older than this")(
      "min-free", po::value(&min_free_)->value_name("SIZE"), "while less than this is free on the disk, of all rings");
  running_.add_options()("once", po::bool_switch(&options_.once), "drain what is there, seal, exit")(
      "until-idle", po::value(&until_idle_)->value_name("DURATION"), "the same, once no record has come for so long")(
      "metrics", po::value(&metrics_)->value_name("ADDRESS"),
      "listen at ADDR:PORT for HTTP: a status page, /metrics, /healthz; PORT alone is on 127.0.0.1, 0 is any that is "
      "free");
  configuration_.add_options()(
      "config", po::value(&config_.file)->value_name("FILE"),
      "take what is not given here from this file: KEY = VALUE lines, each flag above without its -- is a key")(
      "check-config", po::bool_switch(&check_config_), "check flags and file, and exit: 0 fine, 2 wrong")(
      "print-config", po::bool_switch(&print_config_), "the same, and print what is in effect as such a file");
  for (const auto* const group : {&rings_, &archive_, &retention_, &running_}) keys_.add(*group);
}

cli::ProgramInfo Flags::info() {
  return {
      .name = "logbuf-archiver",
      .purpose = "drains rings to disk: each committed record once, whoever dies",
      .usage = {"--ring NAME... --dir DIR [--create] [OPTION...]", "--rings 'GLOB' --dir DIR [OPTION...]",
                "--config FILE [OPTION...]"},
      .groups = {rings_, archive_, retention_, running_, configuration_},
      .arguments = {},
      .examples = {{"logbuf-archiver --ring orders --create --capacity 64M --dir /var/lib/logbuf",
                    "keep the ring's records in /var/lib/logbuf/orders"},
                   {"logbuf-archiver --rings 'feed-*' --dir /var/lib/logbuf --sync batch",
                    "all feeds; space is free again once its records are on disk"}},
      .notes =
          "SIGTERM and SIGINT: drain what is committed, make it durable, exit. SIGUSR2: seal the files in "
          "use.\n"
          "SIGHUP: read the configuration file again.\n"
          "Exit status: 0 fine, 1 failed at run time, 2 wrong usage or no such ring, 3 records are lost or "
          "damaged.",
      .complete =
          [this](po::variables_map& values) {
            const auto& file = values["config"];
            if (file.empty()) return;
            auto read = cli::read_config_file(file.as<std::string>(), keys_);
            // What the command line has given stays.
            std::erase_if(read.lines, [&](const cli::ConfigLine& line) {
              const auto& given = values[line.key];
              return !given.empty() && !given.defaulted();
            });
            config_.lines = std::move(read.lines);
            po::store(read.options, values);
          },
  };
}

Options Flags::options(const po::variables_map& given) const {
  Options options = options_;
  options.capacity_given = !given["capacity"].defaulted();
  options.segment.capacity = capacity_.bytes;
  options.rotate_size_bytes = rotate_size_.bytes;
  if (rotate_age_) options.rotate_age = rotate_age_->time;
  options.compression = compress_.compression;
  if (retain_size_) options.retention.size_bytes = retain_size_->bytes;
  if (retain_age_) options.retention.age = retain_age_->time;
  if (min_free_) options.retention.min_free_bytes = min_free_->bytes;
  if (until_idle_) options.until_idle = until_idle_->time;
  if (!given["metrics"].empty()) options.metrics = metrics_;
  check(options, config_);
  return options;
}

std::expected<Options, std::string> read_again(int argc, char** argv) {
  try {
    Flags flags;
    return flags.options(cli::parse(argc, argv, flags.info()));
  } catch (const std::exception& error) {
    return std::unexpected(error.what());
  }
}

}  // namespace

int run_with_options(int argc, char** argv, const std::function<cli::ExitCode(const Options&, const Reread&)>& body) {
  Flags flags;
  return cli::run(argc, argv, flags.info(), [&](const po::variables_map& given) {
    const Options options = flags.options(given);
    if (flags.print_only()) {
      cli::Output out;
      out.put(config_text(options));
      return out.finish();
    }
    if (flags.check_only()) return cli::ExitCode::ok;
    return body(options, flags.has_config() ? [=] { return read_again(argc, argv); } : Reread());
  });
}

}  // namespace logbuf::archiver
