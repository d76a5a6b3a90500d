#include "copy_targets.hpp"

#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <logbuf/segment.hpp>

#include "archive_source.hpp"
#include "archive_start.hpp"
#include "consume_source.hpp"
#include "copy.hpp"
#include "merged_source.hpp"
#include "ring_source.hpp"
#include "stats.hpp"
#include "target.hpp"
#include "text.hpp"

namespace logbuf::cat {
namespace {

using cli::ExitCode;

std::optional<std::uint64_t> number_of(const std::optional<cli::Count>& count) {
  return count ? std::optional(count->number) : std::nullopt;
}

std::uint64_t refused_at(const std::string& ring) {
  const auto segment = Segment::open(ring);
  return segment ? segment->status().total_refused : 0;
}

void copy_archive(const std::string& path, const Options& options, Job& job, Losses& losses) {
  ArchiveSource source(path);
  const auto last = go_to_start(source, job.filter, number_of(options.lines));
  Copy(source, job, std::span(&losses, 1)).run(last);
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

ExitCode judge(const Losses& losses, const std::string& target, cli::Output& out) {
  // Who stops reading has seen what he wanted.
  if (!losses.any() || out.reader_gone()) return ExitCode::ok;
  out.flush();
  cli::complain(losses.sentence(target));
  return ExitCode::lost;
}

// For whoever has watched, and presses Ctrl-C.
void sum_up(const Job& job, const Losses& losses) {
  job.out.flush();
  cli::complain("interrupted after " + cli::counted(job.shown_records, "record") + ", " +
                cli::counted(job.shown_bytes, "byte") + "; " + losses.summary());
}

// What follows when all is copied that is wanted.
ExitCode conclude(const Job& job, const Losses& losses, const std::string& target) {
  if (interrupted()) sum_up(job, losses);
  return judge(losses, target, job.out);
}

ExitCode consume(const std::string& ring, Job& job) {
  ConsumeSource source(ring);
  Losses losses;
  try {
    Copy(source, job, std::span(&losses, 1)).run(std::nullopt);
  } catch (const cli::Stop&) {
    // The reading runs ahead of the consumer, who alone makes it known to all where a ring is damaged.
    source.look_behind();
    if (interrupted()) sum_up(job, losses);
    throw;
  }
  const ExitCode code = conclude(job, losses, ring);
  if (job.out.reader_gone() || source.look_behind()) return code;
  job.out.flush();
  cli::complain(source.quarantine_text());
  return std::max(code, ExitCode::lost);
}

ExitCode copy_target(const std::string& text, const Options& options, Job& job) {
  const Target target = find_target(text);
  require_times(target, options);
  const bool is_archive = target.kind == Target::Kind::archive;
  if (options.consume) {
    if (!is_archive) return consume(target.name, job);
    cli::die("--consume takes records from a ring, and " + target.name + " is an archive", ExitCode::usage);
  }
  Losses losses;
  if (is_archive) {
    copy_archive(target.name, options, job, losses);
  } else {
    // Who does not follow cannot interrupt, and is told of no sum.
    const std::uint64_t before = job.follow ? refused_at(target.name) : 0;
    RingSource source(target.name);
    Copy(source, job, std::span(&losses, 1)).run(number_of(options.lines));
    if (interrupted()) losses.add_refused(std::max(refused_at(target.name), before) - before);
  }
  return conclude(job, losses, target.name);
}

ExitCode copy_one_by_one(const Options& options, Job& job) {
  auto code = ExitCode::ok;
  for (const std::string& target : options.targets) {
    code = std::max(code, copy_target(target, options, job));
    if (job.over()) break;
  }
  return code;
}

// The last records of all are among the last of each.
ExitCode copy_merged(const Options& options, Job& job) {
  MergedSource merged;
  std::vector<Target> targets;
  std::vector<ArchiveSource*> archives;
  for (const std::string& text : options.targets) {
    const Target& target = targets.emplace_back(find_target(text));
    require_times(target, options);
    if (target.kind == Target::Kind::ring) {
      merged.add_ring(target.name);
      archives.push_back(nullptr);
    } else {
      archives.push_back(&merged.add_archive(target.name));
      go_to_start(*archives.back(), job.filter, number_of(options.lines));
    }
  }
  std::vector<Losses> losses(targets.size());
  Copy(merged, job, losses).run(number_of(options.lines));
  auto code = ExitCode::ok;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (archives[i] != nullptr) losses[i].add_damaged_bytes(archives[i]->damaged_bytes());
    code = std::max(code, judge(losses[i], targets[i].name, job.out));
  }
  return code;
}

}  // namespace

ExitCode copy_targets(const Options& options, cli::Output& out) {
  if (options.follow || options.consume) catch_stop_signals();
  const bool json = options.output_kind() == OutputKind::json;
  Filter filter = options.filter();
  const std::unique_ptr<Format> format =
      options.stats ? std::make_unique<StatsFormat>(out, json)
                    : make_format(options.output_kind(), options.format.value_or(FormatString{}), options.time_column(),
                                  options.look(filter), out);
  if (cli::wants_color(options.color_when(), STDERR_FILENO)) format->color_gaps();
  Job job{.filter = filter,
          .format = *format,
          .out = out,
          .follow = options.follow,
          .merge = options.merge,
          .left = number_of(options.count)};
  ExitCode code = options.merge ? copy_merged(options, job) : copy_one_by_one(options, job);
  format->finish();
  // As grep does; who stops reading may have left before it came.
  if (filter.nothing_matched() && !out.reader_gone()) code = std::max(code, ExitCode::failed);
  // Who stops before the end may not have come to them.
  if (!job.enough() && !out.reader_gone()) {
    out.flush();
    tell_unseen_producers(filter);
  }
  return code;
}

}  // namespace logbuf::cat
