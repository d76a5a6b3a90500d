#include "archived_ring.hpp"

#include <utility>

#include "failure.hpp"

namespace logbuf::bench {
namespace {

using namespace std::chrono_literals;

constexpr double kSlowestDisk_bytes_per_s = 5e6;

Segment make(const std::string& name, std::uint64_t capacity_bytes) {
  auto segment = Segment::create(name, {.capacity = capacity_bytes});
  if (!segment) cli::die(segment.error(), "making the ring " + name);
  return std::move(*segment);
}

}  // namespace

ArchivedRing::ArchivedRing(const std::string& name, std::uint64_t capacity_bytes)
    : name_(name), segment_(make(name, capacity_bytes)) {}

ArchivedRing::~ArchivedRing() {
  static_cast<void>(Segment::unlink(name_));
}

bool ArchivedRing::has_consumer() const {
  const auto consumer = segment_.status().consumer;
  return consumer && consumer->alive;
}

bool ArchivedRing::all_archived() const {
  const RingStatus status = segment_.status();
  return status.archive && status.archive->written == status.tail;
}

void await(const std::string& what, const Waiter& waiter, Waiter::Duration limit, Child* server, Child* worker,
           const std::function<bool()>& condition) {
  bool lost = false;
  const bool came = waiter.until(
      [&] {
        if (condition()) return true;
        if (server != nullptr && !server->running()) lost = true;
        if (worker != nullptr && !worker->running() && worker->wait(waiter, 0s) != 0) lost = true;
        return lost;
      },
      limit);
  if (lost && !condition()) cli::die("waiting for " + what + ": a process of the run has ended");
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limit).count();
  if (!came) cli::die("waiting for " + what + ": not after " + std::to_string(seconds) + " s");
}

Waiter::Duration longest_wait(std::uint64_t bytes) {
  return 60s + std::chrono::seconds(static_cast<std::int64_t>(static_cast<double>(bytes) / kSlowestDisk_bytes_per_s));
}

Child start_archiver(const std::vector<std::string>& command, const ArchivedRing& ring, const ChildOptions& options,
                     const Waiter& waiter) {
  std::vector<std::string> whole = command;
  whole.insert(whole.end(), {"--ring", ring.name()});
  Child archiver(whole, options);
  await("the archiver to attach", waiter, 60s, &archiver, nullptr, [&] { return ring.has_consumer(); });
  return archiver;
}

}  // namespace logbuf::bench
