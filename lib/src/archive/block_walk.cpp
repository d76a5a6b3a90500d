#include "archive/block_walk.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

namespace logbuf::archive {
namespace {

constexpr std::size_t kWindow = std::size_t{256} << 10;  // bytes: what a search reads at once
constexpr std::uint64_t kHeaderSize = sizeof(format::BlockHeader);

}  // namespace

BlockWalk::BlockWalk(platform::File file, const format::FileHeader& header) noexcept
    : file_(std::move(file)), header_(header) {}

const char* BlockWalk::fault_of_header_at(const format::BlockHeader& block, std::uint64_t offset) const noexcept {
  const block::Place place{
      .offset = offset, .salt = header_.salt, .ring_uuid = header_.ring_uuid, .ring_capacity = header_.ring_capacity};
  if (const char* fault = block::fault_of(block, place)) return fault;
  // Blocks are numbered without a hole: between here and the last one passed there is room for only so many.
  const std::uint64_t room = (offset - passed_to_) / kHeaderSize;
  if (block.number < next_number_ || block.number - next_number_ > room) return "the block's number is impossible";
  return nullptr;
}

std::expected<BlockWalk::Sight, int> BlockWalk::look() {
  header_valid_ = false;
  const auto got = file_.read_at(std::as_writable_bytes(std::span(&block_, 1)), offset_);
  if (!got) return std::unexpected(got.error());
  if (*got == 0) return Sight::end;
  fault_ = *got < kHeaderSize ? "the file ends within a block header" : fault_of_header_at(block_, offset_);
  if (fault_ != nullptr) return Sight::bad;
  header_valid_ = true;
  const auto size = file_.size();
  if (!size) return std::unexpected(size.error());
  if (*size < offset_ + kHeaderSize || block_.payload_length > *size - offset_ - kHeaderSize) {
    fault_ = "the file ends within a block";
    return Sight::bad;
  }
  return Sight::block;
}

std::expected<BlockWalk::Sight, int> BlockWalk::load() {
  const auto length = static_cast<std::size_t>(block_.payload_length);
  if (!make_room(length)) return std::unexpected(ENOMEM);
  payload_size_ = length;
  const auto got = file_.read_at({payload_.get(), length}, offset_ + kHeaderSize);
  if (!got) return std::unexpected(got.error());
  const bool timestamps = (header_.record_flags & format::kRecordFlagTimestamps) != 0;
  fault_ = *got < length ? "the file ends within a block" : block::fault_of(payload(), block_, timestamps);
  return fault_ == nullptr ? Sight::block : Sight::bad;
}

void BlockWalk::pass() noexcept {
  offset_ += kHeaderSize + block_.payload_length;
  passed_to_ = offset_;
  next_number_ = block_.number + 1;
}

// Room for `bytes`, which the file has been seen to hold; so a false length cannot ask for more than that.
bool BlockWalk::make_room(std::size_t bytes) {
  if (bytes <= payload_room_) return true;
  payload_.reset(new (std::nothrow) std::byte[bytes]);
  payload_room_ = payload_ ? bytes : 0;
  payload_size_ = 0;
  return payload_ != nullptr;
}

bool BlockWalk::is_next(std::uint64_t candidate, std::uint64_t size, std::uint64_t& unfinished) {
  format::BlockHeader block{};
  const auto got = file_.read_at(std::as_writable_bytes(std::span(&block, 1)), candidate);
  if (!got || *got < kHeaderSize || fault_of_header_at(block, candidate) != nullptr) return false;
  if (size < candidate + kHeaderSize || block.payload_length > size - candidate - kHeaderSize) {
    // It may be in the middle of being written: the next search looks here again.
    unfinished = std::min(unfinished, candidate);
    return false;
  }
  return true;
}

std::expected<std::optional<std::uint64_t>, int> BlockWalk::find_next() {
  const auto size = file_.size();
  if (!size) return std::unexpected(size.error());
  if (!window_) window_.reset(new (std::nothrow) std::byte[kWindow]);
  if (!window_) return std::unexpected(ENOMEM);
  std::uint64_t from = offset_ + format::kAlignment;
  if (searched_from_ == offset_ && searched_to_ <= *size) from = std::max(from, searched_to_);

  std::uint64_t unfinished = *size;
  while (from < *size) {
    const auto got = file_.read_at({window_.get(), kWindow}, from);
    if (!got) return std::unexpected(got.error());
    const std::size_t words = *got / format::kAlignment;
    if (words == 0) break;
    for (std::size_t i = 0; i < words; ++i) {
      std::uint64_t word = 0;
      std::memcpy(&word, window_.get() + i * format::kAlignment, sizeof word);
      const std::uint64_t candidate = from + i * format::kAlignment;
      if (word == format::kBlockMagic && is_next(candidate, *size, unfinished)) return candidate;
    }
    from += words * format::kAlignment;
  }
  searched_from_ = offset_;
  const std::uint64_t last_headers =
      *size < kHeaderSize ? 0 : (*size - kHeaderSize) & ~std::uint64_t{format::kAlignment - 1};
  searched_to_ = std::min(unfinished, last_headers);
  return std::nullopt;
}

}  // namespace logbuf::archive
