#include <doctest/doctest.h>
#include <logbuf/error.hpp>

#include "ring_health.hpp"

using namespace logbuf::ctl;
using logbuf::Errc;
using logbuf::rings::Look;
using logbuf::rings::Seen;

namespace {

constexpr std::int64_t kNow_ns = 1'795'323'967'000'000'000;
constexpr std::int64_t kSecond_ns = 1'000'000'000;

// A ring of 1000 bytes that is in use and empty.
Seen in_use() {
  Look look;
  look.info.name = "orders";
  look.info.capacity = 1000;
  look.status.consumer = logbuf::EndStatus{.pid = 7, .alive = true, .name = "reader"};
  logbuf::ProducerStatus producer;
  producer.pid = 8;
  producer.alive = true;
  producer.name = "feed";
  producer.slot = 3;
  look.status.producers.push_back(producer);
  return {"orders", look, {}, ""};
}

Seen without_consumer(std::uint64_t fill_bytes) {
  Seen ring = in_use();
  ring.look->status.consumer.reset();
  ring.look->fill_bytes = fill_bytes;
  return ring;
}

Finding only_finding(const Seen& ring) {
  const Findings all = check_rings({ring}, kNow_ns);
  REQUIRE(all.size() == 1);
  CHECK(all[0].ring == "orders");
  CHECK(all[0].remedy != "");
  return all[0];
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("rings that are well are counted, and no more is said of them") {
  CHECK(check_rings({}, kNow_ns).front().found == "there are no rings");
  CHECK(check_rings({in_use()}, kNow_ns).front().found == "1 ring is in use and well");
  const Findings all = check_rings({in_use(), in_use(), without_consumer(0)}, kNow_ns);
  REQUIRE(all.size() == 2);
  CHECK(all[0].found == "2 rings are in use and well");
  CHECK(all[0].grade == Grade::ok);
  CHECK(all[1].ring == "orders");
}

TEST_CASE("producers without a consumer are a warning, and a problem once their ring is nearly full") {
  CHECK(only_finding(without_consumer(899)).grade == Grade::warning);
  CHECK(only_finding(without_consumer(900)).grade == Grade::problem);
  Seen dead = in_use();
  dead.look->status.consumer->alive = false;
  CHECK(contains(only_finding(dead).found, "has producers and no consumer"));
}

TEST_CASE("a consumer that does not keep up is a warning") {
  Seen ring = in_use();
  ring.look->fill_bytes = 900;
  CHECK(only_finding(ring).grade == Grade::warning);
  CHECK(contains(only_finding(ring).found, "is 90% full: its consumer does not keep up"));
}

TEST_CASE("a ring that was full for records is a warning, however well it is now") {
  Seen ring = in_use();
  ring.look->status.total_refused = 12;
  CHECK(only_finding(ring).grade == Grade::warning);
  CHECK(contains(only_finding(ring).found, "was full for 12 records"));
}

TEST_CASE("a ring that nobody living is attached to is left over: with records, or for gc") {
  Seen ring = without_consumer(0);
  ring.look->status.producers[0].alive = false;
  CHECK(only_finding(ring).grade == Grade::warning);
  CHECK(contains(only_finding(ring).remedy, "logbuf-ctl gc"));
  ring.look->unread_bytes = 48;
  ring.look->records_waiting = 2;
  CHECK(contains(only_finding(ring).found, "it holds 2 records (48 bytes)"));
  CHECK(contains(only_finding(ring).remedy, "logbuf-archiver --ring orders"));
}

TEST_CASE("an unfinished claim is a problem while its producer lives, and a warning once it is dead") {
  Seen ring = in_use();
  ring.look->status.blocked = logbuf::BlockedStatus{.position = 64, .since_ns = kNow_ns - 90 * kSecond_ns, .slot = 3};
  CHECK(only_finding(ring).grade == Grade::problem);
  CHECK(
      contains(only_finding(ring).found, "at position 64 by an unfinished claim of producer 'feed' (pid 8), for 90 s"));
  ring.look->status.producers[0].alive = false;
  CHECK(only_finding(ring).grade == Grade::warning);
  ring.look->status.blocked->slot = std::nullopt;
  CHECK(contains(only_finding(ring).found, "nobody that is known"));
}

TEST_CASE("a claim's age is said only where it can be true") {
  Seen ring = in_use();
  ring.look->info.created_ns = kNow_ns - 100 * kSecond_ns;
  for (const std::int64_t since_ns : {INT64_MIN, INT64_MIN + kNow_ns, std::int64_t{-1}, std::int64_t{0},
                                      std::int64_t{1}, kNow_ns - 101 * kSecond_ns, kNow_ns + kSecond_ns, INT64_MAX}) {
    ring.look->status.blocked = logbuf::BlockedStatus{.position = 64, .since_ns = since_ns, .slot = 3};
    CHECK_MESSAGE(!contains(only_finding(ring).found, ", for "), since_ns);
  }
  ring.look->status.blocked->since_ns = ring.look->info.created_ns;
  CHECK(contains(only_finding(ring).found, ", for 100 s"));
}

TEST_CASE("of a dead producer's unfinished claim in a ring that gc would remove, gc is named") {
  Seen ring = in_use();
  ring.look->status.blocked = logbuf::BlockedStatus{.position = 64, .since_ns = kNow_ns, .slot = 3};
  ring.look->status.producers[0].alive = false;
  CHECK(only_finding(ring).remedy == "nothing: its consumer skips it");
  ring.look->status.consumer->alive = false;
  CHECK(contains(only_finding(ring).remedy, "the next consumer skips it (logbuf-archiver --ring orders"));
  CHECK(contains(only_finding(ring).remedy, "logbuf-ctl gc removes it"));
  ring.look->records_waiting = 1;
  CHECK_FALSE(contains(only_finding(ring).remedy, "gc"));
}

TEST_CASE("quarantined and damaged rings are problems, whoever is attached") {
  Seen ring = in_use();
  ring.look->sound = false;
  CHECK(only_finding(ring).grade == Grade::problem);
  CHECK(contains(only_finding(ring).found, "is damaged"));
  ring.look->status.quarantined = true;
  ring.look->status.quarantine_position = 128;
  CHECK(only_finding(ring).grade == Grade::problem);
  CHECK(contains(only_finding(ring).found, "is quarantined: at position 128"));
}

TEST_CASE("what cannot be opened is a problem, unless it is another user's or another release's") {
  const auto grade = [](auto why) {
    return only_finding({"orders", std::nullopt, make_error_code(why), "ring 'orders': why"}).grade;
  };
  CHECK(grade(Errc::not_permitted) == Grade::warning);
  CHECK(grade(Errc::wrong_layout) == Grade::warning);
  CHECK(grade(Errc::not_a_ring) == Grade::problem);
  CHECK(grade(Errc::damaged_ring) == Grade::problem);
  CHECK(grade(std::errc::io_error) == Grade::problem);
}
