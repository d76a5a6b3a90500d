#include "watch.hpp"

#include <doctest/doctest.h>

#include <chrono>

using namespace logbuf::rings;
using namespace std::chrono_literals;

namespace {

const Watch::Time kStart{std::chrono::hours(1)};

Seen ring(const std::string& name) {
  Look look;
  look.info.name = name;
  look.info.capacity = 1 << 20;
  return {name, look, {}, ""};
}

Seen with_records(std::uint64_t records, std::uint64_t consumed) {
  Seen seen = ring("orders");
  seen.look->status.total_records = records;
  seen.look->status.total_bytes = records * 10;
  seen.look->status.records_consumed = consumed;
  seen.look->status.tail = records * 32;
  seen.look->status.consumed = consumed * 32;
  return seen;
}

Seen archived(std::uint64_t records, std::uint64_t consumed, std::uint64_t durable) {
  Seen seen = with_records(records, consumed);
  seen.look->status.archive = logbuf::ArchiveProgress{.written = consumed * 32, .synced = durable * 32};
  return seen;
}

Seen with_producer(std::int64_t attached_ns, std::uint64_t records) {
  Seen seen = with_records(records, records);
  logbuf::ProducerStatus producer;
  producer.slot = 4;
  producer.attached_ns = attached_ns;
  producer.records = records;
  seen.look->status.producers.push_back(producer);
  return seen;
}

}  // namespace

TEST_CASE("the first look at a ring has no rates, and the second those since the first") {
  Watch watch;
  CHECK_FALSE(watch.compare({with_records(100, 50)}, kStart).at(0).rates);
  const Watched second = watch.compare({with_records(300, 150)}, kStart + 2s).at(0);
  REQUIRE(second.rates);
  CHECK(second.rates->records == 100);
  CHECK(second.rates->bytes == 1000);
  CHECK(second.rates->refused == 0);
  CHECK(second.consumed_records == 50);
}

TEST_CASE("a ring that was made anew, or was not there at the last look, begins again") {
  Watch watch;
  watch.compare({with_records(100, 50)}, kStart);
  Seen other = with_records(10, 0);
  other.look->info.uuid[3] = std::byte{1};
  CHECK_FALSE(watch.compare({other}, kStart + 1s).at(0).rates);
  CHECK(watch.compare({}, kStart + 2s).empty());
  CHECK_FALSE(watch.compare({other}, kStart + 3s).at(0).rates);
}

TEST_CASE("the rates of a producer are its own, and not those of the one that had its slot before") {
  Watch watch;
  watch.compare({with_producer(7, 1000)}, kStart);
  CHECK(watch.compare({with_producer(7, 1500)}, kStart + 1s).at(0).producers.at(4).records == 500);
  CHECK(watch.compare({with_producer(8, 30)}, kStart + 2s).at(0).producers.at(4).records == 30);
}

TEST_CASE("the lag is the time since the last look at which all that was there has been read") {
  Watch watch;
  CHECK(watch.compare({with_records(100, 100)}, kStart).at(0).consumer_lag->time == 0s);
  watch.compare({with_records(200, 100)}, kStart + 1s);
  watch.compare({with_records(300, 100)}, kStart + 2s);
  const Watched behind = watch.compare({with_records(400, 100)}, kStart + 3s).at(0);
  CHECK(behind.consumer_lag->time == 3s);
  CHECK_FALSE(behind.consumer_lag->perhaps_longer);
  CHECK(watch.compare({with_records(500, 250)}, kStart + 4s).at(0).consumer_lag->time == 3s);
  CHECK(watch.compare({with_records(500, 500)}, kStart + 5s).at(0).consumer_lag->time == 0s);
}

TEST_CASE("records that waited before the first look have a lag of which only the least is known") {
  Watch watch;
  watch.compare({with_records(100, 50)}, kStart);
  const Watched behind = watch.compare({with_records(100, 60)}, kStart + 4s).at(0);
  CHECK(behind.consumer_lag->time == 4s);
  CHECK(behind.consumer_lag->perhaps_longer);
}

TEST_CASE("what is read and not durable has a lag of its own") {
  Watch watch;
  watch.compare({archived(100, 100, 100)}, kStart);
  watch.compare({archived(200, 200, 100)}, kStart + 1s);
  const Watched behind = watch.compare({archived(300, 300, 200)}, kStart + 3s).at(0);
  CHECK(behind.consumer_lag->time == 0s);
  CHECK(behind.durable_lag->time == 2s);
  CHECK_FALSE(watch.compare({with_records(300, 300)}, kStart + 4s).at(0).durable_lag);
}

TEST_CASE("the lag of a reader that has stopped goes on growing however often one looks") {
  Watch watch;
  Watched last;
  constexpr int looks = 5000;
  for (int i = 0; i <= looks; ++i) {
    last = watch.compare({with_records(static_cast<std::uint64_t>(i) + 1, 1)}, kStart + i * 1s).at(0);
  }
  CHECK(last.consumer_lag->time == looks * 1s);
  const Lag half = *watch.compare({with_records(looks + 1, looks / 2)}, kStart + looks * 1s).at(0).consumer_lag;
  CHECK(half.time >= looks / 2 * 1s);
  CHECK(half.time < looks * 52 / 100 * 1s);
}

TEST_CASE("where the end of a ring goes backwards, which no producer does, its lag begins again") {
  Watch watch;
  watch.compare({with_records(100, 50)}, kStart);
  watch.compare({with_records(200, 50)}, kStart + 1s);
  const Lag lag = *watch.compare({with_records(80, 50)}, kStart + 2s).at(0).consumer_lag;
  CHECK(lag.time == 0s);
  CHECK(lag.perhaps_longer);
}

TEST_CASE("a ring of which nothing can be told has neither rates nor lag") {
  Watch watch;
  Seen closed_to_us{"secret", std::nullopt, {}, "may not be read"};
  CHECK_FALSE(watch.compare({closed_to_us}, kStart).at(0).rates);
  Seen damaged = with_records(100, 50);
  damaged.look->sound = false;
  CHECK_FALSE(watch.compare({damaged}, kStart + 1s).at(0).consumer_lag);
}
