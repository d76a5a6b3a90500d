// Producers die in a claim, one after the other, while others send as fast as they can.
#include <doctest/doctest.h>
#include <poll.h>

#include <map>
#include <string>
#include <vector>

#include <logbuf/queue.hpp>

#include "content.hpp"
#include "peer.hpp"
#include "scratch_ring.hpp"

using logbuf::Blockage;
using logbuf::RingState;
using test::Peer;
using test::required;

namespace {

constexpr std::size_t kLongest = 3000;

bool has_spoken(const Peer& peer) {
  pollfd out = {.fd = peer.out(), .events = POLLIN, .revents = 0};
  return ::poll(&out, 1, 0) > 0;
}

// The consumer: takes what there is and looks, where it is held up, who does that.
class Load {
 public:
  explicit Load(const std::string& ring) : consumer_(required(logbuf::Consumer::attach(ring))) {}

  // Nobody of that pid lives from here on.
  void has_died(pid_t pid) { dead_ = static_cast<std::uint32_t>(pid); }

  void step() {
    if (const auto record = consumer_.try_claim()) {
      ++records_;
      if (!test::is_content(record->type(), next_[record->type()]++, kLongest, record->bytes())) ++wrong_;
      return;
    }
    const RingState state = consumer_.state();
    if (state == RingState::quarantined) ++vain_waits_;  // a hole that ended in the middle of something
    if (state != RingState::blocked) return;
    const Blockage blockage = consumer_.unblock();
    if (blockage.kind == Blockage::Kind::recovered) ++recovered_;
    // A claim is somebody's, always; and whose producer is dead, that is known at the first look.
    const bool in_vain = !blockage.slot || blockage.producer.pid == dead_;
    if (blockage.kind == Blockage::Kind::waiting && in_vain) ++vain_waits_;
  }

  std::uint64_t records() const { return records_; }
  std::uint64_t recovered() const { return recovered_; }
  std::uint64_t vain_waits() const { return vain_waits_; }
  std::uint64_t wrong() const { return wrong_; }

 private:
  logbuf::Consumer consumer_;
  std::uint32_t dead_ = 0;
  std::map<std::uint16_t, std::uint64_t> next_;
  std::uint64_t records_ = 0;
  std::uint64_t recovered_ = 0;
  std::uint64_t vain_waits_ = 0;
  std::uint64_t wrong_ = 0;
};

}  // namespace

TEST_CASE("producers that die in a claim under load cost the consumer one look each, and the others no record") {
  constexpr int producers = 2;
  const std::uint64_t deaths = test::rounds(100);
  const std::uint64_t count = test::rounds(100'000);
  const test::ScratchRing ring({.capacity = 64 << 10, .max_producers = producers + 2});
  Load load(ring.name());
  std::vector<Peer> sending;
  for (int type = 0; type < producers; ++type) {
    sending.emplace_back(std::vector<std::string>{"produce", ring.name(), std::to_string(type), std::to_string(count),
                                                  std::to_string(kLongest)});
  }
  for (std::uint64_t death = 1; death <= deaths; ++death) {
    Peer mortal({"hold-claim", ring.name()});
    while (!has_spoken(mortal) && load.vain_waits() == 0) load.step();
    REQUIRE(load.vain_waits() == 0);
    REQUIRE(mortal.ready());
    const pid_t pid = mortal.pid();
    CHECK(mortal.kill() == -SIGKILL);
    load.has_died(pid);
    while (load.recovered() < death && load.vain_waits() == 0) load.step();
    REQUIRE(load.vain_waits() == 0);
  }
  while (load.records() < producers * count && load.vain_waits() == 0) load.step();
  for (auto& peer : sending) CHECK(peer.wait() == 0);
  CHECK(load.recovered() == deaths);
  CHECK(load.wrong() == 0);
  CHECK(ring.status().holes == deaths);
  CHECK(ring.status().total_records == producers * count);
}
