#include "disk.hpp"

#include <chrono>
#include <system_error>
#include <utility>

#include "../free_bytes.hpp"

namespace logbuf::archiver {
namespace {

constexpr auto kLookAgain = std::chrono::seconds(2);

DiskUse use_of(const std::filesystem::path& directory) {
  DiskUse use;
  std::error_code error;
  for (auto at = std::filesystem::directory_iterator(directory, error);
       !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    const auto extension = at->path().extension();
    if (extension != ".seg" && extension != ".open") continue;
    std::error_code gone;  // removed meanwhile
    const auto bytes = at->file_size(gone);
    if (gone) continue;
    use.files += 1;
    use.bytes += bytes;
  }
  return use;
}

}  // namespace

Disk::Disk(const Board& board, std::filesystem::path directory)
    : board_(board), directory_(std::move(directory)), thread_([this] { run(); }) {}

Disk::~Disk() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

DiskUse Disk::use(const std::string& ring) const {
  const std::lock_guard lock(mutex_);
  const auto at = uses_.find(ring);
  return at == uses_.end() ? DiskUse{} : at->second;
}

std::optional<std::uint64_t> Disk::free_bytes() const {
  const std::lock_guard lock(mutex_);
  return free_bytes_;
}

void Disk::run() {
  std::unique_lock lock(mutex_);
  do {
    lock.unlock();
    look();
    lock.lock();
  } while (!changed_.wait_for(lock, kLookAgain, [this] { return stop_; }));
}

void Disk::look() {
  std::map<std::string, DiskUse> uses;
  for (const auto& [ring, its] : board_.rings()) uses[ring] = use_of(directory_ / ring);
  const auto free = free_bytes_on_disk_of(directory_);
  const std::lock_guard lock(mutex_);
  uses_ = std::move(uses);
  free_bytes_ = free;
}

}  // namespace logbuf::archiver
