// A ring for one test: a name that no other test and no other process has, and its end with the test.
#pragma once

#include <doctest/doctest.h>
#include <unistd.h>
#include <logbuf/channel.hpp>
#include <logbuf/segment.hpp>

#include <string>
#include <vector>

class RingName {
 public:
  RingName() : name_("test-" + std::to_string(getpid()) + "-" + std::to_string(++count)) {}
  RingName(const RingName&) = delete;
  RingName& operator=(const RingName&) = delete;
  ~RingName() { static_cast<void>(logbuf::Segment::unlink(name_)); }
  operator const std::string&() const { return name_; }
  const std::string& str() const { return name_; }

 private:
  static inline int count = 0;
  std::string name_;
};

inline logbuf::Segment make_ring(const RingName& name, const logbuf::SegmentOptions& options = {.capacity = 4096}) {
  auto segment = logbuf::Segment::create(name.str(), options);
  REQUIRE(segment.has_value());
  return std::move(*segment);
}

struct Received {
  std::string bytes;
  std::uint16_t type;
};

// Takes records until `count` have come, or all there are.
inline std::vector<Received> receive(const RingName& name, std::size_t count = SIZE_MAX) {
  auto receiver = logbuf::Receiver::attach(name.str());
  REQUIRE(receiver.has_value());
  std::vector<Received> records;
  const bool all_there_are = count == SIZE_MAX;
  while (records.size() < count) {
    const auto limit = std::chrono::seconds(all_there_are ? 0 : 60);
    const auto claim = receiver->recv(limit);
    if (!claim && all_there_are) break;
    REQUIRE(claim.has_value());
    const auto bytes = claim->bytes();
    records.push_back({std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()), claim->type()});
  }
  return records;
}

inline std::vector<std::string> receive_bytes(const RingName& name, std::size_t count = SIZE_MAX) {
  std::vector<std::string> all;
  for (auto& record : receive(name, count)) all.push_back(std::move(record.bytes));
  return all;
}
