#include "archive/compress_segment.hpp"

#include <fcntl.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "archive/block_walk.hpp"
#include "archive/codec.hpp"
#include "archive/index.hpp"
#include "platform/failure.hpp"

namespace logbuf::archive {
namespace {

using Sight = BlockWalk::Sight;

// Made durable piece by piece: a disk that is given all of it at once keeps a Writer's sync waiting behind it.
constexpr std::uint64_t kSyncedPiece = std::uint64_t{8} << 20;

// The new file, block by block.
class CompressedCopy {
 public:
  CompressedCopy(platform::File file, const format::FileHeader& header, const Compression& compression)
      : file_(std::move(file)),
        header_(header),
        summary_(header),
        codec_(compression.method == Compression::Method::lz4 ? format::Codec::lz4 : format::Codec::zstd),
        level_(compression.level) {}

  std::expected<void, int> begin() const { return file_.write_at(std::as_bytes(std::span(&header_, 1)), 0); }

  // A block before the index.
  std::expected<void, int> add(const format::BlockHeader& block, std::span<const std::byte> payload) {
    const std::uint64_t offset = size_;
    if (auto written = put(block, payload); !written) return written;
    summary_.add(written_);
    if (block::is_type(block, format::BlockType::producer)) {
      if (const auto producer = block::decode_producer(payload)) summary_.add(*producer, offset);
    }
    if (size_ - synced_size_ < kSyncedPiece) return {};
    synced_size_ = size_;
    return file_.sync_data();
  }

  // Index and seal, whose headers are those of the old file; and all of it durable. False: these are not the blocks
  // that the old file was sealed with.
  std::expected<bool, int> end(const format::BlockHeader& index, const format::BlockHeader& seal, const FileEnd& end) {
    const auto index_payload = summary_.index(end.refused);
    const format::SealPayload sealed = summary_.seal(size_, index_payload.size(), end.end_record());
    format::SealPayload before = end.seal;
    before.index_offset = sealed.index_offset;
    before.index_length = sealed.index_length;
    if (std::memcmp(&before, &sealed, sizeof sealed) != 0) return false;
    auto written = put(index, index_payload);
    if (written) written = put(seal, std::as_bytes(std::span(&sealed, 1)));
    if (written) written = file_.sync_data();
    if (!written) return std::unexpected(written.error());
    return true;
  }

 private:
  std::expected<void, int> put(format::BlockHeader block, std::span<const std::byte> payload) {
    std::span<const std::byte> stored = payload;
    block.codec = static_cast<std::uint16_t>(format::Codec::none);
    if (block::is_type(block, format::BlockType::data)) {
      if (const auto shorter = compress(codec_, level_, payload, room_); shorter && comes_back(*shorter, payload)) {
        stored = *shorter;
        block.codec = static_cast<std::uint16_t>(codec_);
      }
    }
    block.salt = header_.salt;
    block.offset = size_;
    block.payload_length = payload.size();
    block.stored_length = stored.size();
    block::sign(block, payload);
    constexpr std::array<std::byte, format::kAlignment> kZeros{};
    const std::size_t padding = static_cast<std::size_t>(block::stored_size(block)) - stored.size();
    const std::array pieces{std::as_bytes(std::span(&block, 1)), stored, std::span(kZeros).first(padding)};
    if (auto written = file_.write_at(pieces, size_); !written) return written;
    size_ += sizeof block + block::stored_size(block);
    written_ = block;
    return {};
  }

  // What replaces the only copy of something is looked at once more.
  bool comes_back(std::span<const std::byte> stored, std::span<const std::byte> payload) {
    if (unpacked_.size() < payload.size()) unpacked_.resize(payload.size());
    const auto unpacked = std::span(unpacked_).first(payload.size());
    return decompress(codec_, stored, unpacked) && std::memcmp(unpacked.data(), payload.data(), payload.size()) == 0;
  }

  platform::File file_;
  format::FileHeader header_;
  Summary summary_;
  format::Codec codec_;
  int level_;
  std::uint64_t size_ = sizeof(format::FileHeader);
  std::uint64_t synced_size_ = 0;
  format::BlockHeader written_{};  // the last block's
  std::vector<std::byte> room_;
  std::vector<std::byte> unpacked_;
};

// The new file goes again, unless it has taken the old one's place.
class Unfinished {
 public:
  Unfinished(const Directory& directory, std::string name) : directory_(directory), name_(std::move(name)) {}
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  ~Unfinished() {
    if (!name_.empty()) (void)platform::unlink_in(directory_.file(), name_.c_str());
  }

  std::expected<platform::File, int> make() {
    (void)platform::unlink_in(directory_.file(), name_.c_str());  // left by one that could not remove it
    return platform::File::open(directory_.path() / name_, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0640);
  }
  std::expected<void, int> replace(const std::string& old) {
    auto replaced = platform::replace_in(directory_.file(), name_.c_str(), old.c_str());
    if (replaced) name_.clear();
    return replaced;
  }

 private:
  const Directory& directory_;
  std::string name_;
};

class Compressor {
 public:
  using Outcome = Keeper::Outcome;

  Compressor(const Directory& directory, const SegmentName& name, const std::function<bool()>& stop)
      : directory_(directory), name_(name), stop_(stop) {}

  std::expected<Outcome, std::error_code> run(const Compression& compression) {
    auto file = platform::File::open(directory_.path() / name_.file_name(), O_RDONLY | O_NOFOLLOW);
    if (!file) return cannot("opened", file.error());
    const auto reading = read_file_header(*file, &name_);
    if (!reading) return cannot("read", reading.error());
    if (reading->verdict != Verdict::good) return unsound(reading->why);
    format::FileHeader header = reading->header;
    if ((header.compatible_flags & format::kCompatibleFlagCompressed) != 0) return Outcome::already_compressed;
    const auto end = read_file_end(*file, header);
    if (!end) return cannot("read", end.error());
    if (!*end) return unsound("its end is missing, or not what its seal says");
    BlockWalk walk(std::move(*file), header);

    header.compatible_flags |= format::kCompatibleFlagCompressed;
    if (const auto got = platform::random_bytes(std::as_writable_bytes(std::span(&header.salt, 1))); !got) {
      return cannot("compressed: no random bytes", got.error());
    }
    sign(header);
    Unfinished unfinished(directory_, name_.stem().append(kUnfinishedSuffix));
    auto made = unfinished.make();
    if (!made) return cannot("compressed: there is no making another", made.error());
    CompressedCopy copy(std::move(*made), header, compression);
    if (const auto begun = copy.begin(); !begun) return cannot_write(begun.error());
    auto copied = copy_blocks(walk, copy, **end);
    if (!copied || *copied == Outcome::stopped) return copied;
    if (const auto replaced = unfinished.replace(name_.file_name()); !replaced) {
      return cannot("replaced by its compressed copy", replaced.error());
    }
    if (auto synced = directory_.sync(); !synced) return std::unexpected(synced.error());
    return copied;
  }

 private:
  std::string label() const { return "segment file " + (directory_.path() / name_.file_name()).string(); }
  std::unexpected<std::error_code> cannot(const char* what, int error) const {
    return system_failure(label() + " cannot be " + what, error);
  }
  std::unexpected<std::error_code> cannot_write(int error) const { return cannot("compressed", error); }
  std::unexpected<std::error_code> unsound(const std::string& why) const {
    return failure(Errc::damaged_archive, label() + " is not compressed and stays as it is: " + why);
  }

  std::expected<Outcome, std::error_code> copy_blocks(BlockWalk& walk, CompressedCopy& copy, const FileEnd& end) const {
    std::optional<format::BlockHeader> index;
    for (;;) {
      if (stop_()) return Outcome::stopped;
      auto sight = walk.look();
      if (sight && *sight == Sight::block) sight = walk.load();
      if (!sight) return cannot("read", sight.error());
      const format::BlockHeader block = walk.header();
      if (*sight == Sight::end) return unsound("it ends before its seal");
      if (*sight == Sight::bad) {
        return unsound(std::string(walk.fault()) + " (offset " + std::to_string(walk.offset()) + ")");
      }
      if (block::is_type(block, format::BlockType::seal)) {
        if (!index) return unsound("its index is not where it says");
        const auto ended = copy.end(*index, block, end);
        if (!ended) return cannot_write(ended.error());
        if (!*ended) return unsound("its blocks are not those that it was sealed with");
        return stop_() ? Outcome::stopped : Outcome::compressed;
      }
      if (index) return unsound("something stands behind its index");
      if (block.offset == end.seal.index_offset) {
        index = block;
      } else if (const auto added = copy.add(block, walk.payload()); !added) {
        return cannot_write(added.error());
      }
      walk.pass();
    }
  }

  const Directory& directory_;
  const SegmentName& name_;
  const std::function<bool()>& stop_;
};

}  // namespace

std::expected<Keeper::Outcome, std::error_code> compress_segment(const Directory& directory, const SegmentName& name,
                                                                 const Compression& compression,
                                                                 const std::function<bool()>& stop) {
  return Compressor(directory, name, stop).run(compression);
}

}  // namespace logbuf::archive
