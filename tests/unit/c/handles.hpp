// C handles that end by themselves, rings of a test's own, and what a C call must have returned.
#pragma once

#include <doctest/doctest.h>

#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include <logbuf/logbuf.h>

#include "scratch_ring.hpp"

namespace test {

template <auto end>
struct End {
  template <typename Handle>
  void operator()(Handle* handle) const {
    end(handle);
  }
};
using CSegment = std::unique_ptr<logbuf_segment, End<logbuf_segment_free>>;
using CProducer = std::unique_ptr<logbuf_producer, End<logbuf_producer_detach>>;
using CConsumer = std::unique_ptr<logbuf_consumer, End<logbuf_consumer_detach>>;
using CSender = std::unique_ptr<logbuf_sender, End<logbuf_sender_detach>>;
using CReceiver = std::unique_ptr<logbuf_receiver, End<logbuf_receiver_detach>>;
using CPeek = std::unique_ptr<logbuf_peek, End<logbuf_peek_close>>;
using CReader = std::unique_ptr<logbuf_archive_reader, End<logbuf_archive_close>>;

// What `make` puts in its last argument, which it is given alone; or the test fails with the reason.
template <typename Owner, typename Make>
Owner made(Make make) {
  typename Owner::pointer handle = nullptr;
  const int result = make(&handle);
  REQUIRE_MESSAGE(result == LOGBUF_OK, logbuf_error_text(result), ": ", logbuf_error_detail());
  REQUIRE(handle != nullptr);
  return Owner(handle);
}

inline CProducer c_producer(const ScratchName& ring, const char* as = nullptr) {
  return made<CProducer>([&](auto** to) { return logbuf_producer_attach(ring.name().c_str(), as, to); });
}
inline CConsumer c_consumer(const ScratchName& ring, const char* as = nullptr) {
  return made<CConsumer>([&](auto** to) { return logbuf_consumer_attach(ring.name().c_str(), as, to); });
}
inline CSender c_sender(const ScratchName& ring, const char* as = nullptr) {
  return made<CSender>([&](auto** to) { return logbuf_sender_attach(ring.name().c_str(), as, to); });
}
inline CReceiver c_receiver(const ScratchName& ring, const char* as = nullptr) {
  return made<CReceiver>([&](auto** to) { return logbuf_receiver_attach(ring.name().c_str(), as, to); });
}

inline std::string text_of(const logbuf_record& record) {
  return {static_cast<const char*>(record.bytes), record.length};
}

inline int write(const CProducer& producer, std::string_view text, std::uint16_t type = 0, int if_full = LOGBUF_RETRY,
                 std::uint64_t* position = nullptr) {
  return logbuf_producer_try_write(producer.get(), text.data(), text.size(), type, if_full, position);
}

// The next record, released; "" where there is none.
inline std::string take(const CConsumer& consumer) {
  logbuf_record record{};
  if (logbuf_consumer_try_claim(consumer.get(), &record) != LOGBUF_OK) return "";
  const std::string text = text_of(record);
  CHECK(logbuf_consumer_release(consumer.get()) == LOGBUF_OK);
  return text;
}

}  // namespace test
