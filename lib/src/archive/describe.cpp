// What people and programs ask about an archive without reading it.
#include <fcntl.h>

#include <cstdio>
#include <ctime>
#include <string>

#include <logbuf/archive.hpp>

#include "archive/index.hpp"
#include "archive/segment_file.hpp"
#include "archive/uuid_text.hpp"
#include "platform/failure.hpp"
#include "platform/file.hpp"

namespace logbuf::archive {
namespace {

std::string time_text(std::int64_t wall_ns) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  std::int64_t ns = wall_ns % kSecond;
  if (ns < 0) ns += kSecond;
  const std::time_t seconds = static_cast<std::time_t>((wall_ns - ns) / kSecond);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  char day[64];
  char text[96];
  std::strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(text, sizeof text, "%s.%09lldZ", day, static_cast<long long>(ns));
  return text;
}

std::string hex_text(std::uint64_t value) {
  char text[32];
  std::snprintf(text, sizeof text, "0x%016llx", static_cast<unsigned long long>(value));
  return text;
}

std::string digest_text(const format::Digest& digest) {
  std::string text;
  for (const std::byte b : digest) {
    char two[3];
    std::snprintf(two, sizeof two, "%02x", std::to_integer<unsigned>(b));
    text += two;
  }
  return digest == format::Digest{} ? "-" : text;
}

}  // namespace

std::expected<std::string, std::error_code> describe_header(const std::filesystem::path& path) {
  const std::string label = "segment file " + path.string();
  const auto file = platform::File::open(path, O_RDONLY | O_NONBLOCK);
  if (!file) return system_failure(label + " cannot be opened", file.error());
  const auto name = SegmentName::parse(path.filename().native());
  const auto reading = read_file_header(*file, name ? &*name : nullptr);
  if (!reading) return system_failure(label + " cannot be read", reading.error());
  switch (reading->verdict) {
    case Verdict::good: break;
    case Verdict::wrong_version: return failure(Errc::wrong_archive_version, label + ": " + reading->why);
    case Verdict::damaged: return failure(Errc::damaged_archive, label + ": " + reading->why);
    default: return failure(Errc::not_an_archive, label + ": " + reading->why);
  }
  const auto& h = reading->header;
  const RingIdentity ring = identity_of(h);
  std::string text;
  const auto line = [&](const char* field, const std::string& value) {
    text.append(field).append(": ").append(value).append("\n");
  };
  line("format version", std::to_string(h.version));
  line("compatible flags", std::to_string(h.compatible_flags));
  line("incompatible flags", std::to_string(h.incompatible_flags));
  line("ring", ring.name);
  line("ring uuid", uuid_text(ring.uuid));
  line("ring capacity", std::to_string(ring.capacity));
  line("timestamps", ring.timestamps ? "yes" : "no");
  line("first seq", std::to_string(h.first_seq));
  line("first position", std::to_string(h.first_position));
  line("created", time_text(h.created_wall_ns));
  line("created, monotonic ns", std::to_string(h.created_monotonic_ns));
  line("created, time stamp counter", std::to_string(h.created_tsc));
  line("boot id", uuid_text(h.boot_id));
  line("archive uuid", uuid_text(h.archive_uuid));
  line("salt", hex_text(h.salt));
  line("seal of the file before", digest_text(h.previous_seal));
  const auto end = read_file_end(*file, h);
  if (!end) return system_failure(label + " cannot be read", end.error());
  line("sealed", *end ? "yes" : "no");
  if (!*end) return text;
  const format::SealPayload& seal = (*end)->seal;
  line("seal", digest_text(seal.seal));
  line("end seq", std::to_string((*end)->end_seq));
  line("end position", std::to_string((*end)->end));
  line("blocks", std::to_string(seal.blocks));
  line("raw bytes", std::to_string(seal.payload_bytes));
  if (seal.payload_bytes > 0) line("times", time_text(seal.time_min_ns) + " to " + time_text(seal.time_max_ns));
  return text;
}

bool is_archive(const std::filesystem::path& target) {
  const auto kind = platform::kind_of(target);
  if (!kind || *kind == platform::Kind::other) return false;
  if (*kind == platform::Kind::file) {
    const auto file = platform::File::open(target, O_RDONLY | O_NONBLOCK);
    const auto name = SegmentName::parse(target.filename().native());
    const auto reading = file ? read_file_header(*file, name ? &*name : nullptr) : std::unexpected(0);
    return reading && reading->verdict != Verdict::not_an_archive;
  }
  const auto listing = list_segments(target);
  return listing && !listing->names.empty();
}

}  // namespace logbuf::archive
