// Making, opening, closing and removing rings.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include <logbuf/queue.hpp>

#include "scratch_ring.hpp"

using logbuf::Errc;
using logbuf::Segment;
using test::required;
using Producer = logbuf::queue::mpsc::Producer;

namespace {

bool says(std::string_view words) {
  CAPTURE(logbuf::error_detail());
  const bool found = logbuf::error_detail().find(words) != std::string::npos;
  CHECK(found);
  return found;
}

}  // namespace

TEST_CASE("a name outside the rules is refused everywhere") {
  for (const std::string& name :
       {std::string(), std::string(129, 'x'), std::string("a/b"), std::string("../x"), std::string("a b"),
        std::string("a\0b", 3), std::string("\xc3\xa4")}) {
    CAPTURE(name);
    CHECK_FALSE(logbuf::valid_ring_name(name));
    CHECK(test::error_of(Segment::create(name)) == Errc::invalid_name);
    CHECK(test::error_of(Segment::open(name)) == Errc::invalid_name);
    CHECK(test::error_of(Segment::unlink(name)) == Errc::invalid_name);
    CHECK(test::error_of(Producer::attach(name)) == Errc::invalid_name);
    CHECK(test::error_of(logbuf::Consumer::attach(name)) == Errc::invalid_name);
  }
  CHECK(logbuf::valid_ring_name(std::string(128, 'x')));
  CHECK(logbuf::valid_ring_name("A-z_0.9"));
}

TEST_CASE("a name of 128 characters works") {
  std::string name = "test-" + std::to_string(::getpid()) + "-";
  name.resize(128, 'n');
  required(Segment::create(name, {.capacity = 4096}));
  CHECK(required(Segment::open(name)).info().name == name);
  CHECK(Segment::unlink(name));
}

TEST_CASE("a capacity is a power of two from 4 KiB to 1 GiB") {
  const test::ScratchName scratch;
  for (const std::size_t capacity :
       {std::size_t{0}, std::size_t{1}, std::size_t{2048}, std::size_t{4095}, std::size_t{4097},
        std::size_t{5000}, std::size_t{1} << 31, std::size_t{1} << 63, ~std::size_t{0}}) {
    CAPTURE(capacity);
    CHECK(test::error_of(Segment::create(scratch.name(), {.capacity = capacity})) == Errc::invalid_capacity);
    CHECK(says(std::to_string(capacity)));
    CHECK(test::error_of(logbuf::queue::spsc::create(capacity)) == Errc::invalid_capacity);
  }
  CHECK(test::error_of(Segment::open(scratch.name())) == Errc::no_such_ring);
}

TEST_CASE("options that cannot be are refused, and nothing is made") {
  const test::ScratchName scratch;
  for (const logbuf::SegmentOptions& options :
       {logbuf::SegmentOptions{.capacity = 4096, .max_producers = 0},
        logbuf::SegmentOptions{.capacity = 4096, .max_producers = 4097},
        logbuf::SegmentOptions{.capacity = 4096, .mode = 0400},
        logbuf::SegmentOptions{.capacity = 4096, .mode = 04600},
        logbuf::SegmentOptions{.capacity = 4096, .group = "no-such-group"}}) {
    CHECK(test::error_of(Segment::create(scratch.name(), options)) == Errc::invalid_option);
  }
  CHECK(test::error_of(Segment::open(scratch.name())) == Errc::no_such_ring);
}

TEST_CASE("creating a ring that exists is refused and leaves it alone") {
  const test::ScratchRing ring;
  auto producer = required(Producer::attach(ring.name()));
  REQUIRE(test::put(producer, "here"));
  CHECK(test::error_of(Segment::create(ring.name(), {.capacity = 8192})) == Errc::ring_exists);
  CHECK(says(ring.name()));
  auto consumer = required(logbuf::Consumer::attach(ring.name()));
  CHECK(test::take(consumer) == "here");
}

TEST_CASE("attaching and opening never create") {
  const test::ScratchName scratch;
  CHECK(test::error_of(Producer::attach(scratch.name())) == Errc::no_such_ring);
  CHECK(says(scratch.name()));
  CHECK(test::error_of(logbuf::Consumer::attach(scratch.name())) == Errc::no_such_ring);
  CHECK(test::error_of(Segment::open(scratch.name())) == Errc::no_such_ring);
  CHECK(test::error_of(Segment::unlink(scratch.name())) == Errc::no_such_ring);
}

TEST_CASE("a ring says what it is") {
  const test::ScratchRing ring({.capacity = 16384, .max_producers = 3, .timestamps = true});
  const auto info = required(Segment::open(ring.name())).info();
  CHECK(info.name == ring.name());
  CHECK(info.capacity == 16384);
  CHECK(info.max_payload == 8192 - 16);
  CHECK(info.kind == logbuf::Kind::mpsc);
  CHECK(info.max_producers == 3);
  CHECK(info.timestamps);
  CHECK(info.creator_pid == static_cast<std::uint32_t>(::getpid()));
  CHECK(info.created_ns > 1'600'000'000'000'000'000);
  CHECK(std::ranges::any_of(info.uuid, [](std::byte b) { return b != std::byte{0}; }));
}

TEST_CASE("every ring has a uuid of its own, also under the same name") {
  const test::ScratchName scratch;
  const auto first = required(Segment::create(scratch.name(), {.capacity = 4096})).info().uuid;
  REQUIRE(Segment::unlink(scratch.name()));
  const auto second = required(Segment::create(scratch.name(), {.capacity = 4096})).info().uuid;
  CHECK(first != second);
}

TEST_CASE("an object has the mode that was asked for, whatever the umask") {
  const test::ScratchName scratch;
  const mode_t before = ::umask(0777);
  const auto made = Segment::create(scratch.name(), {.capacity = 4096, .mode = 0640});
  ::umask(before);
  REQUIRE(made);
  struct stat status = {};
  REQUIRE(::stat(("/dev/shm/logbuf." + scratch.name()).c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0640);
}

TEST_CASE("the list has a ring while it has its name") {
  const test::ScratchName scratch;
  const auto listed = [&] { return std::ranges::count(Segment::list(), scratch.name()); };
  CHECK(listed() == 0);
  const auto segment = required(Segment::create(scratch.name(), {.capacity = 4096}));
  CHECK(listed() == 1);
  REQUIRE(Segment::unlink(scratch.name()));
  CHECK(listed() == 0);
}

TEST_CASE("who is attached goes on when the name is taken away") {
  const test::ScratchRing ring;
  auto producer = required(Producer::attach(ring.name()));
  auto consumer = required(logbuf::Consumer::attach(ring.name()));
  REQUIRE(Segment::unlink(ring.name()));
  auto clone = required(producer.clone());
  REQUIRE(test::put(clone, "still"));
  CHECK(test::take(consumer) == "still");
}

TEST_CASE("closing disconnects producers, keeps what is in the ring, and admits no more of them") {
  const test::ScratchRing ring;
  auto producer = required(Producer::attach(ring.name()));
  REQUIRE(test::put(producer, "last"));
  REQUIRE(required(Segment::open(ring.name())).close());
  CHECK(ring.status().closed);
  CHECK(producer.is_closed());
  CHECK(test::error_of(producer.try_claim(1)) == logbuf::ClaimError::disconnected);
  CHECK(test::error_of(Producer::attach(ring.name())) == Errc::ring_closed);
  CHECK(test::error_of(producer.clone()) == Errc::ring_closed);
  auto consumer = required(logbuf::Consumer::attach(ring.name()));
  CHECK(consumer.is_closed());
  CHECK(test::take(consumer) == "last");
}

TEST_CASE("a producer of the other kind is refused") {
  const test::ScratchRing mpsc({.capacity = 4096});
  const test::ScratchRing spsc({.capacity = 4096, .kind = logbuf::Kind::spsc});
  CHECK(test::error_of(Producer::attach(spsc.name())) == Errc::wrong_kind);
  CHECK(says("is spsc"));
  CHECK(test::error_of(logbuf::queue::spsc::Producer::attach(mpsc.name())) == Errc::wrong_kind);
  CHECK(says("is mpsc"));
}
