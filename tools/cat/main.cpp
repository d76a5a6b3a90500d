// logbuf-cat: shows the records of rings and archives.
#include <algorithm>
#include <memory>
#include <optional>

#include "archive_source.hpp"
#include "archive_start.hpp"
#include "consume_source.hpp"
#include "copy.hpp"
#include "header.hpp"
#include "options.hpp"
#include "ring_source.hpp"
#include "stats.hpp"
#include "verify.hpp"

namespace logbuf::cat {
namespace {

using cli::ExitCode;

std::optional<std::uint64_t> number_of(const std::optional<cli::Count>& count) {
  return count ? std::optional(count->number) : std::nullopt;
}

void copy_archive(const std::string& path, const Options& options, Job& job, Losses& losses) {
  ArchiveSource source(path);
  const auto last = go_to_start(source, job.filter, number_of(options.lines));
  Copy(source, job, losses).run(last);
  losses.add_damaged_bytes(source.damaged_bytes());
}

void require_times(const Target& target, const Options& options) {
  const char* const flag = options.time_flag();
  if (flag == nullptr || target.has_times) return;
  cli::die("ring " + target.name + " has no timestamps, which " + flag +
               " needs: make rings with 'logbuf-ctl create --timestamps', or read this one's archive, which knows when "
               "records came into it",
           ExitCode::usage);
}

// ExitCode::lost, and what on stderr, if records are lost.
ExitCode copy_target(const std::string& text, const Options& options, Job& job) {
  const Target target = find_target(text);
  require_times(target, options);
  Losses losses;
  if (target.kind == Target::Kind::archive) {
    if (options.consume) {
      cli::die("--consume takes records from a ring, and " + target.name + " is an archive", ExitCode::usage);
    }
    copy_archive(target.name, options, job, losses);
  } else if (options.consume) {
    ConsumeSource source(target.name);
    Copy(source, job, losses).run(std::nullopt);
  } else {
    RingSource source(target.name);
    Copy(source, job, losses).run(number_of(options.lines));
  }
  // Who stops reading has seen what he wanted.
  if (!losses.any() || job.out.reader_gone()) return ExitCode::ok;
  job.out.flush();
  cli::complain(losses.sentence(target.name));
  return ExitCode::lost;
}

ExitCode copy_all(const Options& options, cli::Output& out) {
  if (options.follow || options.consume) catch_stop_signals();
  const bool json = options.output_kind() == OutputKind::json;
  const Filter filter = options.filter();
  const std::unique_ptr<Format> format = options.stats ? std::make_unique<StatsFormat>(out, json)
                                                       : make_format(options.output_kind(), options.time_column(), out);
  Job job{.filter = filter, .format = *format, .out = out, .follow = options.follow, .left = number_of(options.count)};
  auto code = ExitCode::ok;
  for (const std::string& target : options.targets) {
    code = std::max(code, copy_target(target, options, job));
    if (job.over()) break;
  }
  format->finish();
  return code;
}

ExitCode work(const Options& options) {
  check(options);
  cli::Output out;
  const bool json = options.output_kind() == OutputKind::json;
  auto code = ExitCode::ok;
  if (options.verify) {
    for (const auto& target : options.targets) code = std::max(code, verify(find_target(target), out, json));
  } else if (options.header) {
    for (const auto& target : options.targets) code = std::max(code, print_header(find_target(target), out, json));
  } else {
    code = copy_all(options, out);
  }
  return out.finish(code);
}

}  // namespace
}  // namespace logbuf::cat

int main(int argc, char** argv) {
  logbuf::cat::Options options;
  return logbuf::cli::run(argc, argv, logbuf::cat::program(options),
                          [&](const auto&) { return logbuf::cat::work(options); });
}
