// Queues through the C API: claim, commit, abort, batches, release; each misuse has its result.
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>

#include "child.hpp"
#include "handles.hpp"

using namespace test;

namespace {

logbuf_segment_options small(std::uint32_t kind = LOGBUF_MPSC) {
  logbuf_segment_options options = LOGBUF_SEGMENT_OPTIONS_INIT;
  options.capacity = 4096;
  options.kind = kind;
  if (kind == LOGBUF_SPSC) options.max_producers = 1;
  return options;
}

struct Ends {
  explicit Ends(std::uint32_t kind) {
    const auto options = small(kind);
    logbuf_producer* first = nullptr;
    logbuf_consumer* second = nullptr;
    REQUIRE(logbuf_queue_create(&options, &first, &second) == LOGBUF_OK);
    producer.reset(first);
    consumer.reset(second);
  }
  CProducer producer;
  CConsumer consumer;
};

}  // namespace

TEST_CASE("What is claimed, written and committed from C is what the consumer gets, of either kind of ring") {
  for (const std::uint32_t kind : {LOGBUF_MPSC, LOGBUF_SPSC}) {
    CAPTURE(kind);
    const ScratchRing ring({.capacity = 4096, .kind = static_cast<logbuf::Kind>(kind), .timestamps = true});
    const auto producer = c_producer(ring);
    const auto consumer = c_consumer(ring);
    void* bytes = nullptr;
    REQUIRE(logbuf_producer_try_claim(producer.get(), 5, 7, LOGBUF_RETRY, &bytes) == LOGBUF_OK);
    CHECK(reinterpret_cast<std::uintptr_t>(bytes) % 8 == 0);
    std::memcpy(bytes, "hello", 5);
    logbuf_record record{};
    CHECK(logbuf_consumer_try_claim(consumer.get(), &record) == LOGBUF_NOTHING);
    std::uint64_t position = 99;
    CHECK(logbuf_producer_commit(producer.get(), &position) == LOGBUF_OK);
    REQUIRE(logbuf_consumer_try_claim(consumer.get(), &record) == LOGBUF_OK);
    CHECK(text_of(record) == "hello");
    CHECK(record.position == position);
    CHECK(record.type == 7);
    CHECK(record.slot == logbuf_producer_slot(producer.get()));
    CHECK(record.has_time);
    CHECK(record.time_ns > 0);
    CHECK(logbuf_consumer_position(consumer.get()) == 0);
    CHECK(logbuf_consumer_release(consumer.get()) == LOGBUF_OK);
    CHECK(logbuf_consumer_position(consumer.get()) == logbuf_consumer_tail(consumer.get()));
    CHECK(logbuf_consumer_records_consumed(consumer.get()) == 1);
  }
}

TEST_CASE("A C producer has one claim at a time, and says where it has none") {
  const Ends ends(LOGBUF_MPSC);
  void* bytes = nullptr;
  CHECK(logbuf_producer_commit(ends.producer.get(), nullptr) == LOGBUF_NO_CLAIM);
  CHECK(logbuf_producer_abort(ends.producer.get()) == LOGBUF_NO_CLAIM);
  REQUIRE(logbuf_producer_try_claim(ends.producer.get(), 5, 0, LOGBUF_RETRY, &bytes) == LOGBUF_OK);
  CHECK(logbuf_producer_try_claim(ends.producer.get(), 5, 0, LOGBUF_RETRY, &bytes) == LOGBUF_BUSY);
  CHECK(write(ends.producer, "x") == LOGBUF_BUSY);
  CHECK(logbuf_producer_abort(ends.producer.get()) == LOGBUF_OK);
  CHECK(logbuf_producer_commit(ends.producer.get(), nullptr) == LOGBUF_NO_CLAIM);
  CHECK(write(ends.producer, "x") == LOGBUF_OK);
  CHECK(take(ends.consumer) == "x");
}

TEST_CASE("A C consumer has one claim or batch at a time, and says where it has none") {
  const Ends ends(LOGBUF_SPSC);
  logbuf_record record{};
  logbuf_batch batch{};
  CHECK(logbuf_consumer_release(ends.consumer.get()) == LOGBUF_NO_CLAIM);
  CHECK(logbuf_consumer_next(ends.consumer.get(), &record) == LOGBUF_NO_CLAIM);
  CHECK(logbuf_consumer_walk(ends.consumer.get()) == LOGBUF_NO_CLAIM);
  CHECK(logbuf_consumer_batch(ends.consumer.get(), &batch) == LOGBUF_NO_CLAIM);
  CHECK(logbuf_consumer_keep(ends.consumer.get()) == LOGBUF_NO_CLAIM);
  CHECK(write(ends.producer, "x") == LOGBUF_OK);
  CHECK(write(ends.producer, "y") == LOGBUF_OK);
  REQUIRE(logbuf_consumer_try_claim(ends.consumer.get(), &record) == LOGBUF_OK);
  CHECK(logbuf_consumer_try_claim(ends.consumer.get(), &record) == LOGBUF_BUSY);
  CHECK(logbuf_consumer_try_claim_batch(ends.consumer.get(), 4096) == LOGBUF_BUSY);
  CHECK(logbuf_consumer_keep(ends.consumer.get()) == LOGBUF_NO_CLAIM);
  CHECK(logbuf_consumer_release(ends.consumer.get()) == LOGBUF_OK);
  REQUIRE(logbuf_consumer_try_claim_batch(ends.consumer.get(), 4096) == LOGBUF_OK);
  CHECK(logbuf_consumer_try_claim(ends.consumer.get(), &record) == LOGBUF_BUSY);
  CHECK(logbuf_consumer_release(ends.consumer.get()) == LOGBUF_OK);
  CHECK(take(ends.consumer) == "y");
}

TEST_CASE("What cannot be claimed has the result of the reason") {
  const Ends ends(LOGBUF_MPSC);
  const std::size_t most = logbuf_producer_max_payload(ends.producer.get());
  void* bytes = nullptr;
  CHECK(logbuf_producer_try_claim(ends.producer.get(), 0, 0, LOGBUF_RETRY, &bytes) == LOGBUF_EMPTY);
  CHECK(logbuf_producer_try_claim(ends.producer.get(), most + 1, 0, LOGBUF_RETRY, &bytes) == LOGBUF_TOO_LARGE);
  CHECK(logbuf_producer_try_claim(ends.producer.get(), 8, 0, 2, &bytes) == LOGBUF_INVALID_ARGUMENT);
  CHECK(logbuf_producer_try_claim(ends.producer.get(), 8, 0, LOGBUF_RETRY, nullptr) == LOGBUF_INVALID_ARGUMENT);
  CHECK(logbuf_producer_try_claim(nullptr, 8, 0, LOGBUF_RETRY, &bytes) == LOGBUF_INVALID_ARGUMENT);
  CHECK(logbuf_producer_try_write(ends.producer.get(), nullptr, 8, 0, LOGBUF_RETRY, nullptr) ==
        LOGBUF_INVALID_ARGUMENT);
  CHECK(bytes == nullptr);
  CHECK(write(ends.producer, std::string(most, 'x')) == LOGBUF_OK);
  CHECK(write(ends.producer, std::string(most, 'x')) == LOGBUF_OK);
  CHECK(write(ends.producer, "x", 0, LOGBUF_RETRY) == LOGBUF_FULL);
  CHECK(write(ends.producer, "x", 0, LOGBUF_DROP) == LOGBUF_FULL);
  std::uint64_t total = 0;
  std::uint64_t earlier = 9;
  CHECK(logbuf_consumer_refusals(ends.consumer.get(), logbuf_producer_slot(ends.producer.get()), &total, &earlier) ==
        LOGBUF_OK);
  CHECK(total == 1);
  CHECK(earlier == 0);
  CHECK(logbuf_consumer_refusals(ends.consumer.get(), 4096, &total, &earlier) == LOGBUF_INVALID_ARGUMENT);
}

TEST_CASE("A batch claimed from C comes whole, and its position is the last record's") {
  const Ends ends(LOGBUF_MPSC);
  const std::array<std::size_t, 3> lengths{5, 1, 30};
  std::array<void*, 3> bytes{};
  REQUIRE(logbuf_producer_try_claim_batch(ends.producer.get(), lengths.data(), 3, 9, LOGBUF_RETRY, bytes.data()) ==
          LOGBUF_OK);
  for (std::size_t i = 0; i < 3; ++i) std::memset(bytes[i], static_cast<int>('a' + i), lengths[i]);
  CHECK(logbuf_consumer_try_claim_batch(ends.consumer.get(), 4096) == LOGBUF_NOTHING);
  std::uint64_t position = 0;
  REQUIRE(logbuf_producer_commit(ends.producer.get(), &position) == LOGBUF_OK);
  REQUIRE(logbuf_consumer_try_claim_batch(ends.consumer.get(), 4096) == LOGBUF_OK);
  logbuf_record record{};
  for (std::size_t i = 0; i < 3; ++i) {
    REQUIRE(logbuf_consumer_next(ends.consumer.get(), &record) == LOGBUF_OK);
    CHECK(text_of(record) == std::string(lengths[i], static_cast<char>('a' + i)));
    CHECK(record.type == 9);
  }
  CHECK(record.position == position);
  CHECK(logbuf_consumer_next(ends.consumer.get(), &record) == LOGBUF_NOTHING);
  logbuf_batch batch{};
  REQUIRE(logbuf_consumer_batch(ends.consumer.get(), &batch) == LOGBUF_OK);
  CHECK(batch.begin == 0);
  CHECK(batch.end == logbuf_consumer_tail(ends.consumer.get()));
  CHECK(batch.records == 3);
  CHECK(batch.first_record == 0);
  CHECK(batch.data_bytes == batch.end);
  CHECK(batch.data != nullptr);

  SUBCASE("what is kept stays in the ring") {
    CHECK(logbuf_consumer_keep(ends.consumer.get()) == LOGBUF_OK);
    CHECK(take(ends.consumer) == "aaaaa");
  }
  SUBCASE("what is released is gone") {
    CHECK(logbuf_consumer_release(ends.consumer.get()) == LOGBUF_OK);
    CHECK(take(ends.consumer).empty());
  }
}

TEST_CASE("A batch that is aborted from C leaves nothing, and one that is walked is released whole") {
  const Ends ends(LOGBUF_MPSC);
  const std::array<std::size_t, 2> lengths{5, 6};
  std::array<void*, 2> bytes{};
  REQUIRE(logbuf_producer_try_claim_batch(ends.producer.get(), lengths.data(), 2, 0, LOGBUF_RETRY, bytes.data()) ==
          LOGBUF_OK);
  CHECK(logbuf_producer_abort(ends.producer.get()) == LOGBUF_OK);
  CHECK(take(ends.consumer).empty());
  for (const char* text : {"a", "b", "c"}) CHECK(write(ends.producer, text) == LOGBUF_OK);
  REQUIRE(logbuf_consumer_try_claim_batch(ends.consumer.get(), 4096) == LOGBUF_OK);
  CHECK(logbuf_consumer_walk(ends.consumer.get()) == LOGBUF_OK);
  CHECK(logbuf_consumer_release(ends.consumer.get()) == LOGBUF_OK);
  CHECK(logbuf_consumer_records_consumed(ends.consumer.get()) == 3);
}

TEST_CASE("What a C handle had open is given back with it") {
  const ScratchRing ring;
  auto consumer = c_consumer(ring);
  auto producer = c_producer(ring);
  void* bytes = nullptr;
  REQUIRE(logbuf_producer_try_claim(producer.get(), 5, 0, LOGBUF_RETRY, &bytes) == LOGBUF_OK);
  producer.reset();
  CHECK(logbuf_consumer_state(consumer.get()) == LOGBUF_RING_READY);  // the skip of the abort
  producer = c_producer(ring);
  CHECK(write(producer, "x") == LOGBUF_OK);
  CHECK(write(producer, "y") == LOGBUF_OK);
  logbuf_record record{};
  REQUIRE(logbuf_consumer_try_claim(consumer.get(), &record) == LOGBUF_OK);
  consumer.reset();
  consumer = c_consumer(ring);
  CHECK(take(consumer) == "y");
}

TEST_CASE("A dead process's claim is made a skip, and the next record comes") {
  const ScratchRing ring;
  const auto consumer = c_consumer(ring);
  CHECK(in_child([&] {
          logbuf_producer* mine = nullptr;
          void* bytes = nullptr;
          if (logbuf_producer_attach(ring.name().c_str(), "victim", &mine) != LOGBUF_OK) return 1;
          return logbuf_producer_try_claim(mine, 100, 0, LOGBUF_RETRY, &bytes) == LOGBUF_OK ? 0 : 2;
        }) == 0);
  const auto producer = c_producer(ring);
  CHECK(write(producer, "behind") == LOGBUF_OK);
  CHECK(take(consumer).empty());
  CHECK(logbuf_consumer_state(consumer.get()) == LOGBUF_RING_BLOCKED);
  logbuf_blockage blockage{};
  blockage.size = sizeof blockage;
  REQUIRE(logbuf_consumer_unblock(consumer.get(), &blockage) == LOGBUF_OK);
  CHECK(blockage.kind == LOGBUF_BLOCKAGE_RECOVERED);
  CHECK(blockage.position == 0);
  CHECK(blockage.extent_bytes == 112);
  CHECK(std::string(blockage.producer.name) == "victim");
  CHECK(take(consumer) == "behind");
}

TEST_CASE("Two C producers have two slots, and who has one is told") {
  const ScratchRing ring;
  const auto consumer = c_consumer(ring);
  const auto producer = c_producer(ring, "twin");
  const auto another = made<CProducer>([&](auto** to) { return logbuf_producer_clone(producer.get(), to); });
  const std::uint16_t slot = logbuf_producer_slot(another.get());
  CHECK(slot != logbuf_producer_slot(producer.get()));
  logbuf_end_status end{};
  REQUIRE(logbuf_consumer_producer(consumer.get(), slot, &end) == LOGBUF_OK);
  CHECK(std::string(end.name) == "twin");
  CHECK(end.pid == static_cast<std::uint32_t>(::getpid()));
  CHECK(logbuf_consumer_incarnation(consumer.get(), slot) == 1);
  CHECK(logbuf_consumer_producer(consumer.get(), 4096, &end) == LOGBUF_INVALID_ARGUMENT);
  CHECK(logbuf_consumer_has_producers(consumer.get()));
  CHECK(logbuf_consumer_had_producers(consumer.get()));
  CHECK(logbuf_producer_has_consumer(producer.get()));
  logbuf_consumer* second = nullptr;
  CHECK(logbuf_consumer_attach(ring.name().c_str(), nullptr, &second) == LOGBUF_CONSUMER_PRESENT);
}

TEST_CASE("A handle that fork() copied refuses in the child") {
  const ScratchRing ring;
  const auto producer = c_producer(ring);
  void* bytes = nullptr;
  std::uint64_t position = 99;
  REQUIRE(logbuf_producer_try_claim(producer.get(), 5, 0, LOGBUF_RETRY, &bytes) == LOGBUF_OK);
  CHECK(in_child([&] {
          logbuf_producer* another = nullptr;
          if (logbuf_producer_clone(producer.get(), &another) != LOGBUF_NOT_PERMITTED) return 1;
          if (logbuf_producer_commit(producer.get(), &position) != LOGBUF_DISCONNECTED || position != 99) return 2;
          if (logbuf_producer_abort(producer.get()) != LOGBUF_DISCONNECTED) return 3;
          return write(producer, "x") == LOGBUF_DISCONNECTED ? 0 : 4;
        }) == 0);
  CHECK(logbuf_producer_commit(producer.get(), &position) == LOGBUF_OK);
  CHECK(write(producer, "x") == LOGBUF_OK);
}

TEST_CASE("A C producer waits until an archiver says that its record is durable, or that the time is over") {
  const ScratchRing ring;
  const auto consumer = c_consumer(ring);
  const auto producer = c_producer(ring);
  std::uint64_t position = 0;
  CHECK(write(producer, "first") == LOGBUF_OK);
  CHECK(write(producer, "second", 0, LOGBUF_RETRY, &position) == LOGBUF_OK);
  CHECK(logbuf_producer_wait_durable(producer.get(), position, 0) == LOGBUF_TIMEOUT);
  const logbuf_archive_progress progress{.written = 64, .synced = 64, .written_seq = 2, .synced_seq = 2};
  CHECK(logbuf_consumer_report_archived(consumer.get(), &progress) == LOGBUF_OK);
  CHECK(logbuf_producer_wait_durable(producer.get(), position, -1) == LOGBUF_OK);
  logbuf_ring_status status{};
  status.size = sizeof status;
  REQUIRE(logbuf_consumer_status(consumer.get(), &status, nullptr, 0) == LOGBUF_OK);
  CHECK(status.has_archive);
  CHECK(status.archive_written == 64);
  CHECK(status.archive_synced == 64);
  CHECK(status.archive_written_seq == 2);
  CHECK(status.archive_synced_seq == 2);
  logbuf_consumer_close(consumer.get());
  CHECK(logbuf_consumer_is_closed(consumer.get()));
  CHECK(logbuf_producer_wait_durable(producer.get(), 4000, 0) == LOGBUF_TIMEOUT);
}

TEST_CASE("A parked C consumer is woken by notify, and by an interrupt that came before") {
  const Ends ends(LOGBUF_MPSC);
  CHECK(write(ends.producer, "x") == LOGBUF_OK);
  logbuf_consumer_park(ends.consumer.get(), -1);  // there is a record
  CHECK(take(ends.consumer) == "x");
  logbuf_consumer_interrupt(ends.consumer.get());
  logbuf_consumer_park(ends.consumer.get(), -1);
  logbuf_producer_notify(ends.producer.get());
}

TEST_CASE("NULL is refused by every call on a queue, and ends nothing") {
  logbuf_producer_detach(nullptr);
  logbuf_consumer_detach(nullptr);
  logbuf_producer_notify(nullptr);
  logbuf_consumer_close(nullptr);
  logbuf_consumer_park(nullptr, -1);
  logbuf_consumer_interrupt(nullptr);
  const ScratchRing ring;
  const char* const name = ring.name().c_str();
  for (const int result : {logbuf_producer_attach(name, nullptr, nullptr),
                           logbuf_consumer_attach(name, nullptr, nullptr),
                           logbuf_queue_create(nullptr, nullptr, nullptr),
                           logbuf_producer_clone(nullptr, nullptr),
                           logbuf_producer_commit(nullptr, nullptr),
                           logbuf_producer_abort(nullptr),
                           logbuf_producer_try_write(nullptr, "x", 1, 0, 0, nullptr),
                           logbuf_producer_try_claim_batch(nullptr, nullptr, 0, 0, 0, nullptr),
                           logbuf_producer_wait_durable(nullptr, 0, 0),
                           logbuf_consumer_try_claim(nullptr, nullptr),
                           logbuf_consumer_try_claim_batch(nullptr, 1),
                           logbuf_consumer_next(nullptr, nullptr),
                           logbuf_consumer_walk(nullptr),
                           logbuf_consumer_batch(nullptr, nullptr),
                           logbuf_consumer_release(nullptr),
                           logbuf_consumer_keep(nullptr),
                           logbuf_consumer_unblock(nullptr, nullptr),
                           logbuf_consumer_info(nullptr, nullptr),
                           logbuf_consumer_status(nullptr, nullptr, nullptr, 0),
                           logbuf_consumer_producer(nullptr, 0, nullptr),
                           logbuf_consumer_refusals(nullptr, 0, nullptr, nullptr),
                           logbuf_consumer_report_archived(nullptr, nullptr),
                           logbuf_segment_info(nullptr, nullptr),
                           logbuf_segment_status(nullptr, nullptr, nullptr, 0),
                           logbuf_segment_close(nullptr),
                           logbuf_segment_list(nullptr, nullptr)}) {
    CHECK(result == LOGBUF_INVALID_ARGUMENT);
  }
  CHECK(logbuf_producer_max_payload(nullptr) == 0);
  CHECK(logbuf_producer_is_closed(nullptr));
  CHECK_FALSE(logbuf_producer_has_consumer(nullptr));
  CHECK(logbuf_consumer_state(nullptr) == LOGBUF_RING_IS_EMPTY);
}
