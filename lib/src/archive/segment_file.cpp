#include "archive/segment_file.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <utility>

#include "archive/checksum.hpp"
#include "archive/uuid_text.hpp"
#include "platform/clock.hpp"
#include "platform/failure.hpp"

namespace logbuf::archive {
namespace {

constexpr std::size_t kStartLength = 16;  // 20261122T043200Z
constexpr std::size_t kSeqDigits = 20;

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

bool is_start(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool fits = i == 8 ? text[i] == 'T' : i == 15 ? text[i] == 'Z' : is_digit(text[i]);
    if (!fits) return false;
  }
  return text.size() == kStartLength;
}

std::string start_text(std::time_t seconds) {
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  char text[64];
  std::snprintf(text, sizeof text, "%04d%02d%02dT%02d%02d%02dZ", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                utc.tm_hour, utc.tm_min, utc.tm_sec);
  return text;
}

std::time_t start_seconds(const std::string& start) {
  std::tm utc{};
  if (std::sscanf(start.c_str(), "%4d%2d%2dT%2d%2d%2d", &utc.tm_year, &utc.tm_mon, &utc.tm_mday, &utc.tm_hour,
                  &utc.tm_min, &utc.tm_sec) != 6) {
    return 0;
  }
  utc.tm_year -= 1900;
  utc.tm_mon -= 1;
  return ::timegm(&utc);
}

std::uint32_t header_checksum(format::FileHeader header) noexcept {
  header.header_crc = 0;
  return crc32c(std::as_bytes(std::span(&header, 1)));
}

// Why the fields contradict each other or the name; empty if they do not. Only for a header of our own
// version.
std::string contradiction_in(const format::FileHeader& h, const SegmentName* name) {
  if (h.ring_name_length > format::kMaxRingName || !is_ring_name({h.ring_name.data(), h.ring_name_length})) {
    return "its header names no ring";
  }
  if (name != nullptr && name->first_seq != h.first_seq) {
    return "its header begins at seq " + std::to_string(h.first_seq) + ", its name says otherwise";
  }
  return {};
}

// A rename during a listing may show both names: the sealed one is the newer, and stays.
void put_in_order(std::vector<SegmentName>& names) {
  std::ranges::sort(names, [](const SegmentName& a, const SegmentName& b) {
    const auto by_order = order(a, b);
    return by_order == 0 ? a.sealed && !b.sealed : by_order < 0;
  });
  const auto doubles = std::ranges::unique(names, [](const auto& a, const auto& b) { return order(a, b) == 0; });
  names.erase(doubles.begin(), doubles.end());
}

std::expected<Listing, std::error_code> list_once(const std::filesystem::path& directory) {
  const auto file_names = platform::names_in(directory);
  if (!file_names) return system_failure("archive " + directory.string() + ": cannot be listed", file_names.error());
  std::vector<SegmentName> names;
  for (const auto& file_name : file_names->names) {
    if (auto name = SegmentName::parse(file_name)) names.push_back(std::move(*name));
  }
  put_in_order(names);
  Listing listing{.names = std::move(names)};
  if (file_names->settled) listing.changed_ns = file_names->changed_ns;
  return listing;
}

}  // namespace

bool is_ring_name(std::string_view name) noexcept {
  return !name.empty() && name != "." && name != ".." && name.size() <= format::kMaxRingName &&
         std::ranges::all_of(name, [](char c) {
           return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-';
         });
}

std::int64_t SegmentName::start_s() const {
  return start_seconds(start);
}

std::string SegmentName::stem() const {
  char digits[kSeqDigits + 1];
  std::snprintf(digits, sizeof digits, "%020llu", static_cast<unsigned long long>(first_seq));
  return ring + '-' + start + '-' + digits;
}

std::optional<SegmentName> SegmentName::parse(std::string_view text) {
  SegmentName name;
  if (text.ends_with(kSealedSuffix)) {
    name.sealed = true;
    text.remove_suffix(kSealedSuffix.size());
  } else if (text.ends_with(kOpenSuffix)) {
    text.remove_suffix(kOpenSuffix.size());
  } else {
    return std::nullopt;
  }
  constexpr std::size_t kTail = 1 + kStartLength + 1 + kSeqDigits;
  if (text.size() <= kTail) return std::nullopt;
  const auto tail = text.substr(text.size() - kTail);
  const auto digits = tail.substr(kTail - kSeqDigits);
  name.ring = text.substr(0, text.size() - kTail);
  name.start = tail.substr(1, kStartLength);
  if (tail[0] != '-' || tail[1 + kStartLength] != '-' || !is_start(name.start) || !is_ring_name(name.ring)) {
    return std::nullopt;
  }
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), name.first_seq);
  if (error != std::errc{} || end != digits.end()) return std::nullopt;
  return name;
}

std::strong_ordering order(const SegmentName& a, const SegmentName& b) {
  if (const auto seq = a.first_seq <=> b.first_seq; seq != 0) return seq;
  if (const auto start = a.start <=> b.start; start != 0) return start;
  return a.ring <=> b.ring;
}

std::string start_after(const std::optional<SegmentName>& newest, std::uint64_t first_seq, std::int64_t now_ns) {
  std::string start = start_text(static_cast<std::time_t>(now_ns / 1'000'000'000));
  if (newest && newest->first_seq == first_seq && start <= newest->start) {
    start = start_text(start_seconds(newest->start) + 1);
  }
  return start;
}

std::expected<Listing, std::error_code> list_segments(const std::filesystem::path& directory) {
  // A file renamed while the directory is read may be missed under both names: either nothing was, or two listings in
  // a row agree, or they are put together.
  auto before = list_once(directory);
  if (!before || before->changed_ns) return before;
  auto now = list_once(directory);
  if (!now || now->changed_ns || before->names.empty() || now->names == before->names) return now;
  // Up to the newest that was there before, each file is in one of the two: it is sealed but once, and before the next
  // is made. Among newer ones another may have been missed: the next look shows them.
  const SegmentName newest = before->names.back();
  auto names = std::move(now->names);
  names.insert(names.end(), before->names.begin(), before->names.end());
  put_in_order(names);
  std::erase_if(names, [&](const SegmentName& name) { return order(name, newest) > 0; });
  return Listing{.names = std::move(names)};
}

void sign(format::FileHeader& header) noexcept {
  header.header_crc = header_checksum(header);
}

format::FileHeader make_file_header(const RingIdentity& ring, std::uint64_t first_seq, Position first_position,
                                    std::uint64_t salt, const Lineage& lineage) noexcept {
  format::FileHeader header{};
  header.magic = format::kFileMagic;
  header.version = format::kVersion;
  header.ring_uuid = ring.uuid;
  header.ring_capacity = ring.capacity;
  header.record_flags = ring.timestamps ? format::kRecordFlagTimestamps : 0;
  header.ring_name_length = static_cast<std::uint32_t>(ring.name.size());
  std::ranges::copy(ring.name, header.ring_name.begin());
  header.first_seq = first_seq;
  header.first_position = first_position;
  header.created_wall_ns = platform::wall_clock_ns();
  header.created_monotonic_ns = platform::monotonic_clock_ns();
  header.created_tsc = cycle_count();
  header.salt = salt;
  header.archive_uuid = lineage.archive_uuid;
  header.boot_id = platform::boot_id();
  header.first_record = lineage.first_record.value_or(0);
  header.previous_seal = lineage.previous_seal;
  sign(header);
  return header;
}

RingIdentity identity_of(const format::FileHeader& header) {
  return {.name = std::string(header.ring_name.data(), header.ring_name_length),
          .uuid = header.ring_uuid,
          .capacity = header.ring_capacity,
          .timestamps = (header.record_flags & format::kRecordFlagTimestamps) != 0};
}

std::string foreignness_of(const format::FileHeader& header, const Uuid& archive) {
  if (archive == Uuid{} || header.archive_uuid == archive) return {};
  return "it belongs to another archive, " + uuid_text(header.archive_uuid) + ", than its directory, " +
         uuid_text(archive) + " (move it out; if all do, remove the file " + kLockName + ")";
}

std::expected<HeaderReading, int> read_file_header(const platform::File& file, const SegmentName* name) {
  HeaderReading reading;
  format::FileHeader& h = reading.header;
  const auto into = std::as_writable_bytes(std::span(&h, 1));
  auto got = file.read_at(into, 0);
  if (!got && got.error() == EIO) {
    if (const auto salvaged = file.salvage_at(into, 0); salvaged && salvaged->bad_to == 0) got = salvaged->bytes;
  }
  if (!got) return std::unexpected(got.error());
  const auto verdict = [&](Verdict v, std::string why) {
    reading.verdict = v;
    reading.why = std::move(why);
    return reading;
  };
  // Our files get their name when the whole header is in them, and durable.
  const auto bytes = std::as_bytes(std::span(&h, 1)).first(*got);
  const bool blank = std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0}; });
  const bool ours = name != nullptr || (*got >= sizeof h.magic && h.magic == format::kFileMagic);
  if (ours && (blank || *got < sizeof h)) return verdict(Verdict::damaged, "its header is blank or cut short");
  // The checksum comes before the version: its place is the same in every version, and a damaged version
  // number must not pass for a version to come.
  if (h.magic != format::kFileMagic) return verdict(Verdict::not_an_archive, "it does not begin like a segment file");
  if (h.header_crc != header_checksum(h)) return verdict(Verdict::damaged, "its header's checksum does not match");
  if (h.version != format::kVersion) {
    return verdict(Verdict::wrong_version, "it has format version " + std::to_string(h.version) +
                                               ", this program knows version " + std::to_string(format::kVersion));
  }
  if ((h.incompatible_flags & ~format::kKnownIncompatibleFlags) != 0 ||
      (h.record_flags & ~format::kKnownRecordFlags) != 0) {
    return verdict(Verdict::wrong_version, "it uses features that this program does not know");
  }
  if (auto why = contradiction_in(h, name); !why.empty()) return verdict(Verdict::damaged, std::move(why));
  return reading;
}

}  // namespace logbuf::archive
