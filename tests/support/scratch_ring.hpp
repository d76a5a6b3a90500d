// A ring with a name of its own, which is gone when the test is; and short words for sending and taking
// strings.
#pragma once

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstring>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <logbuf/consumer.hpp>
#include <logbuf/producer.hpp>
#include <logbuf/segment.hpp>

namespace test {

// A name that no other test has; whatever object has it in the end is removed, by the process that made it.
class ScratchName {
 public:
  ScratchName() {
    static int count = 0;
    name_ = "test-" + std::to_string(owner_) + "-" + std::to_string(count++);
  }
  ScratchName(const ScratchName&) = delete;
  ScratchName& operator=(const ScratchName&) = delete;
  ~ScratchName() {
    if (::getpid() == owner_) (void)logbuf::Segment::unlink(name_);
  }
  const std::string& name() const { return name_; }

 private:
  pid_t owner_ = ::getpid();
  std::string name_;
};

class ScratchRing : public ScratchName {
 public:
  explicit ScratchRing(const logbuf::SegmentOptions& options = {.capacity = 4096}) {
    const auto segment = logbuf::Segment::create(name(), options);
    REQUIRE_MESSAGE(segment, logbuf::error_detail());
  }
  logbuf::RingStatus status() const {
    const auto segment = logbuf::Segment::open(name());
    REQUIRE_MESSAGE(segment, logbuf::error_detail());
    return segment->status();
  }
};

inline std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

template <logbuf::Kind K>
bool put(logbuf::Producer<K>& producer, std::string_view text, std::uint16_t type = 0) {
  auto claim = producer.try_claim(text.size(), type);
  if (!claim) return false;
  std::memcpy(claim->bytes().data(), text.data(), text.size());
  claim->commit();
  return true;
}

inline std::optional<std::string> take(logbuf::Consumer& consumer) {
  const auto claim = consumer.try_claim();
  if (!claim) return std::nullopt;
  return text_of(claim->bytes());
}

// Why there is no value; nothing, if there is one.
template <typename T, typename E>
std::optional<E> error_of(const std::expected<T, E>& result) {
  if (result) return std::nullopt;
  return result.error();
}

// The ends of a ring, or the test fails with the reason.
template <typename T>
T required(std::expected<T, std::error_code> result) {
  REQUIRE_MESSAGE(result, logbuf::error_detail());
  return std::move(*result);
}

}  // namespace test
