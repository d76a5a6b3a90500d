#include <logbuf/keeper.hpp>

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <map>
#include <utility>

#include "archive/compress_segment.hpp"
#include "archive/directory.hpp"
#include "archive/index.hpp"
#include "archive/segment_file.hpp"
#include "platform/failure.hpp"

namespace logbuf::archive {
namespace {

// Nothing: it is no segment file of this archive.
std::expected<std::optional<SealedFile>, int> look_at(const std::filesystem::path& directory, const SegmentName& name,
                                                      const Uuid& archive) {
  const auto file = platform::File::open(directory / name.file_name(), O_RDONLY | O_NONBLOCK);
  if (!file) return std::unexpected(file.error());
  const auto bytes = file->size();
  if (!bytes) return std::unexpected(bytes.error());
  const auto reading = read_file_header(*file, &name);
  if (!reading && (reading.error() == EISDIR || reading.error() == ESPIPE)) return std::nullopt;
  if (!reading) return std::unexpected(reading.error());
  SealedFile found{.name = name.file_name(), .bytes = *bytes, .first_seq = name.first_seq, .end_seq = {}};
  std::optional<FileEnd> end;
  if (reading->verdict == Verdict::good) {
    if (!foreignness_of(reading->header, archive).empty()) return std::nullopt;
    found.compressed = (reading->header.compatible_flags & format::kCompatibleFlagCompressed) != 0;
    if (!name.sealed) return found;  // that it is this archive's is all that is asked of it
    auto read = look_for_file_end(*file, reading->header);
    if (!read) return std::unexpected(read.error());
    end = std::move(*read);
  }
  if (end) {
    found.end_seq = end->end_seq;
    // A producer's clock may be wrong; no record is younger than the seal behind it.
    found.newest_ns = end->seal.records > 0 ? std::min(end->seal.time_max_ns, end->sealed_ns) : end->sealed_ns;
  } else {
    const auto written = file->written_ns();
    if (!written) return std::unexpected(written.error());
    found.newest_ns = *written;
  }
  return found;
}

// One that cannot be read keeps nobody from the others, and is not too old as long as nobody knows.
SealedFile unread(const SegmentName& name) {
  return {.name = name.file_name(),
          .bytes = 0,
          .first_seq = name.first_seq,
          .end_seq = {},
          .newest_ns = std::numeric_limits<std::int64_t>::max()};
}

}  // namespace

struct Keeper::State {
  Directory directory;
  std::map<std::string, std::optional<SealedFile>> known;  // by name; nothing: it is none of this archive's

  std::unexpected<std::error_code> refuse(const std::string& name, const char* why) const {
    return failure(std::make_error_code(std::errc::invalid_argument),
                   "segment file " + (directory.path() / name).string() + " " + why);
  }
};

Keeper::Keeper(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
Keeper::Keeper(Keeper&&) noexcept = default;
Keeper& Keeper::operator=(Keeper&&) noexcept = default;
Keeper::~Keeper() = default;

std::expected<Keeper, std::error_code> Keeper::beside(const Directory& directory) {
  auto shared = directory.share();
  if (!shared) return std::unexpected(shared.error());
  return Keeper(std::make_unique<State>(State{.directory = std::move(*shared), .known = {}}));
}

std::expected<std::vector<SealedFile>, std::error_code> Keeper::sealed_files() {
  const auto listing = list_segments(state_->directory.path());
  if (!listing) return std::unexpected(listing.error());
  const Uuid archive = archive_of(state_->directory.path(), listing->names);
  std::map<std::string, std::optional<SealedFile>> now;
  std::vector<SealedFile> files;
  for (const auto& name : listing->names) {
    auto known = state_->known.extract(name.file_name());
    auto found = known.empty() ? look_at(state_->directory.path(), name, archive)
                               : std::expected<std::optional<SealedFile>, int>(std::move(known.mapped()));
    if (!found && found.error() == ENOENT) continue;  // somebody has removed it
    const bool known_now = found.has_value();
    if (!found) found = unread(name);  // looked at again the next time
    // What is in use changes, and what cannot be read may be read later.
    if (known_now && (name.sealed || !*found)) now.emplace(name.file_name(), *found);
    if (!*found) continue;
    if (!files.empty()) files.back().last = false;
    if (!name.sealed) continue;
    files.push_back(std::move(**found));
    files.back().last = true;
  }
  state_->known = std::move(now);
  return files;
}

std::expected<Keeper::Outcome, std::error_code> Keeper::compress(const std::string& name,
                                                                 const Compression& compression,
                                                                 const std::function<bool()>& stop) {
  const auto parsed = SegmentName::parse(name);
  if (!parsed || !parsed->sealed) return state_->refuse(name, "is not sealed");
  auto outcome = compress_segment(state_->directory, *parsed, compression, stop);
  state_->known.erase(name);
  return outcome;
}

std::expected<void, std::error_code> Keeper::remove(const std::string& name) {
  const auto parsed = SegmentName::parse(name);
  if (!parsed || !parsed->sealed) return state_->refuse(name, "is not sealed");
  auto listing = list_segments(state_->directory.path());
  if (!listing) return std::unexpected(listing.error());
  std::erase_if(listing->names, [&](const SegmentName& one) {
    const auto known = state_->known.find(one.file_name());
    return known != state_->known.end() && !known->second;
  });
  if (listing->names.empty() || order(listing->names.back(), *parsed) <= 0) {
    return state_->refuse(name, "is the archive's last, and says where that ends");
  }
  if (order(listing->names.front(), *parsed) != 0) {
    return state_->refuse(name, "is not the oldest of its archive, which stays");
  }
  if (const auto removed = platform::unlink_in(state_->directory.file(), name.c_str()); !removed) {
    return system_failure("segment file " + (state_->directory.path() / name).string() + " cannot be removed",
                          removed.error());
  }
  state_->known.erase(name);
  return {};
}

}  // namespace logbuf::archive
