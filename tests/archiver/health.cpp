// What /healthz says of rings that are well, and of those that are not.
#include <sys/resource.h>

#include <csignal>
#include <utility>

#include "holder.hpp"
#include "monitored.hpp"
#include "raw_segment.hpp"

namespace test {
namespace {

using logbuf::queue::mpsc::Producer;

struct Health : Monitored {
  using Monitored::Monitored;
  Answer health() const { return get(port, "/healthz"); }
  void wait_until_well() const {
    wait_until("all is well", [&] { return health().status == 200; });
    CHECK(health().body == "ok\n");
  }
  // Waits for 503 with this line, and for no other.
  void wait_until_ill(const std::string& ring, const std::string& why) const {
    const std::string begin = "ring '" + ring + "': " + why;
    Answer last;
    wait_until(begin, [&] {
      last = health();
      return last.status == 503 && last.body.starts_with(begin);
    });
    CHECK_MESSAGE(std::ranges::count(last.body, '\n') == 1, last.body);
  }
};

// While syncs take so long.
void becomes_ill(const std::string& policy, const std::string& why, const std::string& delay_us) {
  const WithoutLeakCheck without_leak_check;
  const ScratchRing ring;
  Health archiver({"--ring", ring.name(), "--sync", policy});
  wait_until("the archiver attaches", [&] { return ring.has_consumer(); });
  const auto trace =
      attach_strace(archiver.daemon.pid(), {"-e", "trace=fdatasync", "-e", "inject=fdatasync:delay_enter=" + delay_us,
                                            "-o", (archiver.archives.path() / "calls").string()});
  if (!trace) return;
  auto producer = required(Producer::attach(ring.name()));
  put(producer, "x");
  archiver.wait_until_ill(ring.name(), why);
  trace->signal(SIGINT);  // strace lets go of it
  trace->wait();
  archiver.wait_until_well();
  archiver.end();
}

}  // namespace

TEST_CASE("a quarantined ring is not well until it is removed, and the others are") {
  const ScratchRing ring;
  const ScratchRing other({.capacity = 65536}, "-other");
  auto producer = required(Producer::attach(ring.name()));
  const Health archiver({"--rings", ring.name(), "--rings", other.name()});
  archiver.wait_until_well();
  wait_until("the archiver attaches", [&] { return ring.has_consumer(); });
  auto claim = producer.try_claim(8);
  REQUIRE(claim.has_value());
  RawSegment(ring.name()).word(0) = 0x7fff'ffff;
  producer.notify();
  archiver.wait_until_ill(ring.name(), "it is quarantined: the header at position 0 is none of a producer's");
  CHECK(archiver.value_of("logbuf_archive_up{ring=\"" + ring.name() + "\"}") == "0");
  CHECK(archiver.value_of("logbuf_ring_quarantined{ring=\"" + ring.name() + "\"}") == "1");
  CHECK(archiver.value_of("logbuf_archive_up{ring=\"" + other.name() + "\"}") == "1");
  REQUIRE(logbuf::Segment::unlink(ring.name()).has_value());
  archiver.wait_until_well();
}

TEST_CASE("a ring that cannot be opened any more is not well, though it is drained") {
  const ScratchRing ring;
  const Health archiver({"--ring", ring.name()});
  archiver.wait_until_well();
  wait_until("the ring has its consumer", [&] { return ring.status().consumer.has_value(); });
  const RawSegment segment(ring.name());
  std::byte& first = segment.all().front();
  const std::byte sound = std::exchange(first, std::byte{'X'});
  archiver.wait_until_ill(ring.name(), "it cannot be looked at: ");
  first = sound;
  archiver.wait_until_well();
}

TEST_CASE("what others wrote into a ring makes no lines of its own in what is said of its health") {
  const ScratchRing ring;
  auto holder = required(logbuf::Consumer::attach(ring.name(), {.name = "x\nring 'orders': it is quarantined\n\xff"}));
  const Health archiver({"--rings", ring.name()});
  archiver.wait_until_ill(ring.name(), "it is not drained: ");
}

TEST_CASE("a claim that is not finished for long makes its ring ill, with the name of who holds it, until it is") {
  const ScratchRing ring;
  Holder holder(ring.name(), [](Producer& producer, auto say) { hold_claim(producer, say); });
  REQUIRE(holder.ready());
  const Health archiver({"--ring", ring.name()});
  archiver.wait_until_ill(ring.name(), "its drain is held up since ");
  CHECK(archiver.health().body.find("of producer 'holder' (pid " + std::to_string(holder.pid()) + ")") !=
        std::string::npos);
  CHECK(archiver.value_of("logbuf_ring_blocked{ring=\"" + ring.name() + "\"}") == "1");
  holder.kill();
  archiver.wait_until_well();
  archiver.wait_for("logbuf_ring_recovered_claims_total{ring=\"" + ring.name() + "\"}", "1");
}

TEST_CASE("a disk that refuses makes the ring ill, until it takes what it is given") {
  const ScratchRing ring;
  auto producer = required(Producer::attach(ring.name()));
  Health archiver({"--ring", ring.name()}, [] {
    const rlimit limit{.rlim_cur = 16384, .rlim_max = RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  });
  const std::string text(1000, 'x');
  for (int i = 0; i < 30; ++i) put(producer, text);
  archiver.wait_until_ill(ring.name(), "the disk refuses: ");
  const std::string labels = "{ring=\"" + ring.name() + "\"}";
  CHECK(archiver.value_of("logbuf_archive_disk_failing" + labels) == "1");
  CHECK(std::stoull(archiver.value_of("logbuf_archive_write_errors_total" + labels)) >= 1);
  const rlimit none{.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
  REQUIRE(::prlimit(archiver.daemon.pid(), RLIMIT_FSIZE, &none, nullptr) == 0);
  archiver.wait_until_well();
  archiver.wait_for("logbuf_archive_records_total" + labels, "30");
  CHECK(archiver.value_of("logbuf_archive_disk_failing" + labels) == "0");
  archiver.end();
}

TEST_CASE("a drain that hangs in a sync is ill, until that comes back") {
  becomes_ill("batch", "its drain has stood still for ", "60000000");
}

TEST_CASE("a ring that cannot be drained is not well until it can") {
  const ScratchRing ring;
  std::optional<logbuf::Consumer> taken = required(logbuf::Consumer::attach(ring.name()));
  Health archiver({"--rings", ring.name() + "*"});
  archiver.wait_until_ill(ring.name(), "it is not drained: ");
  taken.reset();
  archiver.wait_until_well();
  CHECK(ring.has_consumer());
  archiver.end();
}

TEST_SUITE("heavy") {
  TEST_CASE("a sync beside the drain that does not come back makes the ring ill, until it does") {
    becomes_ill("interval=10ms", "what was written ", "20000000");
  }
}

}  // namespace test
