// What the archives take on the disk, and what is free there: looked at by a thread of its own, since a disk may not
// answer.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "../board.hpp"

namespace logbuf::archiver {

struct DiskUse {
  std::uint64_t files = 0;  // the one in use among them
  std::uint64_t bytes = 0;
  friend bool operator==(const DiskUse&, const DiskUse&) = default;
};

class Disk {
 public:
  Disk(const Board& board, std::filesystem::path directory);
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;
  ~Disk();

  // As it was seen last, a few seconds ago. Any thread.
  DiskUse use(const std::string& ring) const;
  std::optional<std::uint64_t> free_bytes() const;

 private:
  void run();
  void look();

  const Board& board_;
  const std::filesystem::path directory_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stop_ = false;
  std::map<std::string, DiskUse> uses_;
  std::optional<std::uint64_t> free_bytes_;
  std::thread thread_;
};

}  // namespace logbuf::archiver
