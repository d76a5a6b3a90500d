#include "upkeep.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <logbuf/error.hpp>

#include "duration.hpp"
#include "failure.hpp"
#include "free_bytes.hpp"
#include "size.hpp"
#include "time_text.hpp"

namespace logbuf::archiver {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// How soon files are looked at again without notice: others fill the disk, and time passes.
constexpr auto kLookAgain = 2s;
// How soon a disk that had no room for a compressed copy is tried again.
constexpr auto kRetry = 5s;
constexpr int kLowestPriority = 19;

void say(const std::string& ring, const std::string& what, cli::Severity severity = cli::Severity::warning) {
  cli::complain("ring '" + ring + "': " + what, severity);
}

std::string seqs_of(const archive::SealedFile& file) {
  const std::string first = std::to_string(file.first_seq);
  if (!file.end_seq) return "seqs from " + first + " on";
  if (*file.end_seq <= file.first_seq) return "no records";
  return "seqs " + first + " to " + std::to_string(*file.end_seq - 1);
}

bool is_full(const std::error_code& error) {
  return error.category() == std::system_category() &&
         (error.value() == ENOSPC || error.value() == EDQUOT || error.value() == EFBIG || error.value() == EROFS);
}

}  // namespace

Upkeep::Upkeep(const Options& options, std::function<void()> settled)
    : when_settled_(std::move(settled)), wanted_(wanted(options)), options_(options) {}

Upkeep::~Upkeep() {
  stop();
}

bool Upkeep::wanted(const Options& options) noexcept {
  const Retention& limits = options.retention;
  return options.compression || limits.size_bytes || limits.age || limits.min_free_bytes;
}

void Upkeep::start_if_wanted() {
  if (wanted_ && !thread_.joinable()) thread_ = std::thread([this] { run(); });
}

void Upkeep::reconfigure(const Options& options) {
  wanted_ = wanted(options);
  {
    const std::lock_guard lock(mutex_);
    new_options_ = options;
    interrupt_ = true;
    asked_ += 1;
  }
  changed_.notify_all();
  start_if_wanted();
}

void Upkeep::add(const std::string& ring, archive::Keeper keeper, std::shared_ptr<Counters> counters) {
  {
    const std::lock_guard lock(mutex_);
    added_.insert_or_assign(ring, Added{std::move(keeper), std::move(counters)});
    held_.insert(ring);
    asked_ += 1;
  }
  changed_.notify_all();
  start_if_wanted();
}

void Upkeep::forget(const std::string& ring) {
  added_.erase(ring);
  held_.erase(ring);
}

void Upkeep::ended(const std::string& ring) {
  if (!thread_.joinable()) return forget(ring);
  {
    const std::lock_guard lock(mutex_);
    ended_.insert(ring);
    asked_ += 1;
  }
  changed_.notify_all();
}

void Upkeep::release(const std::string& ring) {
  if (!thread_.joinable()) return forget(ring);
  std::unique_lock lock(mutex_);
  if (!held_.contains(ring)) return;
  released_.insert(ring);
  interrupt_ = true;
  asked_ += 1;
  changed_.notify_all();
  changed_.wait(lock, [&] { return !released_.contains(ring); });
}

void Upkeep::wake() {
  {
    const std::lock_guard lock(mutex_);
    asked_ += 1;
  }
  changed_.notify_all();
}

bool Upkeep::settled() const {
  const std::lock_guard lock(mutex_);
  return !thread_.joinable() || done_ == asked_;
}

void Upkeep::stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Upkeep::run() {
  // Of this thread alone; where it is refused, it has the priority of the others.
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kLowestPriority);
  std::unique_lock lock(mutex_);
  while (!stop_) {
    take_requests();
    const std::uint64_t asked = asked_;
    lock.unlock();
    if (wanted(options_)) {
      work();
    } else {
      let_go();
    }
    lock.lock();
    if (!interrupted() && asked_ == asked && done_ != asked) {
      done_ = asked;
      when_settled_();
    }
    const auto news = [&] { return interrupted() || asked_ != asked; };
    if (wanted(options_)) {
      changed_.wait_for(lock, kLookAgain, news);
    } else {
      changed_.wait(lock, news);
    }
  }
}

void Upkeep::take_requests() {
  if (new_options_) {
    options_ = *std::exchange(new_options_, std::nullopt);
    said_not_free_ = false;
  }
  for (const std::string& ring : released_) {
    rings_.erase(ring);
    added_.erase(ring);
    ended_.erase(ring);
    held_.erase(ring);
  }
  for (auto& [ring, added] : added_) {
    rings_.insert_or_assign(ring, Ring{.keeper = std::move(added.keeper), .counters = std::move(added.counters)});
  }
  added_.clear();
  for (const std::string& ring : ended_) {
    if (const auto at = rings_.find(ring); at != rings_.end()) at->second.ended = true;
  }
  ended_.clear();
  released_.clear();
  interrupt_ = false;
  changed_.notify_all();
}

void Upkeep::work() {
  retain();
  std::string file;
  while (!interrupted()) {
    auto* const next = next_to_compress(file);
    if (next == nullptr) break;
    compress(next->first, next->second, file);
    retain();
  }
  let_go();
}

void Upkeep::retain() {
  retained_at_ = Clock::now();
  seen_ = asked_;
  for (auto& [name, ring] : rings_) {
    list(name, ring);
    for (const Limit limit : beyond_limits(ring.files, options_.retention, cli::now_ns())) {
      const std::string why =
          limit == Limit::size ? "the sealed files take more than " + cli::format_size(*options_.retention.size_bytes)
                               : "its newest record is older than " + cli::format_duration(*options_.retention.age);
      if (!remove_oldest(name, ring, why)) break;
    }
  }
  make_free();
}

void Upkeep::list(const std::string& name, Ring& ring) {
  auto files = ring.keeper.sealed_files();
  if (files) {
    ring.files = std::move(*files);
    ring.said_unlistable = false;
    return;
  }
  ring.files.clear();
  ring.counters->upkeep_errors += 1;
  if (!std::exchange(ring.said_unlistable, true)) say(name, error_detail());
}

void Upkeep::make_free() {
  if (!options_.retention.min_free_bytes) return;
  const std::uint64_t wanted = *options_.retention.min_free_bytes;
  auto free = free_bytes_on_disk_of(options_.directory);
  if (!free) return;
  *free += copied_bytes_;
  if (*free >= wanted) {
    said_not_free_ = false;
    return;
  }
  std::vector<SealedFiles> files;
  std::vector<Rings::value_type*> rings;
  for (auto& ring : rings_) {
    files.push_back(ring.second.files);
    rings.push_back(&ring);
  }
  const auto from = to_free(files, wanted - *free);
  if (from.empty()) {
    for (const auto* const ring : rings) ring->second.counters->upkeep_errors += 1;
  }
  if (from.empty() && !std::exchange(said_not_free_, true)) {
    cli::complain("less than " + cli::format_size(wanted) + " is free on the disk of " + options_.directory +
                  ", and no file is left that may go: the newest of each archive stays");
  }
  for (const std::size_t ring : from) {
    auto& [name, its] = *rings[ring];
    if (!remove_oldest(name, its, "less than " + cli::format_size(wanted) + " is free on the disk")) break;
  }
}

bool Upkeep::remove_oldest(const std::string& name, Ring& ring, const std::string& why) {
  const archive::SealedFile file = ring.files.front();
  if (const auto removed = ring.keeper.remove(file.name); !removed) {
    ring.counters->upkeep_errors += 1;
    if (!std::exchange(ring.said_unremovable, true)) say(name, error_detail());
    return false;
  }
  ring.said_unremovable = false;
  ring.counters->removed_files += 1;
  ring.counters->removed_bytes += file.bytes;
  ring.files.erase(ring.files.begin());
  ring.unsound.erase(file.name);
  if (compressing_ == name + "/" + file.name) compressing_.clear();
  say(name, "removed " + file.name + " (" + seqs_of(file) + ", " + std::to_string(file.bytes) + " bytes): " + why,
      cli::Severity::info);
  return true;
}

Upkeep::Rings::value_type* Upkeep::next_to_compress(std::string& file) {
  if (!options_.compression) return nullptr;
  const auto now = Clock::now();
  Rings::value_type* oldest = nullptr;
  std::int64_t oldest_ns = 0;
  for (auto& entry : rings_) {
    Ring& ring = entry.second;
    if (now < ring.compress_from) continue;
    const auto next = std::ranges::find_if(
        ring.files, [&](const auto& one) { return !one.compressed && !ring.unsound.contains(one.name); });
    if (next == ring.files.end() || (oldest != nullptr && oldest_ns <= next->newest_ns)) continue;
    oldest = &entry;
    oldest_ns = next->newest_ns;
    file = next->name;
  }
  return oldest;
}

void Upkeep::compress(const std::string& name, Ring& ring, const std::string& file) {
  const auto listed = std::ranges::find(ring.files, file, &archive::SealedFile::name);
  // The copy may take as much as the file: drains are not to find the disk full for it.
  if (const auto free = free_bytes_on_disk_of(options_.directory); free && *free < listed->bytes) {
    return cannot_compress(name, ring, file + " cannot be compressed: less is free on the disk than it takes");
  }
  compressing_ = name + "/" + file;
  copied_bytes_ = listed->bytes;
  const auto outcome = ring.keeper.compress(file, *options_.compression, [this] { return meanwhile(); });
  compressing_.clear();
  copied_bytes_ = 0;
  if (outcome) {
    if (*outcome == archive::Keeper::Outcome::compressed) ring.counters->compressed_files += 1;
    if (*outcome == archive::Keeper::Outcome::compressed && std::exchange(ring.said_incompressible, false))
      say(name, "compressing again", cli::Severity::info);
  } else if (is_full(outcome.error())) {
    cannot_compress(name, ring, error_detail());
  } else {
    // Damaged, or it cannot be read: those behind it are not to wait for it.
    ring.unsound.insert(file);
    ring.counters->upkeep_errors += 1;
    say(name, error_detail());
  }
}

bool Upkeep::meanwhile() {
  if (interrupted()) return true;
  if (seen_ != asked_ || Clock::now() - retained_at_ >= kLookAgain) retain();
  return compressing_.empty();  // it has been removed
}

void Upkeep::cannot_compress(const std::string& name, Ring& ring, const std::string& why) {
  ring.compress_from = Clock::now() + kRetry;
  ring.counters->upkeep_errors += 1;
  if (!std::exchange(ring.said_incompressible, true)) say(name, why + "; trying again later");
}

// Those of whom nothing more will come, and for whom there is nothing left to do.
void Upkeep::let_go() {
  if (interrupted()) return;
  const Retention& limits = options_.retention;
  std::erase_if(rings_, [&](const auto& entry) {
    const Ring& ring = entry.second;
    if (!ring.ended) return false;
    const bool may_shrink = (limits.age || limits.min_free_bytes) && ring.files.size() > 1;
    const bool compressible = options_.compression && std::ranges::any_of(ring.files, [&](const auto& file) {
                                return !file.compressed && !ring.unsound.contains(file.name);
                              });
    return !may_shrink && !compressible;
  });
}

}  // namespace logbuf::archiver
