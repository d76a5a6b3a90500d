// The codec: checksums, and what a block header may say.
#include <limits>
#include <string_view>
#include <vector>

#include "archive/block.hpp"
#include "archive/checksum.hpp"
#include "archive_support.hpp"

namespace logbuf::archive::test {
namespace {

format::BlockHeader valid_header(std::span<const std::byte> payload = {}) {
  format::BlockHeader h{};
  h.magic = format::kBlockMagic;
  h.type = static_cast<std::uint16_t>(format::BlockType::data);
  h.salt = 7;
  h.offset = 4096;
  h.end = payload.size();
  h.payload_length = h.stored_length = payload.size();
  return h;
}

constexpr block::Place kPlace{.offset = 4096, .salt = 7, .ring_capacity = 4096};

// As if somebody had written it on purpose, checksum included.
const char* fault_of_signed(format::BlockHeader h) {
  block::sign(h, {});
  return block::fault_of(h, kPlace);
}

}  // namespace

TEST_CASE("the checksum is CRC32C") {
  const std::string_view digits = "123456789";
  const auto bytes = std::as_bytes(std::span(digits));
  CHECK(crc32c(bytes) == 0xe3069283);
  CHECK(crc32c({}) == 0);
  CHECK(crc32c(bytes.subspan(4), crc32c(bytes.first(4))) == 0xe3069283);
}

TEST_CASE("a header with a right checksum and impossible fields is refused") {
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  auto h = valid_header();
  CHECK(fault_of_signed(h) == nullptr);
  const auto refuses = [](auto change) {
    auto changed = valid_header();
    change(changed);
    return fault_of_signed(changed) != nullptr;
  };
  CHECK(refuses([](auto& x) { x.magic ^= 1; }));
  CHECK(refuses([](auto& x) { x.salt = 8; }));
  CHECK(refuses([](auto& x) { x.offset = 4104; }));
  CHECK(refuses([](auto& x) { x.codec = 9; }));
  CHECK(refuses([](auto& x) { x.codec = 1; }));  // no shorter than before
  CHECK(refuses([](auto& x) { x.stored_length = 8; }));
  CHECK(refuses([](auto& x) { x.time_min_ns = 1; }));
  CHECK(refuses([](auto& x) { x.flags = 0x0100; }));
  CHECK_FALSE(refuses([](auto& x) { x.flags = 0x0001; }));
  CHECK(refuses([](auto& x) { x.payload_length = x.stored_length = 4, x.end = 8; }));
  CHECK(refuses([](auto& x) { x.payload_length = x.stored_length = 8192, x.end = 8192; }));
  CHECK(refuses([](auto& x) { x.payload_length = x.stored_length = kMax - 7, x.end = kMax - 7; }));
  CHECK(refuses([](auto& x) { x.begin = 8; }));
  CHECK(refuses([](auto& x) { x.end = 4; }));
  CHECK(refuses([](auto& x) { x.end = 4104; }));
  CHECK(refuses([](auto& x) { x.payload_length = x.stored_length = 16, x.end = 8; }));
  CHECK(refuses([](auto& x) { x.record_count = 1; }));
  CHECK(refuses(
      [](auto& x) { x.payload_length = x.stored_length = x.end = 16, x.record_count = 2, x.first_seq = kMax - 1; }));
}

TEST_CASE("a payload whose records do not fill it, or are not as many as said, is refused") {
  const Bytes bytes = Bytes(0).record("one").skip(24).record("three");
  const auto payload = bytes.span().bytes;
  const auto fault = [](format::BlockHeader h, std::span<const std::byte> p) {
    block::sign(h, p);
    return block::fault_of(p, h, false);
  };
  auto h = valid_header(payload);
  h.record_count = 2;
  CHECK(fault(h, payload) == nullptr);
  h.record_count = 3;
  CHECK(fault(h, payload) != nullptr);
  h.record_count = 2;
  CHECK(fault(h, payload.first(payload.size() - 8)) != nullptr);
  std::vector<std::byte> with_zeros(payload.begin(), payload.end());
  with_zeros.resize(with_zeros.size() + 8);
  CHECK(fault(h, with_zeros) != nullptr);
}

TEST_CASE("producer and gap payloads with lengths that contradict each other decode to nothing") {
  auto producer = block::encode(ProducerName{.slot = 3, .from = 64, .pid = 99, .name = "feed-3"});
  const auto decoded = block::decode_producer(producer);
  REQUIRE(decoded.has_value());
  CHECK(decoded->slot == 3);
  CHECK(decoded->from == 64);
  CHECK(decoded->pid == 99);
  CHECK(decoded->name == "feed-3");
  producer[2] = std::byte{0xff};
  CHECK_FALSE(block::decode_producer(producer).has_value());
  CHECK_FALSE(block::decode_producer({}).has_value());

  format::BlockHeader h{};
  h.begin = 8;
  h.end = 16;
  auto gap = block::encode(Gap{.lost = 0, .from = 8, .to = 16, .why = "x"});
  REQUIRE(block::decode_gap(gap, h).has_value());
  CHECK(block::decode_gap(gap, h)->lost == std::uint64_t{0});
  CHECK(block::decode_gap(gap, h)->to == 16);
  gap[12] = std::byte{0xff};
  CHECK_FALSE(block::decode_gap(gap, h).has_value());
}

}  // namespace logbuf::archive::test
