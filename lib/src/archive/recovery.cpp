#include "archive/recovery.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "archive/block_walk.hpp"
#include "archive/index.hpp"
#include "platform/failure.hpp"

namespace logbuf::archive {
namespace {

using Sight = BlockWalk::Sight;

std::string label_of(const Directory& directory, const SegmentName& name) {
  return "segment file " + (directory.path() / name.file_name()).string();
}

// A file with what its valid blocks say.
struct Scanned {
  BlockWalk walk;
  Summary summary;
  Position end = 0;
  std::optional<std::uint64_t> end_record;
  std::uint64_t next_seq = 0;
  std::uint64_t valid_size = 0;        // bytes: to the end of the last valid block; an index without its seal is none
  std::uint64_t next_number = 0;       // of the block that comes there
  std::uint64_t torn_bytes = 0;        // bytes behind it
  std::uint64_t damaged_bytes = 0;     // bytes before it that are no block
  std::uint64_t index_end = 0;         // bytes: to the end of the last valid index
  bool ended = false;                  // a Writer has written its seal: no block comes behind
  bool finished = false;               // it ends with its seal, and its index is there too
  bool stopped = false;                // its last valid block is a stop
  std::optional<format::Digest> seal;  // then: what it says, also of blocks that are damaged
  ProducerNames producers;
  RefusedTotals refused;
};

std::optional<format::SealPayload> seal_in(const BlockWalk& walk) {
  format::SealPayload seal{};
  if (walk.payload().size() != sizeof seal) return std::nullopt;
  std::memcpy(&seal, walk.payload().data(), sizeof seal);
  if (seal.index_offset > walk.offset() || seal.index_offset % format::kAlignment != 0) return std::nullopt;
  return seal;
}

void take(Scanned& scanned, bool sealed) {
  BlockWalk& walk = scanned.walk;
  const format::BlockHeader header = walk.header();
  const auto type = static_cast<format::BlockType>(header.type);
  // A Reader believes it; a Writer too, unless it can cut it off.
  if (type == format::BlockType::index && !sealed) {
    walk.pass();
    scanned.index_end = walk.offset();
    return;
  }
  if (type == format::BlockType::producer) {
    if (auto producer = block::decode_producer(walk.payload())) {
      scanned.summary.add(*producer, header.offset);
      scanned.producers.add(std::move(*producer), header.begin);
    }
  }
  if (type == format::BlockType::refused) {
    if (auto statement = block::decode_refused(walk.payload(), header))
      scanned.refused[statement->refused.slot] = std::move(statement->refused);
  }
  if (!block::is_ending(type)) scanned.summary.add(header);
  scanned.ended = type == format::BlockType::seal;
  scanned.stopped = type == format::BlockType::stop;
  scanned.finished = scanned.ended && (sealed || scanned.index_end == header.offset);
  scanned.end_record = block::end_record(type, header.first_record, header.record_count, scanned.end_record);
  scanned.end = std::max(scanned.end, header.end);
  scanned.next_seq = std::max(scanned.next_seq, header.first_seq + header.record_count);
  const auto seal = scanned.ended ? seal_in(walk) : std::nullopt;
  walk.pass();
  if (seal && scanned.finished) scanned.seal = seal->seal;
  if (seal && !scanned.finished && seal->index_offset >= scanned.valid_size) {
    // Of the two only the seal came to the disk, or the index was damaged since: both are written anew.
    scanned.valid_size = seal->index_offset;
    scanned.next_number = header.number - 1;
    return;
  }
  scanned.valid_size = walk.offset();
  scanned.next_number = walk.next_number();
}

// Where the next file begins: what is here from there on, is there, too.
struct Limit {
  std::uint64_t seq = 0;
  Position position = 0;
};

// Reads the whole file. A bad block with a valid one behind it is damage in the middle, which stays; only
// what follows the last valid block is an unfinished write.
std::expected<Scanned, int> scan(platform::File file, const format::FileHeader& header, bool sealed,
                                 const std::optional<Limit>& limit = {}) {
  Scanned scanned{.walk = BlockWalk(std::move(file), header),
                  .summary = Summary(header),
                  .end = header.first_position,
                  .end_record = block::end_record(format::BlockType::producer, header.first_record, 0, {}),
                  .next_seq = header.first_seq,
                  .valid_size = sizeof header,
                  .seal = {},
                  .producers = {},
                  .refused = {}};
  for (;;) {
    auto sight = scanned.walk.look();
    if (sight && *sight == Sight::block) sight = scanned.walk.load();
    if (!sight) return std::unexpected(sight.error());
    if (*sight == Sight::end) break;
    if (*sight == Sight::block) {
      const auto& block = scanned.walk.header();
      const bool says_something = block.record_count > 0 || block.end > block.begin;
      if (limit && says_something && block.first_seq >= limit->seq && block.begin >= limit->position) break;
      take(scanned, sealed);
      continue;
    }
    const auto next = scanned.walk.find_next();
    if (!next) return std::unexpected(next.error());
    if (!*next) break;
    scanned.damaged_bytes += **next - scanned.walk.offset();
    scanned.walk.jump(**next);
  }
  const auto size = scanned.walk.file().size();
  if (!size) return std::unexpected(size.error());
  scanned.torn_bytes = *size - scanned.valid_size;
  return scanned;
}

class Recovery {
 public:
  Recovery(const Directory& directory, const RingIdentity& ring) : directory_(directory), ring_(ring) {}

  std::expected<Recovered, std::error_code> run() {
    auto listing = list_segments(directory_.path());
    if (!listing) return std::unexpected(listing.error());
    auto* const names = &listing->names;
    found_.archive_uuid = archive_of(directory_.path(), *names);
    if (auto removed = remove_unfinished(); !removed) return std::unexpected(removed.error());
    if (!names->empty()) {
      const SegmentName name = std::move(names->back());
      names->pop_back();
      if (auto taken = take_newest(name); !taken) return std::unexpected(taken.error());
    }
    if (auto sealed = seal_older(*names); !sealed) return std::unexpected(sealed.error());
    if (!found_.end) {
      if (auto looked = look_for_ring(*names); !looked) return std::unexpected(looked.error());
    }
    return std::move(found_);
  }

 private:
  std::unexpected<std::error_code> cannot(const SegmentName& name, const char* what, int error) const {
    return system_failure(label_of(directory_, name) + " cannot be " + what, error);
  }

  bool is_foreign(const format::FileHeader& header) const {
    return !foreignness_of(header, found_.archive_uuid).empty();
  }

  // Files that never got their name.
  std::expected<void, std::error_code> remove_unfinished() const {
    const auto names = platform::names_in(directory_.path());
    if (!names) return system_failure("archive " + directory_.path().string() + " cannot be listed", names.error());
    for (const auto& file_name : names->names) {
      if (!file_name.ends_with(kUnfinishedSuffix)) continue;
      std::string as_open = file_name.substr(0, file_name.size() - kUnfinishedSuffix.size()).append(kOpenSuffix);
      if (SegmentName::parse(as_open)) (void)platform::unlink_in(directory_.file(), file_name.c_str());
    }
    return {};
  }

  // The newest file says where the archive ends; one that cannot is an error.
  std::expected<void, std::error_code> take_newest(const SegmentName& name) {
    auto file =
        platform::File::open(directory_.path() / name.file_name(), (name.sealed ? O_RDONLY : O_RDWR) | O_NONBLOCK);
    const std::string advice = " (move it out of the directory, or write to another one)";
    if (!file) return cannot(name, ("opened" + advice).c_str(), file.error());
    const auto reading = read_file_header(*file, &name);
    if (!reading) return cannot(name, "read", reading.error());
    switch (reading->verdict) {
      case Verdict::good: break;
      case Verdict::wrong_version:
        return failure(Errc::wrong_archive_version, label_of(directory_, name) + ": " + reading->why + advice);
      default: return failure(Errc::damaged_archive, label_of(directory_, name) + ": " + reading->why + advice);
    }
    if (const auto foreign = foreignness_of(reading->header, found_.archive_uuid); !foreign.empty())
      return failure(Errc::damaged_archive, label_of(directory_, name) + ": " + foreign);
    if (auto fits = check_ring(name, identity_of(reading->header)); !fits) return std::unexpected(fits.error());
    found_.newest = name;
    limit_of_newest_ = beginning_of(reading->header);
    found_.archive_uuid = reading->header.archive_uuid;
    const bool ours = reading->header.ring_uuid == ring_.uuid;
    if (name.sealed) {
      const auto taken = take_end(name, *file, reading->header, ours);
      if (!taken) return std::unexpected(taken.error());
      if (*taken) return {};
    }
    auto scanned = scan(std::move(*file), reading->header, name.sealed);
    if (!scanned) return cannot(name, "read", scanned.error());
    found_.next_seq = scanned->next_seq;
    if (ours) take_ring(*scanned);
    if (name.sealed) return {};
    if (!ours || scanned->ended) {
      if (auto sealed = seal(*scanned, name); !sealed) return std::unexpected(sealed.error());
      return {};
    }
    found_.damaged_bytes = scanned->damaged_bytes;
    auto segment = cut(*scanned, name);
    if (!segment) return std::unexpected(segment.error());
    found_.segment = std::move(*segment);
    return {};
  }

  void take_ring(const Scanned& scanned) {
    found_.end = scanned.end;
    found_.end_record = scanned.end_record;
    found_.producers = scanned.producers;
    found_.refused = scanned.refused;
  }

  void take_ring(FileEnd& end) {
    found_.end = end.end;
    found_.end_record = end.end_record();
    found_.producers = end.names_at(end.seal.index_offset, end.end);
    found_.refused = std::move(end.refused);
  }

  // A sealed file says at its end what is to be known of it: nothing else of it is read. False: it does not.
  std::expected<bool, std::error_code> take_end(const SegmentName& name, const platform::File& file,
                                                const format::FileHeader& header, bool ours) {
    auto end = read_file_end(file, header);
    if (!end) return cannot(name, "read", end.error());
    if (!*end) return false;
    found_.newest_seal = (*end)->seal.seal;
    found_.next_seq = (*end)->end_seq;
    if (ours) take_ring(**end);
    return true;
  }

  std::expected<void, std::error_code> check_ring(const SegmentName& name, const RingIdentity& there) const {
    if (there.name != ring_.name) {
      return failure(Errc::wrong_ring, label_of(directory_, name) + " holds records of ring " + there.name +
                                           ", not of " + ring_.name + " (give each ring a directory of its own)");
    }
    if (there.uuid == ring_.uuid && (there.capacity != ring_.capacity || there.timestamps != ring_.timestamps)) {
      return failure(Errc::wrong_ring, label_of(directory_, name) + " describes ring " + ring_.name +
                                           " with capacity " + std::to_string(there.capacity) +
                                           (there.timestamps ? " and" : " without") +
                                           " timestamps, the ring itself has capacity " +
                                           std::to_string(ring_.capacity) + (ring_.timestamps ? " and" : " without") +
                                           " timestamps (it is not the ring it claims to be: make it anew)");
    }
    return {};
  }

  std::expected<OpenSegment, std::error_code> cut(Scanned& scanned, const SegmentName& name) {
    if (scanned.torn_bytes > 0) {
      if (const auto done = scanned.walk.file().truncate(scanned.valid_size); !done)
        return cannot(name, "cut", done.error());
      found_.torn_bytes += scanned.torn_bytes;
    }
    const auto header = scanned.walk.file_header();
    return OpenSegment(scanned.walk.take_file(), name, header,
                       {.size = scanned.valid_size,
                        .next_number = scanned.next_number,
                        .finished = scanned.finished,
                        .stopped = scanned.stopped,
                        .summary = std::move(scanned.summary)});
  }

  // From wherever a Writer before us came to in it.
  std::expected<void, std::error_code> seal(Scanned& scanned, const SegmentName& name) {
    auto segment = cut(scanned, name);
    if (!segment) return std::unexpected(segment.error());
    const Ending ending{
        .end = scanned.end, .end_seq = scanned.next_seq, .end_record = scanned.end_record, .refused = scanned.refused};
    if (auto finished = segment->finish(directory_, ending); !finished) return finished;
    if (auto synced = segment->sync(directory_); !synced) return synced;
    if (auto sealed = segment->seal(directory_); !sealed) return sealed;
    if (found_.newest && order(*found_.newest, segment->name()) == 0) {
      found_.newest = segment->name();
      found_.newest_seal = scanned.seal.value_or(segment->digest());
    }
    return {};
  }

  struct Beginning {
    Limit limit;
    Uuid ring_uuid{};
    Uuid archive_uuid{};
  };
  static Beginning beginning_of(const format::FileHeader& header) {
    return {.limit = {.seq = header.first_seq, .position = header.first_position},
            .ring_uuid = header.ring_uuid,
            .archive_uuid = header.archive_uuid};
  }

  // Of the next file of this archive. Nothing where its header is not to be believed.
  std::optional<Beginning> limit_behind(const std::vector<SegmentName>& names, std::size_t i) const {
    for (std::size_t next = i + 1; next < names.size(); ++next) {
      const auto limit = limit_of(names[next]);
      if (!limit || limit->archive_uuid == found_.archive_uuid) return limit;
    }
    return limit_of_newest_;
  }

  // Nothing where its header is not to be believed.
  std::optional<Beginning> limit_of(const SegmentName& name) const {
    SegmentName sealed = name;
    sealed.sealed = true;
    for (const SegmentName& either : {name, sealed}) {
      const auto file = platform::File::open(directory_.path() / either.file_name(), O_RDONLY | O_NONBLOCK);
      if (!file) continue;
      const auto reading = read_file_header(*file, &name);
      if (reading && reading->verdict == Verdict::good) return beginning_of(reading->header);
    }
    return std::nullopt;
  }

  // Files that a newer one follows will not be written any more, whatever kept them from being sealed.
  std::expected<void, std::error_code> seal_older(const std::vector<SegmentName>& names) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      const SegmentName& name = names[i];
      if (name.sealed) continue;
      // Where a sync failed, and what it was for was written again, this file has it, too: not for sure on the disk.
      const auto limit = limit_behind(names, i);
      auto file = platform::File::open(directory_.path() / name.file_name(), O_RDWR | O_NONBLOCK);
      if (!file) return cannot(name, "opened", file.error());
      const auto reading = read_file_header(*file, &name);
      if (!reading) return cannot(name, "read", reading.error());
      // Damage, and what is another archive's, stays as it is; the Reader reports it.
      if (reading->verdict != Verdict::good || is_foreign(reading->header)) continue;
      const bool same_ring = limit && limit->ring_uuid == reading->header.ring_uuid;
      auto scanned =
          scan(std::move(*file), reading->header, false, same_ring ? std::optional(limit->limit) : std::nullopt);
      if (!scanned) return cannot(name, "read", scanned.error());
      if (auto sealed = seal(*scanned, name); !sealed) return sealed;
    }
    return {};
  }

  // The newest file is another ring's (the ring was made anew meanwhile): where did this one's records end?
  std::expected<void, std::error_code> look_for_ring(const std::vector<SegmentName>& names) {
    for (auto name = names.rbegin(); name != names.rend(); ++name) {
      SegmentName sealed = *name;
      sealed.sealed = true;  // seal_older() may have renamed it
      auto file = platform::File::open(directory_.path() / sealed.file_name(), O_RDONLY | O_NONBLOCK);
      if (!file) file = platform::File::open(directory_.path() / name->file_name(), O_RDONLY | O_NONBLOCK);
      if (!file) return cannot(*name, "opened", file.error());
      const auto reading = read_file_header(*file, &*name);
      if (!reading) return cannot(*name, "read", reading.error());
      if (reading->verdict != Verdict::good || reading->header.ring_uuid != ring_.uuid || is_foreign(reading->header))
        continue;
      if (auto fits = check_ring(*name, identity_of(reading->header)); !fits) return fits;
      auto end = read_file_end(*file, reading->header);
      if (!end) return cannot(*name, "read", end.error());
      if (*end) {
        take_ring(**end);
        return {};
      }
      auto scanned = scan(std::move(*file), reading->header, true);
      if (!scanned) return cannot(*name, "read", scanned.error());
      take_ring(*scanned);
      return {};
    }
    return {};
  }

  const Directory& directory_;
  const RingIdentity& ring_;
  Recovered found_;
  std::optional<Beginning> limit_of_newest_;
};

}  // namespace

std::expected<Recovered, std::error_code> recover(const Directory& directory, const RingIdentity& ring) {
  return Recovery(directory, ring).run();
}

}  // namespace logbuf::archive
