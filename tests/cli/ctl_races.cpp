// Somebody comes, or goes, while a ring is being removed: at every system call of the one, the other does all of its
// own.
#include "trace.hpp"

#if LOGBUF_CAN_TRACE

#include <cstring>
#include <optional>

#include <logbuf/queue.hpp>

#include "ctl_support.hpp"

using logbuf::Removal;
using logbuf::Segment;
using Producer = logbuf::queue::mpsc::Producer;

namespace {

// Runs command(ring) again and again, each time with a new ring, and calls meanwhile(ring) at one of its system calls
// after the other, counted from its opening of the ring; then check(ring, ended). Gives their number.
template <typename Command, typename Meanwhile, typename Check>
int at_every_system_call(Command command, Meanwhile meanwhile, Check check) {
  for (int count = 0;; ++count) {
    const RingName ring;
    make_ring(ring);
    TracedProgram traced(command(ring));
    if (!traced.run_to(object_path(ring), count)) return count;
    CAPTURE(count);
    meanwhile(ring);
    check(ring, traced.finish());
  }
}

Words rm(const RingName& ring) {
  return {LOGBUF_CTL, "rm", ring};
}
Words rm_force(const RingName& ring) {
  return {LOGBUF_CTL, "rm", ring, "--force"};
}
Words consume(const RingName& ring) {
  return {LOGBUF_CAT, "--consume", ring};
}
// Its input does not come from the test, which waits for it.
Words write_record(const RingName& ring) {
  return {LOGBUF_WRITE, ring, LOGBUF_ONE_LINE};
}

}  // namespace

TEST_CASE("a record that is sent while its ring is being removed is not lost") {
  for (const bool stays : {false, true}) {
    std::optional<Producer> producer;
    bool sent = false;
    int all_sent = 0;
    const int all = at_every_system_call(
        rm,
        [&](const RingName& ring) {
          producer.reset();
          auto attached = Producer::attach(ring.str());
          sent = attached.has_value();
          if (!sent) return;
          ++all_sent;
          attached->try_claim(4)->commit();
          if (stays) producer.emplace(std::move(*attached));
        },
        [&](const RingName& ring, const Ended& ended) {
          CHECK(exists(ring) == sent);
          CHECK(ended.status == (sent ? 1 : 0));
          if (sent) CHECK(receive_bytes(ring).size() == 1);
        });
    CHECK(all_sent > 0);
    CHECK(all_sent < all);
  }
}

TEST_CASE("a consumer that attaches while its ring is being removed keeps the ring") {
  std::optional<logbuf::Consumer> consumer;
  int all_attached = 0;
  const int all = at_every_system_call(
      rm,
      [&](const RingName& ring) {
        consumer.reset();
        auto attached = logbuf::Consumer::attach(ring.str());
        if (!attached) return;
        ++all_attached;
        consumer.emplace(std::move(*attached));
      },
      [&](const RingName& ring, const Ended& ended) {
        CHECK(exists(ring) == consumer.has_value());
        CHECK(ended.status == (consumer ? 1 : 0));
      });
  CHECK(all_attached > 0);
  CHECK(all_attached < all);
}

TEST_CASE("who attaches while a ring is being removed finds no ring, or keeps it") {
  for (const bool writes : {true, false}) {
    bool removed = false;
    int all_removed = 0;
    const int all = at_every_system_call(
        writes ? write_record : consume,
        [&](const RingName& ring) {
          auto segment = Segment::open(ring.str());
          removed = segment && segment->remove(Removal::if_empty);
          if (removed) ++all_removed;
        },
        [&](const RingName& ring, const Ended& ended) {
          CHECK(exists(ring) == !removed);
          if (!removed) CHECK(ended.status == 0);
          if (!removed && writes) CHECK(receive_bytes(ring) == Words{"one line"});
          if (removed && writes) {
            CHECK(ended.status == 2);
            CHECK(contains(ended.err, "there is no ring '" + ring.str() + "'"));
          }
        });
    CHECK(all_removed > 0);
    CHECK(all_removed < all);
  }
}

TEST_CASE("a ring that is made anew while the old one is being removed is left alone") {
  for (const auto command : {rm, rm_force}) {
    bool anew = false;
    int all_anew = 0;
    int count = -1;
    const int all = at_every_system_call(
        command,
        [&](const RingName& ring) {
          auto segment = Segment::open(ring.str());
          anew = segment && segment->remove(Removal::at_once) && Segment::create(ring.str(), {.capacity = 8192});
          if (anew) ++all_anew;
          ++count;
        },
        [&](const RingName& ring, const Ended& ended) {
          // Only before its first system call, the opening, it cannot tell the new one from the old.
          const bool left_alone = anew && count > 0;
          CHECK(exists(ring) == left_alone);
          CHECK(ended.status == (left_alone ? 2 : 0));
          if (left_alone) CHECK(contains(ended.err, "has been removed by somebody else"));
        });
    CHECK(all_anew > 1);
    CHECK(all_anew < all);
  }
}

#endif
