// An archive directory or one segment file, in the order of seq.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>

#include <logbuf/archive.hpp>

#include "change_watch.hpp"
#include "item.hpp"

namespace logbuf::cat {

class ArchiveSource {
 public:
  explicit ArchiveSource(const std::filesystem::path& target);

  // What comes next is the first at or after `seq`.
  void seek(std::uint64_t seq);
  // What comes next is the last `count` seqs.
  void seek_last(std::uint64_t count);

  std::optional<Item> next();
  bool ended() const { return false; }  // a writer may come back to it
  void wait(std::chrono::nanoseconds timeout);
  void settle(std::uint64_t) {}

  const archive::Totals& totals() const noexcept { return reader_.totals(); }

 private:
  std::filesystem::path target_;
  archive::Reader reader_;
  std::optional<ChangeWatch> watch_;  // from the first wait() on
};

}  // namespace logbuf::cat
