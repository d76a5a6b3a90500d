// Segment files from outside: their names, which of them a directory holds, and their headers.
#pragma once

#include <compare>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <logbuf/archive.hpp>

#include "archive/format.hpp"
#include "platform/file.hpp"

namespace logbuf::archive {

inline constexpr const char* kLockName = "LOCK";
inline constexpr std::string_view kOpenSuffix = ".open";
inline constexpr std::string_view kSealedSuffix = ".seg";
inline constexpr std::string_view kUnfinishedSuffix = ".new";  // being made; nobody reads it

// <ring>-<UTC start as 20261122T043200Z>-<first seq, 20 digits>, then .open or .seg
struct SegmentName {
  std::uint64_t first_seq = 0;
  std::string start;
  std::string ring;
  bool sealed = false;

  std::int64_t start_s() const;  // since 1970-01-01 UTC
  std::string stem() const;
  std::string file_name() const { return stem().append(sealed ? kSealedSuffix : kOpenSuffix); }

  static std::optional<SegmentName> parse(std::string_view file_name);
  // The order of an archive's files. Sealing a file does not move it.
  friend std::strong_ordering order(const SegmentName& a, const SegmentName& b);
  friend bool operator==(const SegmentName&, const SegmentName&) = default;
};
std::strong_ordering order(const SegmentName& a, const SegmentName& b);

// A start for a file that comes after `newest`: `now`, or a second later than `newest` where the names would
// clash.
std::string start_after(const std::optional<SegmentName>& newest, std::uint64_t first_seq, std::int64_t now_ns);

bool is_ring_name(std::string_view name) noexcept;

// The directory's segment files, in order; each once, even if it is renamed meanwhile.
struct Listing {
  std::vector<SegmentName> names;
  std::optional<std::int64_t> changed_ns =
      {};  // platform::changed_ns() then, if it can be told by it that all is as it was
};
std::expected<Listing, std::error_code> list_segments(const std::filesystem::path& directory);

void sign(format::FileHeader& header) noexcept;
// What ties a file to the ones before it.
struct Lineage {
  Uuid archive_uuid{};
  format::Digest previous_seal{};
  std::optional<std::uint64_t> first_record;  // the ring's own count of records before the file
};
format::FileHeader make_file_header(const RingIdentity& ring, std::uint64_t first_seq, Position first_position,
                                    std::uint64_t salt, const Lineage& lineage) noexcept;
RingIdentity identity_of(const format::FileHeader& header);

enum class Verdict { good, not_an_archive, damaged, wrong_version };

struct HeaderReading {
  Verdict verdict = Verdict::good;
  std::string why;  // where it is not good: what is wrong, without the file's name
  format::FileHeader header{};
};
// Why a file with this header does not belong to the archive; empty: it does, or `archive` is zero.
std::string foreignness_of(const format::FileHeader& header, const Uuid& archive);
// Reads and checks the header. Errors are errno values. `name`: what it must agree with, where the name is
// known.
std::expected<HeaderReading, int> read_file_header(const platform::File& file, const SegmentName* name);

}  // namespace logbuf::archive
