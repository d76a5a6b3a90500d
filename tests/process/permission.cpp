// Another user: what the object's mode allows, and no more.
#include <doctest/doctest.h>
#include <unistd.h>

#include <variant>

#include <logbuf/peek.hpp>
#include <logbuf/queue.hpp>

#include "peer.hpp"
#include "scratch_ring.hpp"

using logbuf::Errc;
using test::put;
using test::required;
using Producer = logbuf::queue::mpsc::Producer;

namespace {

// Runs `body` as a user who owns nothing; each failed check is a bit of the result.
template <typename Body>
void as_another_user(Body body) {
  if (::geteuid() != 0) {
    MESSAGE("not run: only root can become another user");
    return;
  }
  CHECK(test::in_child([&] {
          if (::setgid(65534) != 0 || ::setuid(65534) != 0) return 255;
          return body();
        }) == 0);
}

}  // namespace

TEST_CASE("who may only read a ring can look at it, and change nothing") {
  const test::ScratchRing ring({.capacity = 4096, .mode = 0644});
  auto producer = required(Producer::attach(ring.name()));
  auto consumer = required(logbuf::Consumer::attach(ring.name()));
  REQUIRE(put(producer, "seen"));
  as_another_user([&] {
    int failed = 0;
    auto peek = logbuf::Peek::open(ring.name());
    if (!peek) return 1;
    const auto got = peek->next();
    if (!got || !*got || test::text_of(std::get<logbuf::PeekedRecord>(**got).bytes) != "seen") failed |= 2;
    peek->wait(std::chrono::microseconds(1));
    auto segment = logbuf::Segment::open(ring.name());
    if (!segment) return 4;
    const auto status = segment->status();
    if (status.producers.size() != 1 || !status.producers[0].alive) failed |= 8;
    if (!status.consumer || !status.consumer->alive) failed |= 16;
    if (segment->close().error() != Errc::not_permitted) failed |= 32;
    if (Producer::attach(ring.name()).error() != Errc::not_permitted) failed |= 64;
    if (logbuf::Consumer::attach(ring.name()).error() != Errc::not_permitted) failed |= 128;
    return failed;
  });
  CHECK(test::take(consumer) == "seen");
  CHECK_FALSE(producer.is_closed());
}

TEST_CASE("who may not read a ring is told so") {
  const test::ScratchRing ring({.capacity = 4096, .mode = 0600});
  as_another_user([&] {
    int failed = 0;
    if (logbuf::Segment::open(ring.name()).error() != Errc::not_permitted) failed |= 1;
    if (logbuf::error_detail().find(ring.name()) == std::string::npos) failed |= 2;
    if (logbuf::Peek::open(ring.name()).error() != Errc::not_permitted) failed |= 4;
    if (Producer::attach(ring.name()).error() != Errc::not_permitted) failed |= 8;
    if (logbuf::Segment::unlink(ring.name()).error() != Errc::not_permitted) failed |= 16;
    return failed;
  });
}

TEST_CASE("who may write a ring by its mode can be a producer") {
  const test::ScratchRing ring({.capacity = 4096, .mode = 0666});
  as_another_user([&] {
    auto producer = Producer::attach(ring.name());
    return producer && put(*producer, "from another") ? 0 : 1;
  });
  if (::geteuid() != 0) return;
  auto consumer = required(logbuf::Consumer::attach(ring.name()));
  CHECK(test::take(consumer) == "from another");
}
