// Rings through the C API: made, looked at, closed, removed; what is wrong is said.
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "handles.hpp"

using namespace test;

namespace {

logbuf_segment_options small() {
  logbuf_segment_options options = LOGBUF_SEGMENT_OPTIONS_INIT;
  options.capacity = 4096;
  return options;
}

CSegment opened(const std::string& name) {
  return made<CSegment>([&](auto** to) { return logbuf_segment_open(name.c_str(), to); });
}

}  // namespace

TEST_CASE("A ring made from C has what its options say") {
  const ScratchName ring;
  auto options = small();
  options.kind = LOGBUF_SPSC;
  options.max_producers = 1;
  options.timestamps = true;
  REQUIRE(logbuf_segment_create(ring.name().c_str(), &options, nullptr) == LOGBUF_OK);
  const auto segment = opened(ring.name());
  logbuf_ring_info info = LOGBUF_RING_INFO_INIT;
  REQUIRE(logbuf_segment_info(segment.get(), &info) == LOGBUF_OK);
  const auto same = required(logbuf::Segment::open(ring.name())).info();
  CHECK(std::string(info.name) == ring.name());
  CHECK(info.capacity == 4096);
  CHECK(info.segment_size == same.segment_size);
  CHECK(info.max_payload == same.max_payload);
  CHECK(info.created_ns == same.created_ns);
  CHECK(info.creator_pid == same.creator_pid);
  CHECK(info.layout_version == same.layout_version);
  CHECK(std::memcmp(info.uuid, same.uuid.data(), sizeof info.uuid) == 0);
  CHECK(info.kind == LOGBUF_SPSC);
  CHECK(info.max_producers == 1);
  CHECK(info.timestamps);
  CHECK(info.size == sizeof info);
}

TEST_CASE("Options that are not given are the defaults of the C++ side") {
  const logbuf_segment_options options = LOGBUF_SEGMENT_OPTIONS_INIT;
  const logbuf::SegmentOptions defaults;
  CHECK(options.capacity == defaults.capacity);
  CHECK(options.kind == static_cast<std::uint32_t>(defaults.kind));
  CHECK(options.max_producers == defaults.max_producers);
  CHECK(options.mode == defaults.mode);
  CHECK(options.timestamps == defaults.timestamps);
  CHECK(options.huge_pages == defaults.huge_pages);
}

TEST_CASE("A failure has a number, a word for it, and a sentence that names the ring") {
  logbuf_segment* segment = nullptr;
  CHECK(logbuf_segment_open("test-no-such-ring", &segment) == LOGBUF_NO_SUCH_RING);
  CHECK(segment == nullptr);
  CHECK(std::string(logbuf_error_text(LOGBUF_NO_SUCH_RING)) == "no such ring");
  CHECK(std::string(logbuf_error_detail()).find("test-no-such-ring") != std::string::npos);
  CHECK(logbuf_segment_open("test-no-such-ring", nullptr) == LOGBUF_INVALID_ARGUMENT);
  CHECK(logbuf_segment_create("not/a/name", nullptr, nullptr) == LOGBUF_INVALID_NAME);
  CHECK(logbuf_segment_create(nullptr, nullptr, nullptr) == LOGBUF_INVALID_NAME);
  auto options = small();
  options.capacity = 5000;
  CHECK(logbuf_segment_create("test-never", &options, nullptr) == LOGBUF_INVALID_CAPACITY);
  CHECK(std::string(logbuf_error_detail()).find("8192") != std::string::npos);
  options = small();
  options.kind = 2;
  CHECK(logbuf_segment_create("test-never", &options, nullptr) == LOGBUF_INVALID_OPTION);
}

TEST_CASE("Every result has its own words, and so has what is none") {
  std::vector<std::string> texts;
  for (int result = 0; result <= LOGBUF_INTERNAL; ++result) {
    if ((result > LOGBUF_RING_NOT_EMPTY && result < LOGBUF_FULL) ||
        (result > LOGBUF_NO_CLAIM && result < LOGBUF_INVALID_ARGUMENT))
      continue;
    const std::string text = logbuf_error_text(result);
    CHECK_FALSE(text.empty());
    CHECK(text != "unknown error");
    CHECK(std::find(texts.begin(), texts.end(), text) == texts.end());
    texts.push_back(text);
  }
  CHECK(std::string(logbuf_error_text(50)) == "unknown error");
  CHECK(std::string(logbuf_error_text(-ENOENT)) == std::strerror(ENOENT));
}

TEST_CASE("Options of a later version are taken where they ask for nothing new, and refused where they do") {
  struct Later {
    logbuf_segment_options options;
    std::uint64_t more;
  };
  const ScratchName ring;
  Later later{.options = small(), .more = 0};
  later.options.size = sizeof later;
  CHECK(logbuf_segment_create(ring.name().c_str(), &later.options, nullptr) == LOGBUF_OK);
  later.more = 1;
  const ScratchName another;
  CHECK(logbuf_segment_create(another.name().c_str(), &later.options, nullptr) == LOGBUF_INVALID_OPTION);
  later.more = 0;
  later.options.reserved[1] = 1;
  CHECK(logbuf_segment_create(another.name().c_str(), &later.options, nullptr) == LOGBUF_INVALID_OPTION);
  later.options.size = SIZE_MAX;  // never set, say
  CHECK(logbuf_segment_create(another.name().c_str(), &later.options, nullptr) == LOGBUF_INVALID_ARGUMENT);
  later.options.size = sizeof later.options - 1;
  CHECK(logbuf_segment_create(another.name().c_str(), &later.options, nullptr) == LOGBUF_INVALID_ARGUMENT);
}

TEST_CASE("A structure of a later version is filled as far as it is known, and a shorter one is refused") {
  struct Later {
    logbuf_ring_info info;
    std::uint64_t more;
  };
  const ScratchRing ring;
  const auto segment = opened(ring.name());
  Later later{.info = LOGBUF_RING_INFO_INIT, .more = 42};
  later.info.size = sizeof later;
  CHECK(logbuf_segment_info(segment.get(), &later.info) == LOGBUF_OK);
  CHECK(later.info.capacity == 4096);
  CHECK(later.info.size == sizeof later);
  CHECK(later.more == 42);
  later.info.size = 8;
  CHECK(logbuf_segment_info(segment.get(), &later.info) == LOGBUF_INVALID_ARGUMENT);
}

TEST_CASE("All rings are listed, until the caller has seen enough") {
  const ScratchRing one;
  const ScratchRing two;
  std::vector<std::string> names;
  const auto keep = [](const char* name, void* to) {
    static_cast<std::vector<std::string>*>(to)->emplace_back(name);
    return 0;
  };
  CHECK(logbuf_segment_list(keep, &names) == LOGBUF_OK);
  CHECK(std::find(names.begin(), names.end(), one.name()) != names.end());
  CHECK(std::find(names.begin(), names.end(), two.name()) != names.end());
  CHECK(std::is_sorted(names.begin(), names.end()));
  int seen = 0;
  const auto one_only = [](const char*, void* to) { return ++*static_cast<int*>(to), 7; };
  CHECK(logbuf_segment_list(one_only, &seen) == 7);
  CHECK(seen == 1);
}

TEST_CASE("A status from C tells of both ends and of what was lost") {
  const ScratchRing ring;
  const auto consumer = c_consumer(ring, "reader");
  const auto producer = c_producer(ring, "writer");
  const auto another = c_producer(ring, "writer-2");
  CHECK(write(producer, "hello") == LOGBUF_OK);
  while (write(producer, std::string(1000, 'x'), 0, LOGBUF_DROP) == LOGBUF_OK) {
  }
  void* bytes = nullptr;
  CHECK(take(consumer) == "hello");
  CHECK(logbuf_producer_try_claim(another.get(), 8, 0, LOGBUF_RETRY, &bytes) == LOGBUF_OK);
  CHECK(logbuf_producer_abort(another.get()) == LOGBUF_OK);
  const auto segment = opened(ring.name());
  logbuf_ring_status status{};
  status.size = sizeof status;
  std::vector<logbuf_producer_status> producers(3);
  REQUIRE(logbuf_segment_status(segment.get(), &status, producers.data(), producers.size()) == LOGBUF_OK);
  const auto same = ring.status();
  CHECK(status.tail == same.tail);
  CHECK(status.consumed == same.consumed);
  CHECK(status.head == same.head);
  CHECK(status.records_consumed == 1);
  CHECK(status.producers_attached == 2);
  CHECK(status.consumers_attached == 1);
  CHECK(status.total_records == same.total_records);
  CHECK(status.total_bytes == same.total_bytes);
  CHECK(status.total_refused == 1);
  CHECK(status.total_aborted == 1);
  CHECK(status.blocked_slot == -1);
  CHECK_FALSE(status.closed);
  CHECK_FALSE(status.quarantined);
  CHECK_FALSE(status.has_archive);
  REQUIRE(status.has_consumer);
  CHECK(std::string(status.consumer.name) == "reader");
  CHECK(status.consumer.alive);
  REQUIRE(status.producers == 2);
  CHECK(std::string(producers[0].end.name) == "writer");
  CHECK(producers[0].end.attached_ns == same.producers[0].attached_ns);
  CHECK(producers[0].end.alive);
  CHECK(producers[0].records == same.producers[0].records);
  CHECK(producers[0].bytes == same.producers[0].bytes);
  CHECK(producers[0].refused == 1);
  CHECK(producers[1].slot == logbuf_producer_slot(another.get()));
  CHECK(producers[1].aborted == 1);

  SUBCASE("Where there is room for fewer producers, it says how many there are") {
    producers[1].slot = 99;
    REQUIRE(logbuf_segment_status(segment.get(), &status, producers.data(), 1) == LOGBUF_OK);
    CHECK(status.producers == 2);
    CHECK(producers[1].slot == 99);
    CHECK(logbuf_segment_status(segment.get(), &status, nullptr, 0) == LOGBUF_OK);
    CHECK(logbuf_segment_status(segment.get(), &status, nullptr, 1) == LOGBUF_INVALID_ARGUMENT);
  }
}

TEST_CASE("A ring that somebody needs is not removed from C") {
  const ScratchRing ring;
  const auto segment = opened(ring.name());
  auto producer = c_producer(ring);
  CHECK(write(producer, "x") == LOGBUF_OK);
  CHECK(logbuf_segment_remove(segment.get(), LOGBUF_IF_UNATTACHED) == LOGBUF_RING_IN_USE);
  producer.reset();
  CHECK(logbuf_segment_may_remove(segment.get(), LOGBUF_IF_EMPTY) == LOGBUF_RING_NOT_EMPTY);
  CHECK(logbuf_segment_may_remove(segment.get(), LOGBUF_IF_UNATTACHED) == LOGBUF_OK);
  CHECK(logbuf_segment_remove(segment.get(), 3) == LOGBUF_INVALID_ARGUMENT);
  CHECK(logbuf_segment_remove(segment.get(), LOGBUF_AT_ONCE) == LOGBUF_OK);
  CHECK(logbuf_segment_remove(segment.get(), LOGBUF_AT_ONCE) == LOGBUF_NO_SUCH_RING);
  CHECK(logbuf_segment_unlink(ring.name().c_str()) == LOGBUF_NO_SUCH_RING);
}

TEST_CASE("A ring that was closed from C takes no producer and no record") {
  const ScratchRing ring;
  const auto producer = c_producer(ring);
  const auto segment = opened(ring.name());
  CHECK(logbuf_segment_close(segment.get()) == LOGBUF_OK);
  CHECK(logbuf_producer_is_closed(producer.get()));
  CHECK(write(producer, "x") == LOGBUF_DISCONNECTED);
  logbuf_producer* late = nullptr;
  CHECK(logbuf_producer_attach(ring.name().c_str(), nullptr, &late) == LOGBUF_RING_CLOSED);
  CHECK(logbuf_segment_unlink(ring.name().c_str()) == LOGBUF_OK);
}

TEST_CASE("What a ring can be is asked without making one") {
  CHECK(logbuf_valid_capacity(4096));
  CHECK_FALSE(logbuf_valid_capacity(4097));
  CHECK(logbuf_valid_ring_name("orders"));
  CHECK_FALSE(logbuf_valid_ring_name("a/b"));
  CHECK_FALSE(logbuf_valid_ring_name(nullptr));
  CHECK(std::string(logbuf_version()).find('.') != std::string::npos);
}
