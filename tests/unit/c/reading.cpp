// Live rings and archives looked at through the C API; and no exception that leaves it.
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <new>
#include <string>

#include <logbuf/archive.hpp>

#include "../archive_support.hpp"
#include "handles.hpp"

using namespace test;

namespace {

// How many allocations still succeed; below 0: all.
int allocations_left = -1;

}  // namespace

void* operator new(std::size_t size) {
  if (allocations_left == 0) throw std::bad_alloc();
  if (allocations_left > 0) --allocations_left;
  if (void* const memory = std::malloc(size); memory != nullptr) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace {

CReader reader_of(const std::filesystem::path& path) {
  return made<CReader>([&](auto** to) { return logbuf_archive_open(path.c_str(), to); });
}

logbuf_archive_entry empty_entry() {
  logbuf_archive_entry entry{};
  entry.size = sizeof entry;
  return entry;
}

std::string payload(const logbuf_archive_record& record) {
  return {static_cast<const char*>(record.bytes), record.length};
}

// Three blocks of four records, of a ring with timestamps: seq s was written at second s.
void write_archive(const std::filesystem::path& directory) {
  namespace archive = logbuf::archive;
  auto writer = archive::test::open_writer(directory, archive::test::ring_of(1, true));
  REQUIRE(writer.append(archive::ProducerName{.slot = 3, .from = 0, .pid = 1, .name = "feed"}));
  logbuf::Position at = 0;
  for (int block = 0; block < 3; ++block) {
    archive::test::Bytes bytes(at, true);
    for (int i = 0; i < 4; ++i) {
      const int seq = block * 4 + i;
      bytes.record("record " + std::to_string(seq), 3, static_cast<std::uint16_t>(seq), seq * 1'000'000'000LL);
    }
    REQUIRE(writer.append(bytes.span()));
    at = bytes.end();
  }
  REQUIRE(writer.append(archive::Gap{.lost = 5, .from = at, .to = at + 200, .why = "released unread"}));
  REQUIRE(writer.seal());
}

}  // namespace

TEST_CASE("A live ring is looked at from C, and nothing is taken from it") {
  const ScratchRing ring({.capacity = 4096, .timestamps = true});
  const auto producer = c_producer(ring, "writer");
  CHECK(write(producer, "hello", 4) == LOGBUF_OK);
  const auto peek = made<CPeek>([&](auto** to) { return logbuf_peek_open(ring.name().c_str(), to); });
  logbuf_peeked peeked{};
  peeked.size = sizeof peeked;
  REQUIRE(logbuf_peek_next(peek.get(), &peeked) == LOGBUF_OK);
  CHECK(std::string(static_cast<const char*>(peeked.bytes), peeked.length) == "hello");
  CHECK(std::string(peeked.producer) == "writer");
  CHECK(peeked.missed == 0);
  CHECK(peeked.seq == 0);
  CHECK(peeked.type == 4);
  CHECK(peeked.slot == logbuf_producer_slot(producer.get()));
  CHECK(peeked.has_time);
  CHECK(logbuf_peek_next(peek.get(), &peeked) == LOGBUF_NOTHING);
  CHECK(logbuf_peek_position(peek.get()) == logbuf_peek_tail(peek.get()));
  const auto consumer = c_consumer(ring);
  CHECK(take(consumer) == "hello");

  // What was released before it was looked at, is told.
  CHECK(write(producer, "missed") == LOGBUF_OK);
  CHECK(take(consumer) == "missed");
  CHECK(write(producer, "seen") == LOGBUF_OK);
  logbuf_peek_wait(peek.get(), 0);
  REQUIRE(logbuf_peek_next(peek.get(), &peeked) == LOGBUF_OK);
  CHECK(peeked.missed == 1);
  CHECK(peeked.end > peeked.position);
  REQUIRE(logbuf_peek_next(peek.get(), &peeked) == LOGBUF_OK);
  CHECK(std::string(static_cast<const char*>(peeked.bytes), peeked.length) == "seen");
  logbuf_ring_info info = LOGBUF_RING_INFO_INIT;
  CHECK(logbuf_peek_info(peek.get(), &info) == LOGBUF_OK);
  CHECK(info.capacity == 4096);
  CHECK_FALSE(logbuf_peek_is_closed(peek.get()));
  logbuf_consumer_close(consumer.get());
  CHECK(logbuf_peek_is_closed(peek.get()));
}

TEST_CASE("An archive is read from C: records, their producers and times, and what was lost") {
  const logbuf::archive::test::TemporaryDirectory directory;
  write_archive(directory.path());
  CHECK(logbuf_is_archive(directory.path().c_str()));
  const auto reader = reader_of(directory.path());
  logbuf_archive_ring ring{};
  ring.size = sizeof ring;
  REQUIRE(logbuf_archive_get_ring(reader.get(), &ring) == LOGBUF_OK);
  CHECK(std::string(ring.name) == logbuf::archive::test::ring_of(1, true).name);
  CHECK(ring.uuid[0] == 1);
  CHECK(ring.capacity == 64 << 10);
  CHECK(ring.timestamps);
  auto entry = empty_entry();
  for (std::uint64_t seq = 0; seq < 12; ++seq) {
    REQUIRE(logbuf_archive_next(reader.get(), &entry) == LOGBUF_OK);
    REQUIRE(entry.kind == LOGBUF_ARCHIVE_RECORD);
    CHECK(entry.record.seq == seq);
    CHECK(payload(entry.record) == "record " + std::to_string(seq));
    CHECK(std::string(entry.record.producer, entry.record.producer_bytes) == "feed");
    CHECK(entry.record.slot == 3);
    CHECK(entry.record.type == seq);
    CHECK(entry.record.has_time);
    CHECK(entry.record.time_ns == static_cast<std::int64_t>(seq) * 1'000'000'000);
    CHECK(entry.record.drain_time_ns > 0);
  }
  REQUIRE(logbuf_archive_next(reader.get(), &entry) == LOGBUF_OK);
  REQUIRE(entry.kind == LOGBUF_ARCHIVE_GAP);
  CHECK(entry.gap.lost_known);
  CHECK(entry.gap.lost == 5);
  CHECK(std::string(entry.gap.why).find("released unread") != std::string::npos);
  CHECK(entry.gap.slot == -1);
  CHECK(std::string(entry.gap.producer).empty());
  CHECK(entry.gap.to - entry.gap.from == 200);
  CHECK(logbuf_archive_next(reader.get(), &entry) == LOGBUF_NOTHING);
  logbuf_archive_totals totals{};
  totals.size = sizeof totals;
  REQUIRE(logbuf_archive_get_totals(reader.get(), &totals) == LOGBUF_OK);
  CHECK(totals.records == 12);
  CHECK(totals.lost == 5);
  CHECK(totals.gaps == 1);
  CHECK(totals.files == 1);
  CHECK(totals.next_seq == 12);
}

TEST_CASE("A C reader goes to a seq, to a time, to the last records, and takes many at once") {
  const logbuf::archive::test::TemporaryDirectory directory;
  write_archive(directory.path());
  const auto reader = reader_of(directory.path());
  auto entry = empty_entry();
  CHECK(logbuf_archive_seek_seq(reader.get(), 6) == LOGBUF_OK);
  REQUIRE(logbuf_archive_next(reader.get(), &entry) == LOGBUF_OK);
  CHECK(entry.record.seq == 6);
  const logbuf_archive_record* records = nullptr;
  std::size_t count = 0;
  REQUIRE(logbuf_archive_more(reader.get(), &records, &count) == LOGBUF_OK);
  REQUIRE(count == 1);
  CHECK(payload(records[0]) == "record 7");
  CHECK(logbuf_archive_more(reader.get(), &records, &count) == LOGBUF_NOTHING);
  CHECK(logbuf_archive_seek_time(reader.get(), 9'000'000'000) == LOGBUF_OK);
  REQUIRE(logbuf_archive_next(reader.get(), &entry) == LOGBUF_OK);
  CHECK(entry.record.seq == 8);
  CHECK(logbuf_archive_seek_last(reader.get(), 2) == LOGBUF_OK);
  REQUIRE(logbuf_archive_next(reader.get(), &entry) == LOGBUF_OK);
  CHECK(entry.record.seq == 10);
  std::uint64_t end = 0;
  CHECK(logbuf_archive_end_seq(reader.get(), &end) == LOGBUF_OK);
  CHECK(end == 12);
}

TEST_CASE("What is no archive is refused, with its name") {
  logbuf_archive_reader* reader = nullptr;
  CHECK(logbuf_archive_open("/nowhere/at/all", &reader) == -ENOENT);
  CHECK(std::string(logbuf_error_detail()).find("/nowhere/at/all") != std::string::npos);
  const logbuf::archive::test::TemporaryDirectory directory;
  CHECK(logbuf_archive_open(directory.path().c_str(), &reader) == LOGBUF_NOT_AN_ARCHIVE);
  CHECK_FALSE(logbuf_is_archive(directory.path().c_str()));
  CHECK(reader == nullptr);
  CHECK(logbuf_archive_open(directory.path().c_str(), nullptr) == LOGBUF_INVALID_ARGUMENT);
  for (const int result :
       {logbuf_archive_next(nullptr, nullptr), logbuf_archive_more(nullptr, nullptr, nullptr),
        logbuf_archive_seek_seq(nullptr, 0), logbuf_archive_seek_last(nullptr, 0), logbuf_archive_seek_time(nullptr, 0),
        logbuf_archive_end_seq(nullptr, nullptr), logbuf_archive_get_totals(nullptr, nullptr),
        logbuf_archive_get_ring(nullptr, nullptr), logbuf_peek_open("x", nullptr), logbuf_peek_next(nullptr, nullptr),
        logbuf_peek_info(nullptr, nullptr)}) {
    CHECK(result == LOGBUF_INVALID_ARGUMENT);
  }
  logbuf_archive_close(nullptr);
  logbuf_peek_close(nullptr);
  logbuf_peek_wait(nullptr, 0);
}

TEST_CASE("Where there is no memory, a result says so: no exception leaves the library, and nothing is left behind") {
  const logbuf::archive::test::TemporaryDirectory directory;
  write_archive(directory.path());
  const ScratchRing ring;
  const std::string path = directory.path().string();
  int refused = 0;
  bool done = false;
  for (int allowed = 0; !done; ++allowed) {
    REQUIRE(allowed < 10000);
    logbuf_archive_entry entry = empty_entry();
    logbuf_ring_status status{};
    status.size = sizeof status;
    logbuf_archive_reader* reader = nullptr;
    logbuf_segment* segment = nullptr;
    logbuf_producer* producer = nullptr;
    logbuf_consumer* consumer = nullptr;
    allocations_left = allowed;
    int result = logbuf_segment_open(ring.name().c_str(), &segment);
    if (result == LOGBUF_OK)
      result = logbuf_producer_attach(ring.name().c_str(), "a name that is allocated", &producer);
    if (result == LOGBUF_OK)
      result = logbuf_consumer_attach(ring.name().c_str(), "a name that is allocated", &consumer);
    if (result == LOGBUF_OK) result = logbuf_segment_status(segment, &status, nullptr, 0);
    if (result == LOGBUF_OK) result = logbuf_archive_open(path.c_str(), &reader);
    if (result == LOGBUF_OK) result = logbuf_archive_next(reader, &entry);
    allocations_left = -1;
    logbuf_archive_close(reader);
    logbuf_consumer_detach(consumer);
    logbuf_producer_detach(producer);
    logbuf_segment_free(segment);
    done = result == LOGBUF_OK;
    if (!done) {
      CAPTURE(allowed);
      CHECK(result == -ENOMEM);
      CHECK(std::string(logbuf_error_detail()) == "out of memory");
      ++refused;
    }
  }
  CHECK(refused > 10);
}
