#include "drain.hpp"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <thread>

#include <logbuf/error.hpp>

#include "duration.hpp"

namespace logbuf::archiver {
namespace {

using namespace std::chrono_literals;

// While there is traffic we look again this soon and do not ask to be woken: waking a sleeper costs the
// producer far more than a record does. Lookers at the live ring see records for as long, too.
constexpr auto kNap = 1ms;
// After so long without a record we park and ask to be woken.
constexpr auto kIdleSpell = 20ms;
// A park ends by itself, to see whether the ring is over, and if a waker died.
constexpr auto kLongestPark = 1s;
constexpr auto kBlockedPark = 10ms;
// How long an unfinished claim may hold us up before we say so.
constexpr auto kSayBlocked = 1s;
// When told to end, how long to wait for a producer that has claimed and not committed.
constexpr auto kLongestClaim = 1s;

// How often to look whether the archive's files are still there.
constexpr std::int64_t kLookAtFiles_ns = 1'000'000'000;

constexpr std::uint64_t kLargestBatch = std::uint64_t{1} << 20;
constexpr std::uint64_t kSmallestBatch = 4096;

std::string number(std::uint64_t n) {
  return std::to_string(n);
}

}  // namespace

std::int64_t Drain::now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::expected<std::unique_ptr<Drain>, std::error_code> Drain::attach(const std::string& ring, const Options& options,
                                                                     std::function<void()> sealed,
                                                                     std::shared_ptr<Counters> counters) {
  auto consumer = Consumer::attach(ring, {.name = "logbuf-archiver"});
  if (!consumer) return std::unexpected(consumer.error());
  const RingInfo& info = consumer->info();
  auto writer =
      archive::Writer::open(std::filesystem::path(options.directory) / ring,
                            {.name = ring, .uuid = info.uuid, .capacity = info.capacity, .timestamps = info.timestamps},
                            {.rotate_size = options.rotate_size_bytes,
                             .rotate_age = options.rotate_age.value_or(0ns),
                             .sealed = [counters, sealed = std::move(sealed)] {
                               counters->sealed_files += 1;
                               if (sealed) sealed();
                             }});
  if (!writer) return std::unexpected(writer.error());
  return std::unique_ptr<Drain>(
      new Drain(ring, options, std::move(*consumer), std::move(*writer), std::move(counters)));
}

Drain::Drain(std::string ring, const Options& options, Consumer consumer, archive::Writer writer,
             std::shared_ptr<Counters> counters)
    : ring_(std::move(ring)),
      options_(options),
      consumer_(std::move(consumer)),
      counters_(std::move(counters)),
      writer_(std::move(writer)),
      refusals_(consumer_, writer_) {
  const RingInfo& info = consumer_.info();
  known_incarnations_.resize(info.max_producers, 0);
  // A part of the ring at a time, so that producers get space while we write.
  batch_bytes_ = std::clamp(info.capacity / 8, kSmallestBatch, kLargestBatch);
  counters_->set_trouble("");
  counters_->undurable_since_ns = 0;
  counters_->torn_bytes += writer_.torn_bytes();
}

void Drain::say(const std::string& what, cli::Severity severity) const {
  cli::complain("ring '" + ring_ + "': " + what, severity);
}

void Drain::stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stopped_.notify_all();
  consumer_.interrupt();
}

void Drain::rotate() {
  rotate_ = true;
  consumer_.interrupt();
}

void Drain::reconfigure(const Options& options) {
  {
    const std::lock_guard lock(mutex_);
    new_options_ = options;
    reconfigured_ = true;
  }
  consumer_.interrupt();
}

void Drain::removed() {
  removed_ = true;
  consumer_.interrupt();
}

Drain::Outcome Drain::run() {
  const Outcome outcome = drain();
  if (writer_.is_there()) return outcome;
  say("somebody has removed its files in " + options_.directory + "/" + ring_ + ": what was in them is lost",
      cli::Severity::error);
  return Outcome::removed;
}

bool Drain::files_are_there() {
  const std::int64_t now = now_ns();
  if (now - last_files_look_ns_ < kLookAtFiles_ns) return true;
  last_files_look_ns_ = now;
  return writer_.is_there();
}

Drain::Outcome Drain::drain() {
  if (writer_.torn_bytes() > 0) say("cut an unfinished write of " + number(writer_.torn_bytes()) + " bytes");
  if (writer_.damaged_bytes() > 0) {
    say("the file in use in " + options_.directory + "/" + ring_ + " has " + number(writer_.damaged_bytes()) +
        " damaged bytes, which stay in it (logbuf-archive verify says what is lost)");
  }
  if (!align()) return Outcome::failed;
  // --once and stop() take what is claimed now, and not what comes while they work.
  std::optional<Position> last;
  if (options_.once) last = consumer_.tail();
  last_record_ns_ = last_sync_ns_ = now_ns();
  unsynced_ = true;  // what a predecessor left
  for (;;) {
    counters_->rounds += 1;
    if (stop_ && !last) {
      last = consumer_.tail();
      last_record_ns_ = now_ns();
    }
    if (!take_options()) return Outcome::failed;
    const bool drained = drain_batch();
    if (failed_ || (drained && !files_are_there())) return Outcome::failed;
    if (!sync_if_due()) return Outcome::failed;
    report();
    if (rotate_.exchange(false) && !persist([this] { return writer_.seal(); })) return Outcome::failed;
    if (!persist([this] { return writer_.rotate_if_due(); })) return Outcome::failed;
    if (last && consumer_.position() >= *last) break;
    if (drained) {
      last_record_ns_ = now_ns();
      // Unless more is there already: a batch may be small because its lap ends, and the ring full all the same.
      behind_bytes_ = consumer_.tail() - consumer_.position();
      if (behind_bytes_ < batch_bytes_ / 2) std::this_thread::sleep_for(kNap);
      continue;
    }
    refusals_.look();
    if (!tell_refusals()) return Outcome::failed;
    if (recover()) continue;
    if (over()) break;
    if (last && !claim_may_finish(*last)) break;
    idle();
  }
  refusals_.look();
  // What comes behind a damaged place will never be archived: nothing has to wait for it.
  const bool all = consumer_.state() == RingState::quarantined;
  if (!tell_refusals(all) || !finish(stop_ ? Finish::stop : Finish::seal)) return Outcome::failed;
  report();
  say(number(archived_) + " records archived, up to seq " +
          (writer_.next_seq() == 0 ? std::string("-") : number(writer_.next_seq() - 1)) +
          (refused_ == 0 ? std::string()
                         : "; lost: " + number(refused_) + " that producers were refused at the full ring"),
      refused_ == 0 ? cli::Severity::info : cli::Severity::warning);
  // Producers that drop have chosen to lose: no reason to call a service failed that is told to end.
  return lossy_ || (refused_ > 0 && !stop_) ? Outcome::lossy : Outcome::done;
}

bool Drain::pass_to(Position end) {
  while (consumer_.position() < end) {
    const Position at = consumer_.position();
    // Not beyond `end`: where that is between two records, the walk stops there.
    auto batch = consumer_.try_claim_batch(end - at);
    if (!batch) break;
    if (batch->begin_position() != at) continue;  // passed skips: count anew
    batch->walk();
    if (batch->end_position() > end) {
      batch->keep();
      return false;
    }
  }
  // Beyond `end` there can only be skips: they belong to the next block.
  return consumer_.position() >= end;
}

bool Drain::drain_batch() {
  look_for_refusals();
  if (!tell_refusals()) {
    failed_ = true;
    return false;
  }
  std::uint64_t most_bytes = batch_bytes_;
  const auto place = refusals_.next_place();
  if (place) most_bytes = std::min(most_bytes, *place - consumer_.position());
  auto batch = consumer_.try_claim_batch(most_bytes);
  if (!batch) return false;
  if (refusals_.due(batch->begin_position()) != nullptr) {  // skips were passed
    batch->keep();
    return true;
  }
  batch->walk();
  if (batch->data().empty()) return false;
  if (!archive_batch(*batch)) {
    batch->keep();
    failed_ = true;
    return false;
  }
  // Before the release: what was refused while the disk was slow belongs before what comes into the space.
  look_for_refusals();
  archived_ += batch->records();
  counters_->records += batch->records();
  counters_->bytes += batch->data().size();
  return true;
}

// Nothing is there: has a producer died in its claim, or who holds us up? True: the ring goes on.
bool Drain::recover() {
  if (consumer_.state() != RingState::blocked) {
    blocked_at_.reset();
    return false;
  }
  const Blockage blockage = consumer_.unblock();
  const auto producer = [&] {
    if (!blockage.slot) return std::string("a producer that nobody knows");
    return "producer '" + blockage.producer.name + "' (slot " + number(*blockage.slot) + ", pid " +
           number(blockage.producer.pid) + ")";
  };
  switch (blockage.kind) {
    case Blockage::Kind::none: return true;
    case Blockage::Kind::recovered:
      say(producer() + " died in a claim of " + number(blockage.extent_bytes) + " bytes at position " +
          number(blockage.position) + ": skipped");
      return true;
    case Blockage::Kind::waiting: break;
  }
  const std::int64_t now = now_ns();
  if (blocked_at_ != blockage.position) {
    blocked_at_ = blockage.position;
    blocked_since_ns_ = now;
    blocked_said_ = false;
  }
  if (!blocked_said_ && now - blocked_since_ns_ >= std::chrono::nanoseconds(kSayBlocked).count()) {
    say("held up for " + cli::format_duration(std::chrono::nanoseconds(now - blocked_since_ns_)) +
        " by the unfinished claim at position " + number(blockage.position) + " of " + producer());
    blocked_said_ = true;
  }
  return false;
}

// Nothing is there, and we are to end at `last`: is it worth waiting for the claim that we stand at?
bool Drain::claim_may_finish(Position last) const {
  const RingState state = consumer_.state();
  if (state != RingState::blocked) return state == RingState::ready;
  if (now_ns() - last_record_ns_ < std::chrono::nanoseconds(kLongestClaim).count()) return true;
  say("the claim at position " + number(consumer_.position()) + " is not finished; " +
      number(last - consumer_.position()) + " bytes from there on stay in the ring");
  return false;
}

// Nothing is there: is that all there will be?
bool Drain::over() {
  if (consumer_.state() == RingState::quarantined) {
    const RingStatus status = consumer_.status();
    say("quarantined: the header at position " + number(status.quarantine_position) +
        " is none of a producer's; all before it is archived. Stop its producers, remove it (logbuf-ctl rm "
        "--force)");
    lossy_ = true;
    return true;
  }
  if (options_.until_idle && now_ns() - last_record_ns_ >= options_.until_idle->count()) return true;
  if (!consumer_.is_closed() && !removed_) return false;
  if (consumer_.state() != RingState::empty) return false;
  if (!consumer_.has_producers()) return true;
  // A claim that was granted just before the ring was closed may still come; producers of a removed ring go on.
  return !removed_ && now_ns() - last_record_ns_ >= std::chrono::nanoseconds(kLongestClaim).count();
}

void Drain::idle() {
  const std::chrono::nanoseconds since(now_ns() - last_record_ns_);
  if (since < kIdleSpell) {
    std::this_thread::sleep_for(kNap);
    return;
  }
  std::chrono::nanoseconds park = kLongestPark;
  if (options_.until_idle) park = std::min(park, *options_.until_idle - since);
  // While a sync is under way, its end wakes us.
  if (unsynced_ && !syncing_ && options_.sync.when == SyncPolicy::When::interval) {
    park = std::min(park, options_.sync.interval - std::chrono::nanoseconds(now_ns() - last_sync_ns_));
  }
  if (const auto due = writer_.rotation_due_in()) park = std::min(park, *due);
  // An unfinished claim: its commit wakes us only if its producer is a channel's.
  if (consumer_.state() == RingState::blocked) park = std::min<std::chrono::nanoseconds>(park, kBlockedPark);
  if (park.count() <= 0) return;
  behind_bytes_ = consumer_.tail() - consumer_.position();
  consumer_.park(park);
  // Woken by the first record of a burst: let it come, as with any other traffic.
  if (consumer_.state() == RingState::ready) std::this_thread::sleep_for(kNap);
}

}  // namespace logbuf::archiver
