#include "archive/block_walk.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include "archive/codec.hpp"

namespace logbuf::archive {
namespace {

constexpr std::uint64_t kHeaderSize = sizeof(format::BlockHeader);
// What a look reads at once: little behind a jump, more and more as the walk goes on.
constexpr std::size_t kShortRead = 2 * format::kDataBlock;
constexpr std::size_t kHeaderRead = 512;  // where payloads are not asked for
constexpr std::size_t kWindow = std::size_t{1} << 20;

}  // namespace

BlockWalk::BlockWalk(platform::File file, const format::FileHeader& header) noexcept
    : file_(std::move(file)), header_(header), read_size_(kShortRead) {}

const char* BlockWalk::fault_of_header_at(const format::BlockHeader& block, std::uint64_t offset) const noexcept {
  const block::Place place{.offset = offset, .salt = header_.salt, .ring_capacity = header_.ring_capacity};
  if (const char* fault = block::fault_of(block, place)) return fault;
  // Blocks are numbered without a hole: between here and the last one passed there is room for only so many.
  const std::uint64_t room = (offset - passed_to_) / kHeaderSize;
  if (block.number < next_number_ || block.number - next_number_ > room) return "the block's number is impossible";
  return nullptr;
}

// Zeros stand for what the disk does not give back.
std::expected<std::size_t, int> BlockWalk::read(std::span<std::byte> into, std::uint64_t offset) {
  bad_from_ = bad_to_ = 0;
  const auto got = file_.read_at(into, offset);
  if (got || got.error() != EIO || !passes_unreadable_) return got;
  const auto salvaged = file_.salvage_at(into, offset);
  if (!salvaged) return std::unexpected(salvaged.error());
  bad_from_ = salvaged->bad_from;
  bad_to_ = salvaged->bad_to;
  return salvaged->bytes;
}

std::expected<std::span<const std::byte>, int> BlockWalk::view(std::uint64_t offset, std::size_t length) {
  if (offset < window_.at || offset - window_.at > window_.size || window_.size - (offset - window_.at) < length) {
    if (!window_.bytes) window_.bytes.reset(new (std::nothrow) std::byte[kWindow]);
    if (!window_.bytes) return std::unexpected(ENOMEM);
    window_.size = 0;
    // No further than the file goes: it would take a read to see that nothing is there.
    const auto size = file_.size();
    if (!size) return std::unexpected(size.error());
    const std::uint64_t there = *size > offset ? *size - offset : 0;
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(std::clamp(read_size_, length, kWindow), there));
    const auto got = read({window_.bytes.get(), wanted}, offset);
    if (!got) return std::unexpected(got.error());
    read_size_ = std::min(read_size_ * 2, kWindow);
    window_.at = offset;
    window_.size = *got;
    fresh_ = true;
  }
  const auto from = static_cast<std::size_t>(offset - window_.at);
  return std::span<const std::byte>(window_.bytes.get() + from, std::min(length, window_.size - from));
}

// What was read before may have been in the middle of being written: what it says against the block does not count.
template <typename Look>
std::expected<BlockWalk::Sight, int> BlockWalk::freshly(Look look) {
  fresh_ = false;
  auto sight = look();
  if (sight && *sight != Sight::block && !fresh_) {
    window_.size = 0;
    sight = look();
  }
  if (sight && *sight == Sight::bad) {
    const std::uint64_t end = offset_ + kHeaderSize + (header_valid_ ? block::stored_size(block_) : 0);
    if (offset_ < bad_to_ && bad_from_ < end) fault_ = "the disk does not give it back";
  }
  return sight;
}

std::expected<BlockWalk::Sight, int> BlockWalk::look() {
  return freshly([this] { return look_once(); });
}

std::expected<BlockWalk::Sight, int> BlockWalk::look_once() {
  header_valid_ = loaded_ = false;
  const auto bytes = view(offset_, kHeaderSize);
  if (!bytes) return std::unexpected(bytes.error());
  if (bytes->empty()) return Sight::end;
  std::memcpy(&block_, bytes->data(), bytes->size());
  fault_ = bytes->size() < kHeaderSize ? "the file ends within a block header" : fault_of_header_at(block_, offset_);
  if (fault_ != nullptr) return Sight::bad;
  header_valid_ = true;
  const std::uint64_t end = offset_ + kHeaderSize + block::stored_size(block_);
  if (end <= window_.at + window_.size) return Sight::block;
  const auto size = file_.size();
  if (!size) return std::unexpected(size.error());
  if (*size < offset_ + kHeaderSize || block::stored_size(block_) > *size - offset_ - kHeaderSize) {
    fault_ = "the file ends within a block";
    return Sight::bad;
  }
  return Sight::block;
}

std::expected<BlockWalk::Sight, int> BlockWalk::load() {
  return freshly([this] { return load_once(); });
}

std::expected<BlockWalk::Sight, int> BlockWalk::load_once() {
  payload_ = {};
  loaded_ = true;
  const auto stored_length = static_cast<std::size_t>(block_.stored_length);
  const auto payload_length = static_cast<std::size_t>(block_.payload_length);
  const bool compressed = block_.codec != static_cast<std::uint16_t>(format::Codec::none);
  std::span<const std::byte> stored;
  if (kHeaderSize + stored_length <= kWindow) {
    // With the header, which is in the window: so one read brings both.
    const auto bytes = view(offset_, kHeaderSize + stored_length);
    if (!bytes) return std::unexpected(bytes.error());
    stored = bytes->subspan(std::min<std::size_t>(kHeaderSize, bytes->size()));
  } else {
    if (!make_room(large_, stored_length)) return std::unexpected(ENOMEM);
    const auto got = read({large_.bytes.get(), stored_length}, offset_ + kHeaderSize);
    if (!got) return std::unexpected(got.error());
    fresh_ = true;
    stored = {large_.bytes.get(), *got};
  }
  fault_ = "the file ends within a block";
  if (stored.size() < stored_length) return Sight::bad;
  payload_ = stored;
  if (compressed) {
    if (!make_room(unpacked_, payload_length)) return std::unexpected(ENOMEM);
    const std::span<std::byte> room(unpacked_.bytes.get(), payload_length);
    payload_ = room;
    fault_ = "the block cannot be decompressed";
    if (!decompress(static_cast<format::Codec>(block_.codec), stored, room)) return Sight::bad;
  }
  const bool timestamps = (header_.record_flags & format::kRecordFlagTimestamps) != 0;
  fault_ = block::fault_of(payload_, block_, timestamps);
  return fault_ == nullptr ? Sight::block : Sight::bad;
}

void BlockWalk::pass() noexcept {
  if (!loaded_) read_size_ = kHeaderRead;
  offset_ += kHeaderSize + block::stored_size(block_);
  passed_to_ = offset_;
  next_number_ = block_.number + 1;
}

void BlockWalk::jump(std::uint64_t offset) noexcept {
  offset_ = offset;
  read_size_ = kShortRead;
}

BlockWalk::Window BlockWalk::take_window() noexcept {
  return {.bytes = std::move(window_.bytes), .at = window_.at, .size = std::exchange(window_.size, 0)};
}

void BlockWalk::give_window(Window window) noexcept {
  window_ = std::move(window);
}

// Room for `bytes`, which the file has been seen to hold, or that are bounded otherwise; so a false length cannot ask
// for more than that.
bool BlockWalk::make_room(Room& room, std::size_t bytes) {
  if (bytes <= room.size) return true;
  room.bytes.reset(new (std::nothrow) std::byte[bytes]);
  room.size = room.bytes ? bytes : 0;
  return room.bytes != nullptr;
}

bool BlockWalk::is_next(std::uint64_t candidate, std::uint64_t size, std::uint64_t& unfinished) {
  format::BlockHeader block{};
  const auto got = file_.read_at(std::as_writable_bytes(std::span(&block, 1)), candidate);
  if (!got || *got < kHeaderSize || fault_of_header_at(block, candidate) != nullptr) return false;
  if (size < candidate + kHeaderSize || block::stored_size(block) > size - candidate - kHeaderSize) {
    // It may be in the middle of being written: the next search looks here again.
    unfinished = std::min(unfinished, candidate);
    return false;
  }
  return true;
}

std::expected<std::optional<std::uint64_t>, int> BlockWalk::find_next() {
  const auto size = file_.size();
  if (!size) return std::unexpected(size.error());
  std::uint64_t from = offset_ + format::kAlignment;
  if (searched_from_ == offset_ && searched_to_ <= *size) from = std::max(from, searched_to_);

  std::uint64_t unfinished = *size;
  window_.size = 0;
  read_size_ = kWindow;
  while (from < *size) {
    const auto bytes = view(from, kWindow);
    if (!bytes) return std::unexpected(bytes.error());
    const std::size_t words = bytes->size() / format::kAlignment;
    if (words == 0) break;
    for (std::size_t i = 0; i < words; ++i) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes->data() + i * format::kAlignment, sizeof word);
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
