#include "contents.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace simulation {

Survival Survival::of(std::uint64_t seed) {
  using enum Which;
  if (seed == 0) return {};
  if (seed == 1) return {.bytes = all, .names = all, .sector_bytes = 512, .stale = false};
  test::Random random(seed);
  constexpr std::array kWhich{nothing, all, some, some, some, first, last};
  return {.bytes = kWhich[random.below(kWhich.size())],
          .names = kWhich[random.below(kWhich.size())],
          .sector_bytes = random.below(2) == 0 ? 512U : 4096U,
          .stale = random.below(2) == 0};
}

bool Choice::operator()(std::uint64_t index) {
  switch (which_) {
    case Survival::Which::nothing: return false;
    case Survival::Which::all: return true;
    case Survival::Which::some: return random_.below(2) == 0;
    case Survival::Which::first: return index < cut_;
    case Survival::Which::last: return index >= cut_;
  }
  return false;
}

std::size_t Contents::read(std::span<std::byte> into, std::uint64_t offset) const {
  if (offset >= now_.size()) return 0;
  const std::size_t length = std::min<std::size_t>(into.size(), now_.size() - offset);
  std::memcpy(into.data(), now_.data() + offset, length);
  return length;
}

Contents::Sector Contents::sector_of(const std::vector<std::byte>& bytes, std::uint64_t sector) {
  Sector copy(kSector);
  const std::uint64_t begin = sector * kSector;
  if (begin < bytes.size()) std::memcpy(copy.data(), bytes.data() + begin, std::min(kSector, bytes.size() - begin));
  return copy;
}

void Contents::put_sector(std::vector<std::byte>& bytes, std::uint64_t sector, std::span<const std::byte> from) {
  if (bytes.size() < (sector + 1) * kSector) bytes.resize((sector + 1) * kSector);
  std::ranges::copy(from, bytes.begin() + static_cast<std::ptrdiff_t>(sector * kSector));
}

// The disk may be given what these sectors hold at any time from now on, until something else stands in them.
void Contents::touch(std::uint64_t begin, std::uint64_t end) {
  for (std::uint64_t sector = begin / kSector; sector * kSector < end; ++sector) {
    const auto [unsynced, first] = unsynced_.try_emplace(sector);
    if (!first) unsynced->second.push_back(sector_of(now_, sector));
  }
}

void Contents::write(std::span<const std::byte> bytes, std::uint64_t offset) {
  if (bytes.empty()) return;
  touch(offset, offset + bytes.size());
  if (now_.size() < offset + bytes.size()) {
    now_.resize(offset + bytes.size());
    sizes_.push_back(now_.size());
  }
  std::memcpy(now_.data() + offset, bytes.data(), bytes.size());
}

void Contents::truncate(std::uint64_t size) {
  if (size == now_.size()) return;
  touch(std::min<std::uint64_t>(size, now_.size()), now_.size());
  now_.resize(size);
  sizes_.push_back(size);
}

void Contents::write_back(std::uint64_t sector) {
  put_sector(disk_, sector, sector_of(now_, sector));
}

void Contents::sync() {
  for (const auto& [sector, before] : unsynced_) write_back(sector);
  disk_size_ = now_.size();
  unsynced_.clear();
  sizes_.clear();
}

void Contents::fail_sync(test::Random& random) {
  const Survival survival = Survival::of(random.below(8));
  Choice written(survival.bytes, unsynced_.size(), random);
  std::uint64_t index = 0;
  for (const auto& [sector, before] : unsynced_) {
    if (written(index++)) write_back(sector);
  }
  unsynced_.clear();
}

void Contents::drop_cache() {
  const std::uint64_t size = now_.size();
  for (std::uint64_t sector = 0; sector * kSector < size; ++sector) {
    if (!unsynced_.contains(sector)) put_sector(now_, sector, sector_of(disk_, sector));
  }
  now_.resize(size);
}

void Contents::cut_power(const Survival& survival, test::Random& random, std::span<const std::byte> stale) {
  using enum Survival::Which;
  std::uint64_t size = survival.bytes == nothing || sizes_.empty() ? disk_size_ : sizes_.back();
  if (survival.bytes != nothing && survival.bytes != all && !sizes_.empty()) {
    const std::uint64_t which = random.below(sizes_.size() + 1);
    size = which == sizes_.size() ? disk_size_ : sizes_[which];
  }
  const std::uint64_t together = survival.sector_bytes / kSector;
  Choice written(survival.bytes, (now_.size() + survival.sector_bytes - 1) / survival.sector_bytes, random);
  std::uint64_t group = ~std::uint64_t{0};
  bool kept = false;
  for (const auto& [sector, before] : unsynced_) {
    if (std::exchange(group, sector / together) != sector / together) kept = written(sector / together);
    if (kept && survival.bytes != all && !before.empty() && random.below(4) == 0) {
      put_sector(disk_, sector, before[random.below(before.size())]);
    } else if (kept) {
      write_back(sector);
    } else if (survival.stale && sector * kSector >= disk_size_ && sector * kSector < stale.size()) {
      put_sector(disk_, sector,
                 stale.subspan(sector * kSector, std::min<std::size_t>(kSector, stale.size() - sector * kSector)));
    }
  }
  disk_.resize(size);
  now_ = disk_;
  disk_size_ = size;
  unsynced_.clear();
  sizes_.clear();
}

}  // namespace simulation
