#include <fcntl.h>
#include <unistd.h>

#include <boost/any.hpp>
#include <cerrno>
#include <memory>
#include <optional>
#include <span>
#include <system_error>
#include <utility>

#include "archive_progress.hpp"
#include "archive_source.hpp"
#include "archive_start.hpp"
#include "commands.hpp"
#include "copy.hpp"
#include "output.hpp"
#include "pcapng_format.hpp"
#include "selection.hpp"
#include "text.hpp"

namespace logbuf::archive_tool {
namespace {

struct Options {
  std::vector<std::string> target;
  std::string output = "json";
  std::string to;
  cat::Selection which;
  std::optional<cli::Count> link_type;
};

constexpr std::uint16_t kUser0 = 147;  // LINKTYPE_USER0: the reader says what it is

[[noreturn]] void wrong(const std::string& what) {
  cli::die(what + " (try --help)", cli::ExitCode::usage);
}

// stdout, or a file made for this.
class Sink {
 public:
  explicit Sink(const std::string& path) : path_(path) {
    if (path.empty()) return;
    fd_ = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd_ >= 0) return;
    const std::string why = std::system_category().message(errno);
    cli::die("file " + cli::escape(path) + " cannot be made: " + why + " (name one that is not there)",
             cli::ExitCode::usage);
  }
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  ~Sink() {
    if (fd_ != STDOUT_FILENO) close(fd_);
  }
  int fd() const noexcept { return fd_; }
  // Of what was written; `code`, unless the disk did not take it. A write may fail as late as this.
  cli::ExitCode finish(cli::ExitCode code) {
    if (path_.empty()) return code;
    const bool synced = fsync(fd_) == 0;
    const int sync_error = errno;
    const bool closed = close(std::exchange(fd_, STDOUT_FILENO)) == 0;
    if (synced && closed) return code;
    cli::complain("file " + cli::escape(path_) +
                  " is not complete: " + std::system_category().message(synced ? errno : sync_error));
    return cli::ExitCode::failed;
  }

 private:
  std::string path_;
  int fd_ = STDOUT_FILENO;
};

std::unique_ptr<cat::Format> make_format(const Options& o, cli::Output& out) {
  if (o.output == "json") return cat::make_json_format(out);
  if (o.output == "length-prefixed") return cat::make_length_prefixed_format(out);
  return make_pcapng_format(out, o.link_type ? static_cast<std::uint16_t>(o.link_type->number) : kUser0);
}

void check(const Options& o) {
  if (o.output != "json" && o.output != "length-prefixed" && o.output != "pcapng") {
    wrong("--output: '" + cli::escape(o.output) + "' is none of json, length-prefixed, pcapng");
  }
  if (o.link_type && o.output != "pcapng") wrong("--link-type is for --output pcapng");
  if (o.link_type && o.link_type->number > 0xffff) {
    wrong("--link-type: " + std::to_string(o.link_type->number) + " is more than 65535");
  }
}

cli::ExitCode export_records(const Options& o) {
  check(o);
  cat::Filter filter = o.which.filter();
  const std::string& target = o.target.front();
  cat::ArchiveSource source(target);
  Sink sink(o.to);
  cli::Output out(sink.fd(), o.to.empty() ? "standard output" : cli::escape(o.to));
  const auto format = make_format(o, out);
  cat::ArchiveProgress progress(target, filter, filter.seqs());
  cat::Job job{.filter = filter, .format = *format, .out = out, .left = {}};
  // Not among records that scroll by on the same terminal.
  if (isatty(sink.fd()) == 0) job.progress = &progress;
  cat::Losses losses;
  cat::go_to_start(source, filter, std::nullopt);
  cat::Copy(source, job, std::span(&losses, 1)).run(std::nullopt);
  losses.add_damaged_bytes(source.damaged_bytes());
  format->finish();
  if (!losses.any() || out.reader_gone()) return sink.finish(out.finish());
  out.flush();
  cli::complain(losses.sentence(target));
  return sink.finish(out.finish(cli::ExitCode::lost));
}

}  // namespace

cli::Command export_command() {
  auto o = std::make_shared<Options>();
  auto which = cli::option_group("Which records");
  o->which.add_ranges_to(which);
  which.add_options()("utc", cli::po::bool_switch(&o->which.utc), "times are of UTC, not of this machine's zone");
  auto how = cli::option_group("How, and where to");
  auto add_how = how.add_options();
  add_how("output,o", cli::po::value(&o->output)->value_name("KIND")->default_value(o->output),
          "json or length-prefixed, as logbuf-cat has them, or pcapng: a record is a packet");
  add_how("link-type", cli::po::value(&o->link_type)->value_name("N"),
          "pcapng: what the packets are; 147 (USER0) if not given");
  add_how("to", cli::po::value(&o->to)->value_name("FILE"), "a file that is not there yet; stdout if not given");
  return {{.name = "logbuf-archive export",
           .purpose = "an archive's records for other programs",
           .usage = {"DIR|FILE [-o KIND] [--to FILE] [OPTION...]"},
           .groups = {which, how},
           .arguments = {{"DIR|FILE", &o->target}},
           .examples = {{"logbuf-archive export --since yesterday --until today orders --to orders.json",
                         "yesterday's records, one object a line"},
                        {"logbuf-archive export -o pcapng --link-type 1 frames | wireshark -k -i -",
                         "Ethernet frames that were logged, shown by a program for captures"}},
           .notes = "TIME is as in logbuf-cat. Exit code 3: exported, but records are lost or damaged."},
          [o](const auto&) { return export_records(*o); }};
}

}  // namespace logbuf::archive_tool
