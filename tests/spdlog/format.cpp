// Text in fmt's format, as records.
#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

#include <logbuf/format.hpp>
#include <logbuf/queue.hpp>

#include "scratch_ring.hpp"

using logbuf::ClaimError;
using logbuf::Consumer;
using logbuf::SendError;
using test::required;
using test::take;
using Producer = logbuf::queue::mpsc::Producer;
using Sender = logbuf::channel::mpsc::Sender;

namespace {

// Each time that it is formatted it says one more word, or one less, or what is no word at all.
struct Fickle {
  mutable int count = 0;
  int step = 1;
};
struct Thrower {
  mutable int left = 0;  // times that it goes well
};

}  // namespace

template <>
struct fmt::formatter<Fickle> : fmt::formatter<std::string_view> {
  auto format(const Fickle& fickle, fmt::format_context& context) const {
    fickle.count += fickle.step;
    const std::string text(static_cast<std::size_t>(fickle.count), 'f');
    return std::copy(text.begin(), text.end(), context.out());
  }
};
template <>
struct fmt::formatter<Thrower> : fmt::formatter<std::string_view> {
  auto format(const Thrower& thrower, fmt::format_context& context) const {
    if (thrower.left-- > 0) return context.out();
    throw std::runtime_error("no text");
  }
};

TEST_CASE("what fmt makes is a record, whatever its length") {
  const test::ScratchRing ring({.capacity = 65536});
  auto consumer = required(Consumer::attach(ring.name()));
  auto sender = required(Sender::attach(ring.name()));
  auto producer = required(Producer::attach(ring.name()));
  for (const std::size_t length : {std::size_t{1}, std::size_t{100}, logbuf::kFormatOnce_bytes - 1,
                                   logbuf::kFormatOnce_bytes, logbuf::kFormatOnce_bytes + 1, std::size_t{9000}}) {
    const std::string text(length - 1, 'x');
    const std::string expected = text + "7";
    REQUIRE(logbuf::format_record(sender, 3, "{}{:d}", text, 7));
    REQUIRE(logbuf::try_format_record(sender, 4, "{}{}", text, 7));
    REQUIRE(logbuf::format_record(producer, 5, "{}{}", text, '7'));
    REQUIRE(logbuf::try_format_record(producer, 6, "{}{}", text, "7"));
    for (std::uint16_t type = 3; type <= 6; ++type) {
      const auto record = consumer.try_claim();
      REQUIRE(record);
      CHECK(record->type() == type);
      CHECK(test::text_of(record->bytes()) == expected);
    }
  }
  CHECK_FALSE(take(consumer));
}

TEST_CASE("a value that is formatted otherwise each time leaves a whole text") {
  for (const int step : {1, -1}) {
    const test::ScratchRing ring({.capacity = 65536});
    auto consumer = required(Consumer::attach(ring.name()));
    auto sender = required(Sender::attach(ring.name()));
    const Fickle fickle{.count = 1000, .step = step};
    REQUIRE(logbuf::format_record(sender, 0, "<{}>", fickle));
    CHECK(take(consumer) == "<" + std::string(static_cast<std::size_t>(fickle.count), 'f') + ">");
    CHECK_FALSE(take(consumer));
  }
}

TEST_CASE("a text that cannot be sent is an error, and a full ring's is counted where it is lost") {
  const test::ScratchRing ring;
  auto sender = required(Sender::attach(ring.name()));
  auto producer = required(Producer::attach(ring.name()));
  CHECK(test::error_of(logbuf::format_record(sender, 0, "{}", "")) == SendError::empty);
  CHECK(test::error_of(logbuf::format_record(sender, 0, "{:3000}", 1)) == SendError::too_large);
  while (logbuf::format_record(producer, 0, "{:100}", 1)) {
  }
  CHECK(test::error_of(logbuf::format_record(producer, 0, "{:700}", 1)) == ClaimError::full);
  CHECK(ring.status().total_refused == 0);
  CHECK(test::error_of(logbuf::try_format_record(producer, 0, "{:700}", 1)) == ClaimError::full);
  CHECK(ring.status().total_refused == 1);
  CHECK(test::error_of(logbuf::try_format_record(sender, 0, "{:100}", 1)) == SendError::full);
  CHECK(ring.status().total_refused == 2);
  // Nobody reads.
  CHECK(test::error_of(logbuf::format_record(sender, 0, "{:100}", 1)) == SendError::disconnected);
}

TEST_CASE("nothing is sent where formatting throws, and the next text is") {
  const test::ScratchRing ring({.capacity = 65536});
  auto consumer = required(Consumer::attach(ring.name()));
  auto sender = required(Sender::attach(ring.name()));
  // Before the claim, and in it.
  for (const int left : {0, 1})
    CHECK_THROWS_AS((void)logbuf::format_record(sender, 0, "{:2000}{}", 1, Thrower{left}), std::runtime_error);
  REQUIRE(logbuf::format_record(sender, 0, "{}", "next"));
  CHECK(take(consumer) == "next");
}
