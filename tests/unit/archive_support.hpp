// What the archive's tests share: a directory that goes away, a ring's bytes, everything a Reader says.
#pragma once

#include <signal.h>
#include <sys/resource.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <logbuf/archive.hpp>
#include <logbuf/error.hpp>

namespace logbuf::archive::test {

class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

RingIdentity ring_of(std::uint8_t uuid = 1, bool timestamps = false, std::uint64_t capacity = 64 << 10);

// The bytes that a ring would hold, from a position on; a span of them is ready for append().
class Bytes {
 public:
  explicit Bytes(Position begin, bool timestamps = false) : begin_(begin), timestamps_(timestamps) {}
  Bytes& record(std::string_view payload, std::uint16_t slot = 0, std::uint16_t type = 0, std::int64_t time_ns = 0);
  Bytes& skip(std::uint32_t extent, std::uint16_t type = 0);
  Span span(std::uint64_t trailing_skip = 0) const;
  Position end() const { return begin_ + bytes_.size(); }

 private:
  void put(std::uint64_t word);
  Position begin_;
  bool timestamps_;
  std::uint64_t records_ = 0;
  std::vector<std::byte> bytes_;
};

// Files of this process cannot grow past `bytes`: as a full disk, and with the short write before it.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(::signal(SIGXFSZ, SIG_IGN)) {
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before_) == 0);
    const rlimit limited{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &limited) == 0);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

template <class T>
std::error_code error_of(const std::expected<T, std::error_code>& result) {
  return result ? std::error_code() : result.error();
}

Writer open_writer(const std::filesystem::path& directory, const RingIdentity& ring = ring_of(),
                   WriterOptions options = {});
Reader open_reader(const std::filesystem::path& target);
// Appends `count` blocks of `records` records each; the payloads are "0", "1", ... by seq.
void append_blocks(Writer& writer, int count, int records = 1);
// The payload that append_blocks() gives a record. With its header it takes 24 bytes, for a seq below
// 100,000.
std::string payload_of(std::uint64_t seq);

struct SeenRecord {
  std::uint64_t seq = 0;
  Position position = 0;
  std::string payload;
  std::uint16_t slot = 0;
  std::uint16_t type = 0;
  std::string producer;
  std::optional<std::int64_t> time_ns;

  friend bool operator==(const SeenRecord&, const SeenRecord&) = default;
};

struct Seen {
  std::vector<SeenRecord> records;
  std::vector<Gap> gaps;
  std::vector<std::size_t> records_before;  // each of the gaps
  Totals totals;
  std::error_code error;

  std::vector<std::uint64_t> seqs() const;
  // True if every record is what append_blocks() wrote under its seq.
  bool is_true() const;
};

enum class Reading { one_by_one, many_at_once };
Seen read_on(Reader& reader, Reading reading = Reading::one_by_one);
Seen read_all(const std::filesystem::path& target);

std::vector<std::filesystem::path> segment_files(const std::filesystem::path& directory);
std::string contents_of(const std::filesystem::path& file);
void set_contents(const std::filesystem::path& file, std::string_view contents);
void flip(const std::filesystem::path& file, std::uint64_t offset, int mask = 0x10);
std::vector<std::uint64_t> range(std::uint64_t begin, std::uint64_t end);

}  // namespace logbuf::archive::test
