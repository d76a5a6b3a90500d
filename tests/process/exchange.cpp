// Many producer processes, one consumer: complete, in each one's order, bit for bit.
#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include <logbuf/channel.hpp>

#include "content.hpp"
#include "peer.hpp"
#include "scratch_ring.hpp"

using test::Peer;
using test::required;

TEST_CASE("records of eight processes arrive once, whole and in each one's order") {
  for (const std::size_t capacity : {std::size_t{64} << 10, std::size_t{1} << 20}) {
    const std::size_t longest = 20'000;
    const std::uint64_t count = test::rounds(30'000);
    const test::ScratchRing ring({.capacity = capacity, .max_producers = 8});
    auto receiver = required(logbuf::channel::mpsc::Receiver::attach(ring.name()));
    std::vector<Peer> peers;
    for (int type = 0; type < 8; ++type) {
      peers.emplace_back(std::vector<std::string>{"produce", ring.name(), std::to_string(type),
                                                  std::to_string(count), std::to_string(longest)});
    }
    std::map<std::uint16_t, std::uint64_t> next;
    std::uint64_t wrong = 0;
    std::uint64_t records = 0;
    while (records < 8 * count) {
      auto batch = receiver.recv_batch(capacity / 4, std::chrono::minutes(1));
      if (!batch && batch.error() == logbuf::RecvError::disconnected && records < 8 * count &&
          receiver.consumer().status().producers_attached < 8)
        continue;  // the first ones were done before the last ones came
      REQUIRE(batch);
      for (const logbuf::Record& record : *batch) {
        ++records;
        if (!test::is_content(record.type(), next[record.type()]++, longest, record.bytes())) ++wrong;
      }
    }
    for (auto& peer : peers) CHECK(peer.wait() == 0);
    CHECK(wrong == 0);
    CHECK(next.size() == 8);
    for (const auto& [type, n] : next) CHECK(n == count);
    CHECK(test::error_of(receiver.try_recv()) == logbuf::RecvError::disconnected);
    CHECK(ring.status().total_records == 8 * count);
    CHECK(ring.status().records_consumed == 8 * count);
  }
}
