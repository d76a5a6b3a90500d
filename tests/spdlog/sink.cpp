// What becomes of a message that is logged to a ring.
#include <doctest/doctest.h>
#include <spdlog/async.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <new>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <logbuf/spdlog_sink.hpp>

#include "logging.hpp"

using logbuf::Consumer;
using logbuf::OnFull;
using logbuf::SpdlogSink;
using test::Log;
using test::required;
using test::take;

TEST_CASE("a message becomes one record, its type the level") {
  const test::ScratchRing ring;
  auto consumer = required(Consumer::attach(ring.name()));
  Log log(ring.name(), {.pattern = "%v"});
  log->set_level(spdlog::level::trace);
  std::uint16_t type = 1;
  for (const auto level : {spdlog::level::trace, spdlog::level::debug, spdlog::level::info, spdlog::level::warn,
                           spdlog::level::err, spdlog::level::critical}) {
    log->log(level, "{} is {}", "level", static_cast<int>(level));
    const auto record = consumer.try_claim();
    REQUIRE(record);
    CHECK(record->type() == type++);
    CHECK(test::text_of(record->bytes()) == "level is " + std::to_string(static_cast<int>(level)));
  }
  CHECK_FALSE(consumer.try_claim());
}

TEST_CASE("record types begin where they are told to") {
  const test::ScratchRing ring;
  auto consumer = required(Consumer::attach(ring.name()));
  Log log(ring.name(), {.first_type = 700});
  log->info("x");
  CHECK(consumer.try_claim()->type() == 702);
}

TEST_CASE("a line is what spdlog's other sinks write, without its end") {
  // Each with another idea of where the text goes.
  for (const char* const pattern :
       {"%+", "%v", "[%Y-%m-%d %H:%M:%S.%F] [%n] %^[%l]%$ %v", "%v %v|%v", "no text", "%l %% %v %q %!",
        "%10v|%-10v|%=10v|%3!v", "<%-2!v> %v", "%+ and %+", "%@ %s:%# %v", ""}) {
    CAPTURE(pattern);
    const test::ScratchRing ring({.capacity = 65536});
    auto consumer = required(Consumer::attach(ring.name()));
    std::ostringstream expected;
    const auto reference = std::make_shared<spdlog::sinks::ostream_sink_st>(expected);
    reference->set_pattern(pattern);
    const auto sink = std::make_shared<SpdlogSink>(ring.name(), logbuf::SpdlogOptions{.pattern = pattern});
    spdlog::logger log("feed", {reference, sink});
    for (const std::string& text :
         {std::string("text"), std::string(""), std::string("two\nlines\n"), std::string(700, 'x')}) {
      for (const auto& source : {spdlog::source_loc{}, spdlog::source_loc{"a/b.cpp", 17, "go"}}) {
        expected.str("");
        log.log(source, spdlog::level::warn, text);
        const std::string line = expected.str();
        REQUIRE(line.ends_with('\n'));
        // An empty line is no record.
        CHECK(take(consumer).value_or("") == line.substr(0, line.size() - 1));
      }
    }
    CHECK_FALSE(take(consumer));
  }
}

// Says how long the text is: what a formatter makes need not have the text in it.
class Length : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& line) override {
    const std::string text = std::to_string(message.payload.size());
    line.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<Length>(); }
};

TEST_CASE("a formatter that is handed over is heeded, and its line end left out") {
  const test::ScratchRing ring;
  auto consumer = required(Consumer::attach(ring.name()));
  Log log(ring.name(), {.pattern = "%v"});
  log->info("one");
  CHECK(take(consumer) == "one");
  log->set_pattern("<%v>");
  log->info("two");
  CHECK(take(consumer) == "<two>");
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<Length>('v').set_pattern("%v bytes");
  log->set_formatter(std::move(formatter));
  log->info("three\n");
  CHECK(take(consumer) == "6 bytes");
  log.sink->set_pattern("%l: %v");
  log->info("four\n");
  CHECK(take(consumer) == "info: four\n");
}

TEST_CASE("a pattern that is set later has its times of the same zone") {
  using spdlog::pattern_time_type;
  const test::ScratchRing ring;
  auto consumer = required(Consumer::attach(ring.name()));
  for (const auto time : {pattern_time_type::utc, pattern_time_type::local}) {
    // A child's zone is its own.
    CHECK(test::in_child([&] {
            ::setenv("TZ", "AHEAD-5", 1);
            ::tzset();
            SpdlogSink sink(ring.name(), {.pattern = "%H:%M", .time = time});
            const spdlog::details::log_msg message(spdlog::log_clock::time_point(std::chrono::hours(1)), {}, "log",
                                                   spdlog::level::info, "x");
            sink.log(message);
            sink.set_pattern("%H:%M again");
            sink.log(message);
            return 0;
          }) == 0);
    const std::string hour = time == pattern_time_type::utc ? "01:00" : "06:00";
    CHECK(take(consumer) == hour);
    CHECK(take(consumer) == hour + " again");
  }
}

TEST_CASE("a message that comes out empty is passed over") {
  const test::ScratchRing ring;
  auto consumer = required(Consumer::attach(ring.name()));
  Log log(ring.name(), {.pattern = "%v"});
  log->info("");
  CHECK_FALSE(take(consumer));
  CHECK(log.errors.empty());
  CHECK(log.sink->dropped() == 0);
}

TEST_CASE("at a full ring a message is dropped and counted, if that was asked for") {
  const test::ScratchRing ring;
  auto consumer = required(Consumer::attach(ring.name()));
  Log log(ring.name(), {.on_full = OnFull::drop, .pattern = "%v"});
  std::uint64_t sent = 0;
  for (; log.sink->dropped() == 0; ++sent) log->info("message {:3}", sent);
  log->info("message too");
  CHECK(log.sink->dropped() == 2);
  CHECK(ring.status().total_refused == 2);
  CHECK(log.errors.empty());
  for (std::uint64_t n = 0; n + 1 < sent; ++n) CHECK(take(consumer) == fmt::format("message {:3}", n));
  CHECK_FALSE(take(consumer));
  log->info("again");
  CHECK(take(consumer) == "again");
}

TEST_CASE("at a full ring a message waits for room, if nothing else was asked for") {
  const test::ScratchRing ring;
  auto consumer = required(Consumer::attach(ring.name()));
  constexpr int kMessages = 3'000;  // some thirty rings
  std::jthread thread([&] {
    Log log(ring.name(), {.pattern = "%v"});
    for (int n = 0; n < kMessages; ++n) log->info("message {:20}", n);
    CHECK(log.errors.empty());
    CHECK(log.sink->dropped() == 0);
  });
  // No room for another: so it was waited for.
  test::wait_until([&] { return ring.status().tail > 4096 - 64; });
  for (int n = 0; n < kMessages; ++n) CHECK(test::take_waiting(consumer) == fmt::format("message {:20}", n));
}

// Makes no line of some texts.
class Failing : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& line) override {
    if (message.payload == "bad") throw std::runtime_error("no line for this");
    if (message.payload == "endless") throw std::bad_alloc();
    line.append(message.payload.begin(), message.payload.end());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<Failing>(); }
};

TEST_CASE("a message whose line cannot be made is told and counted, and the next one arrives whole") {
  // By the thread's own lane, and by the shared one.
  for (const std::uint32_t slots : {2u, 1u}) {
    const test::ScratchRing ring({.capacity = 4096, .max_producers = slots});
    auto consumer = required(Consumer::attach(ring.name()));
    const auto sink = std::make_shared<SpdlogSink>(ring.name());
    auto formatter = std::make_unique<spdlog::pattern_formatter>();
    formatter->add_flag<Failing>('*').set_pattern("<%*>");
    sink->set_formatter(std::move(formatter));
    const auto log = [&](const char* text) { sink->log({"log", spdlog::level::info, text}); };
    CHECK_THROWS_AS(log("bad"), std::runtime_error);
    CHECK(sink->dropped() == 1);
    log("good");
    CHECK_THROWS_AS(log("endless"), std::bad_alloc);
    CHECK(sink->dropped() == 2);
    log("good again");
    CHECK(sink->dropped() == 2);
    CHECK(take(consumer) == "<good>");
    CHECK(take(consumer) == "<good again>");
    CHECK_FALSE(take(consumer));
  }
}

TEST_CASE("a full ring without a consumer is told once, and its losses are counted") {
  const test::ScratchRing ring;
  Log log(ring.name(), {.pattern = "%v"});
  std::uint64_t taken = 0;
  for (; log.errors.empty(); ++taken) log->info("message");
  --taken;
  CHECK(log.errors.at(0).find("'" + ring.name() + "' is full, and has no living consumer") != std::string::npos);
  log->info("message");
  CHECK(log.errors.size() == 1);
  CHECK(log.sink->dropped() == 2);
  CHECK(ring.status().total_refused == 2);
  {
    auto consumer = required(Consumer::attach(ring.name()));
    while (take(consumer)) --taken;
    CHECK(taken == 0);
    log->info("heard");
    CHECK(take(consumer) == "heard");
  }
  // It is told anew, since it went well in between.
  while (log.sink->dropped() < 4) log->info("message");
  CHECK(log.errors.size() == 2);
}

TEST_CASE("a closed ring is told once, and its losses are counted") {
  for (const OnFull on_full : {OnFull::wait, OnFull::drop}) {
    const test::ScratchRing ring;
    Log log(ring.name(), {.on_full = on_full});
    log->info("taken");
    REQUIRE(required(logbuf::Segment::open(ring.name())).close());
    log->info("dropped");
    log->info("dropped");
    REQUIRE(log.errors.size() == 1);
    CHECK(log.errors[0].find("'" + ring.name() + "' is closed") != std::string::npos);
    CHECK(log.sink->dropped() == 2);
  }
}

TEST_CASE("a message too large for the ring is told, each") {
  const test::ScratchRing ring;
  auto consumer = required(Consumer::attach(ring.name()));
  Log log(ring.name(), {.pattern = "%v"});
  const std::size_t most = required(logbuf::Segment::open(ring.name())).info().max_payload;
  log->info(std::string(most, 'x'));
  CHECK(take(consumer) == std::string(most, 'x'));
  log->info(std::string(most + 1, 'x'));
  log->info(std::string(most + 1, 'x'));
  REQUIRE(log.errors.size() == 2);
  CHECK(log.errors[0].find("up to " + std::to_string(most) + " bytes; a message of " + std::to_string(most + 1)) !=
        std::string::npos);
  CHECK(log.sink->dropped() == 2);
  CHECK_FALSE(take(consumer));
}

TEST_CASE("a sink for a ring that is not there says so at once") {
  const test::ScratchName none;
  std::string said;
  try {
    const SpdlogSink sink(none.name());
  } catch (const spdlog::spdlog_ex& error) {
    said = error.what();
  }
  CHECK(said.find(none.name()) != std::string::npos);
}

TEST_CASE("a producer has the name that it was given") {
  const test::ScratchRing ring;
  Log log(ring.name(), {.producer_name = "pricing"});
  log->info("x");
  for (const auto& producer : ring.status().producers) CHECK(producer.name == "pricing");
  CHECK(ring.status().producers.size() == 2);  // the thread's and the sink's
}

TEST_CASE("two sinks of one thread log to their own rings") {
  const test::ScratchRing rings[2];
  auto first = required(Consumer::attach(rings[0].name()));
  auto second = required(Consumer::attach(rings[1].name()));
  const auto one = std::make_shared<SpdlogSink>(rings[0].name(), logbuf::SpdlogOptions{.pattern = "1 %v"});
  const auto two = std::make_shared<SpdlogSink>(rings[1].name(), logbuf::SpdlogOptions{.pattern = "2 %v"});
  spdlog::logger both("both", {one, two});
  spdlog::logger alone("alone", one);
  both.info("a");
  alone.info("b");
  both.info("c");
  for (const char* const text : {"1 a", "1 b", "1 c"}) CHECK(take(first) == text);
  for (const char* const text : {"2 a", "2 c"}) CHECK(take(second) == text);
}

TEST_CASE("an asynchronous logger may be before the sink") {
  const test::ScratchRing ring;
  auto consumer = required(Consumer::attach(ring.name()));
  const auto sink = std::make_shared<SpdlogSink>(ring.name(), logbuf::SpdlogOptions{.pattern = "%v"});
  auto pool = std::make_shared<spdlog::details::thread_pool>(64, 1);
  const auto log = std::make_shared<spdlog::async_logger>("async", sink, pool, spdlog::async_overflow_policy::block);
  for (int n = 0; n < 20; ++n) log->info("{}", n);
  pool.reset();  // when all is done
  for (int n = 0; n < 20; ++n) CHECK(take(consumer) == std::to_string(n));
}

TEST_CASE("a flush waits for the disk where it was asked to, and tells when that was in vain") {
  const test::ScratchRing ring;
  auto consumer = required(Consumer::attach(ring.name()));
  Log patient(ring.name(), {.flush_waits_durable = std::chrono::minutes(2)});
  Log hasty(ring.name(), {.flush_waits_durable = std::chrono::nanoseconds(1)});
  Log careless(ring.name());
  hasty->flush();  // nothing was logged
  CHECK(hasty.errors.empty());
  for (Log* const log : {&patient, &hasty, &careless}) (*log)->info("x");
  careless->flush();
  CHECK(careless.errors.empty());
  hasty->flush();
  REQUIRE(hasty.errors.size() == 1);
  CHECK(hasty.errors[0].find("is not durable") != std::string::npos);
  // What an archiver says once its disk has said so.
  const logbuf::Position tail = ring.status().tail;
  consumer.report_archived({.written = tail, .synced = tail, .written_seq = 3, .synced_seq = 3});
  patient->flush();
  CHECK(patient.errors.empty());
}
