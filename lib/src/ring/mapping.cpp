#include "ring/mapping.hpp"

#include <grp.h>

#include <algorithm>
#include <bit>
#include <boost/uuid/random_generator.hpp>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <new>

#include "platform/clock.hpp"
#include "platform/failure.hpp"
#include "platform/process.hpp"

namespace logbuf {

bool valid_capacity(std::size_t capacity_bytes) noexcept {
  return capacity_bytes >= layout::kMinCapacity && capacity_bytes <= layout::kMaxCapacity &&
         std::has_single_bit(capacity_bytes);
}

bool valid_ring_name(std::string_view name) noexcept {
  constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  // A ring's archive is a directory of its name, which . and .. cannot be.
  return !name.empty() && name != "." && name != ".." && name.size() <= layout::kMaxRingName &&
         name.find_first_not_of(allowed) == std::string_view::npos;
}

namespace detail {
namespace {

std::string object_name(std::string_view ring) {
  return std::string(layout::kObjectPrefix).append(ring);
}

std::expected<void, std::error_code> check_name(std::string_view name) {
  if (valid_ring_name(name)) return {};
  return failure(Errc::invalid_name,
                 "'" + std::string(name) + "' cannot be a ring's name: 1 to 128 of the characters A-Z a-z 0-9 . _ -");
}

std::expected<void, std::error_code> check_options(const SegmentOptions& options) {
  const auto capacity = options.capacity;
  if (!valid_capacity(capacity)) {
    return failure(Errc::invalid_capacity, "a capacity of " + std::to_string(capacity) +
                                               " bytes cannot be: it must be a power of two from 4096 (4K) to "
                                               "1073741824 (1G); the next one is " +
                                               std::to_string(layout::next_capacity(capacity)));
  }
  if (options.max_producers == 0 || options.max_producers > layout::kMaxProducers) {
    return failure(Errc::invalid_option,
                   "a ring has room for 1 to 4096 producers, not " + std::to_string(options.max_producers));
  }
  if ((options.mode & ~0777U) != 0 || (options.mode & 0600U) != 0600U) {
    return failure(Errc::invalid_option, "a ring's mode is 0600 to 0777, and lets its owner read and write");
  }
  return {};
}

std::expected<std::optional<std::uint32_t>, std::error_code> group_id(const std::string& group) {
  if (group.empty()) return std::nullopt;
  std::uint32_t id = 0;
  const char* const end = group.data() + group.size();
  if (const auto [at, error] = std::from_chars(group.data(), end, id); error == std::errc() && at == end) return id;
  if (const struct group* entry = ::getgrnam(group.c_str())) return entry->gr_gid;
  return failure(Errc::invalid_option, "there is no group '" + group + "' (see getent group)");
}

std::uint32_t slots_of(const SegmentOptions& options) {
  return options.kind == Kind::spsc ? 1 : options.max_producers;
}

std::size_t size_of(const SegmentOptions& options) {
  return layout::ring_offset(slots_of(options)) + options.capacity;
}

std::unexpected<std::error_code> damaged(std::string_view name, std::string what) {
  return failure(Errc::damaged_ring, "ring '" + std::string(name) + "': " + std::move(what) +
                                         "; if nobody needs it, remove it (logbuf-ctl rm --force)");
}

}  // namespace

void Mapping::initialise(std::string_view name, const SegmentOptions& options, std::uint32_t flags) {
  auto* const words = new (memory_.data()) layout::Segment{};
  layout::Identity& id = words->identity;
  id.version = layout::kLayoutVersion;
  id.hash = layout::hash();
  id.segment_size_bytes = memory_.size();
  id.ring_offset_bytes = layout::ring_offset(slots_of(options));
  id.capacity_bytes = options.capacity;
  id.kind = static_cast<std::uint32_t>(options.kind);
  id.flags = flags | (options.timestamps ? layout::kFlagTimestamps : 0);
  id.max_producers = slots_of(options);
  id.creator_pid = process_id();
  const auto uuid = boost::uuids::random_generator()();
  std::memcpy(id.uuid.data(), uuid.data, id.uuid.size());
  id.clock = layout::kClockRealtime;
  id.calibration_realtime_ns = realtime_ns();
  id.calibration_monotonic_ns = monotonic_ns();
  id.calibration_tsc = cycle_count();
  id.created_ns = id.calibration_realtime_ns;
  std::ranges::copy(name, id.name.begin());
  for (std::uint32_t slot = 0; slot < id.max_producers; ++slot) {
    new (memory_.data() + layout::kSlotsOffset + slot * sizeof(layout::Slot)) layout::Slot{};
  }
  id.magic = layout::kMagic;
}

std::expected<std::shared_ptr<Mapping>, std::error_code> Mapping::create(std::string_view name,
                                                                         const SegmentOptions& options,
                                                                         const CreateProgress& progress) {
  if (auto ok = check_name(name); !ok) return std::unexpected(ok.error());
  if (auto ok = check_options(options); !ok) return std::unexpected(ok.error());
  const auto group = group_id(options.group);
  if (!group) return std::unexpected(group.error());
  auto memory = SharedMemory::create(size_of(options), options.mode, *group, options.huge_pages, progress);
  if (!memory) return std::unexpected(memory.error());
  // What clearing the pages takes is not left to the first who attaches.
  if (auto ok = memory->populate(progress); !ok) return std::unexpected(ok.error());
  std::shared_ptr<Mapping> mapping(new Mapping(std::move(*memory)));
  mapping->initialise(name, options, 0);
  if (auto ok = mapping->memory_.publish(object_name(name)); !ok) {
    if (ok.error() == Errc::ring_exists) {
      return failure(Errc::ring_exists, "ring '" + std::string(name) + "' exists already (see logbuf-ctl inspect)");
    }
    return std::unexpected(ok.error());
  }
  return checked(std::move(mapping->memory_), name);
}

std::expected<std::shared_ptr<Mapping>, std::error_code> Mapping::create_anonymous(const SegmentOptions& options) {
  if (auto ok = check_options(options); !ok) return std::unexpected(ok.error());
  auto memory = SharedMemory::anonymous(size_of(options));
  if (!memory) return std::unexpected(memory.error());
  if (options.huge_pages) memory->advise_huge_pages();
  if (auto ok = memory->populate(); !ok) return std::unexpected(ok.error());
  std::shared_ptr<Mapping> mapping(new Mapping(std::move(*memory)));
  mapping->initialise("", options, layout::kFlagAnonymous);
  return checked(std::move(mapping->memory_), "");
}

std::expected<std::shared_ptr<Mapping>, std::error_code> Mapping::open(std::string_view name, Access access,
                                                                       bool populate) {
  if (auto ok = check_name(name); !ok) return std::unexpected(ok.error());
  auto memory = SharedMemory::open(object_name(name), access);
  if (!memory) {
    if (memory.error() == Errc::no_such_ring) {
      return failure(Errc::no_such_ring, "there is no ring '" + std::string(name) +
                                             "' (logbuf-ctl ls shows what there is, logbuf-ctl create makes one)");
    }
    if (memory.error() == Errc::damaged_ring) return damaged(name, error_detail());
    return failure(memory.error(), "ring '" + std::string(name) + "': " + error_detail());
  }
  auto mapping = checked(std::move(*memory), name);
  if (mapping && populate) {
    if (auto ok = (*mapping)->memory_.populate(); !ok) {
      return failure(ok.error(), "ring '" + std::string(name) + "': " + error_detail());
    }
  }
  return mapping;
}

std::expected<std::shared_ptr<Mapping>, std::error_code> Mapping::again(const std::shared_ptr<Mapping>& mapping,
                                                                        bool populate) {
  if (mapping->anonymous()) return mapping;
  auto memory = mapping->memory_.reopen();
  if (!memory) return std::unexpected(memory.error());
  // A mapping of its own has page tables of its own.
  if (populate) {
    if (auto ok = memory->populate(); !ok) return std::unexpected(ok.error());
  }
  return checked(std::move(*memory), mapping->info().name);
}

// The header is read once, into a copy; only the copy is checked and used.
std::expected<std::shared_ptr<Mapping>, std::error_code> Mapping::checked(SharedMemory memory, std::string_view name) {
  if (memory.size() < sizeof(layout::Segment)) {
    return damaged(name, "its segment has " + std::to_string(memory.size()) + " bytes, fewer than a ring's header");
  }
  layout::Identity id;
  std::memcpy(&id, memory.data(), sizeof id);
  if (id.magic != layout::kMagic) {
    return failure(Errc::not_a_ring, "'" + std::string(name) + "' is no ring: its segment does not begin as one" +
                                         "; if nobody needs it, remove it (logbuf-ctl rm --force)");
  }
  if (id.version != layout::kLayoutVersion || id.hash != layout::hash()) {
    const auto side = [](std::uint32_t version, std::uint32_t hash) {
      char text[32];
      std::snprintf(text, sizeof text, "%u (%08x)", version, hash);
      return std::string(text);
    };
    return failure(Errc::wrong_layout,
                   "ring '" + std::string(name) + "' has layout version " + side(id.version, id.hash) +
                       ", this program speaks " + side(layout::kLayoutVersion, layout::hash()) +
                       (id.version == layout::kLayoutVersion ? ", compiled from other headers" : "") +
                       ": use programs of one release, or make the ring anew");
  }
  const bool sound = id.segment_size_bytes == memory.size() && valid_capacity(id.capacity_bytes) &&
                     id.max_producers >= 1 && id.max_producers <= layout::kMaxProducers &&
                     id.ring_offset_bytes == layout::ring_offset(id.max_producers) &&
                     id.ring_offset_bytes + id.capacity_bytes == id.segment_size_bytes &&
                     (id.kind == layout::kKindMpsc || (id.kind == layout::kKindSpsc && id.max_producers == 1)) &&
                     (id.flags & ~layout::kKnownFlags) == 0 && id.clock == layout::kClockRealtime;
  if (!sound) {
    return damaged(name, "its header contradicts itself (" + std::to_string(memory.size()) + " bytes mapped, " +
                             std::to_string(id.segment_size_bytes) + " bytes by the header, capacity " +
                             std::to_string(id.capacity_bytes) + ", " + std::to_string(id.max_producers) +
                             " producers)");
  }
  std::shared_ptr<Mapping> mapping(new Mapping(std::move(memory)));
  mapping->anonymous_ = mapping->memory_.fd() < 0;
  RingInfo& info = mapping->info_;
  info.name = name;
  info.uuid = id.uuid;
  info.segment_size = id.segment_size_bytes;
  info.capacity = id.capacity_bytes;
  info.timestamps = (id.flags & layout::kFlagTimestamps) != 0;
  // The largest record that fits at every position: what is left of the lap may have to go with it as a skip.
  info.max_payload = id.capacity_bytes / 2 - record::header_size(info.timestamps);
  info.kind = static_cast<Kind>(id.kind);
  info.max_producers = id.max_producers;
  info.layout_version = id.version;
  info.creator_pid = id.creator_pid;
  info.created_ns = id.created_ns;
  return mapping;
}

bool Mapping::has_name() const {
  return memory_.has_name(object_name(info_.name));
}

std::expected<void, std::error_code> Mapping::take_name_away() const {
  if (!has_name()) return failure(Errc::no_such_ring, label() + " has been removed by somebody else");
  auto ok = SharedMemory::remove(object_name(info_.name));
  if (!ok) return failure(ok.error(), label() + ": " + error_detail());
  return ok;
}

std::string Mapping::label() const {
  return info_.name.empty() ? "anonymous ring" : "ring '" + info_.name + "'";
}

}  // namespace detail

std::vector<std::string> Segment::list() {
  auto names = SharedMemory::list(layout::kObjectPrefix);
  for (auto& name : names) name.erase(0, layout::kObjectPrefix.size());
  std::erase_if(names, [](const std::string& name) { return !valid_ring_name(name); });
  return names;
}

std::expected<void, std::error_code> Segment::unlink(std::string_view name) {
  if (auto ok = detail::check_name(name); !ok) return ok;
  auto ok = SharedMemory::remove(detail::object_name(name));
  if (!ok) return failure(ok.error(), "ring '" + std::string(name) + "': " + error_detail());
  return ok;
}

}  // namespace logbuf
