// A simulated file's bytes: as processes see them, and as they are on the disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "content.hpp"

namespace simulation {

// What of the things that no sync has made durable is found when the power is back.
struct Survival {
  enum class Which { nothing, all, some, first, last };
  Which bytes = Which::nothing;
  Which names = Which::nothing;      // of the changes of a directory
  std::uint64_t sector_bytes = 512;  // kept or lost as a whole
  bool stale = false;                // a new sector that was not written has another file's bytes, not zeros

  static Survival of(std::uint64_t seed);
};

// Which of `count` things in the order of time survive: says so for each.
class Choice {
 public:
  Choice(Survival::Which which, std::uint64_t count, test::Random& random)
      : which_(which), cut_(random.below(count + 1)), random_(random) {}
  bool operator()(std::uint64_t index);

 private:
  Survival::Which which_;
  std::uint64_t cut_;
  test::Random& random_;
};

class Contents {
 public:
  std::uint64_t size() const noexcept { return now_.size(); }
  std::span<const std::byte> bytes() const noexcept { return now_; }
  std::size_t read(std::span<std::byte> into, std::uint64_t offset) const;
  void write(std::span<const std::byte> bytes, std::uint64_t offset);
  void truncate(std::uint64_t size);

  void sync();
  // The disk took some sectors and not the others; the system has forgotten which, and takes all for written.
  void fail_sync(test::Random& random);
  // What the system takes for written is read from the disk again.
  void drop_cache();
  // From now on it is what the disk has. `stale`: what lies about on it.
  void cut_power(const Survival& survival, test::Random& random, std::span<const std::byte> stale);

 private:
  static constexpr std::size_t kSector = 512;
  using Sector = std::vector<std::byte>;

  static Sector sector_of(const std::vector<std::byte>& bytes, std::uint64_t sector);
  static void put_sector(std::vector<std::byte>& bytes, std::uint64_t sector, std::span<const std::byte> from);
  void touch(std::uint64_t begin, std::uint64_t end);
  void write_back(std::uint64_t sector);

  std::vector<std::byte> now_;
  std::vector<std::byte> disk_;  // may be longer or shorter than disk_size_: what is not here is zero
  std::uint64_t disk_size_ = 0;
  std::map<std::uint64_t, std::vector<Sector>> unsynced_;  // what was in these sectors before, since the last sync
  std::vector<std::uint64_t> sizes_;                       // since the last sync
};

}  // namespace simulation
