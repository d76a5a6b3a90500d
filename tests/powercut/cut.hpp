// A moment at which the power goes, and what the disk then has: all that a flush covers, and of what it was given since
// the last flush whatever it likes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "write_log.hpp"

namespace logbuf::powercut {

enum class Fate { all, none, some_writes, some_blocks };  // of what was written since the last flush

struct Cut {
  std::size_t requests = 0;  // the first so many of the log
  std::size_t flushed = 0;   // the first so many are covered by a flush
  Fate fate = Fate::none;
  std::uint64_t chance = 0;  // of the fate
};

// By author: how many records were said to be durable.
using Acknowledged = std::map<std::uint64_t, std::uint64_t>;

// Cut `number` of this seed. Cut 0 is the log's end: where the power did go.
Cut choose_cut(WriteLog& log, std::uint64_t disk_bytes, std::uint64_t seed, std::uint64_t number);

// Makes the file `image`: what the disk, which was as `base` at first, then has.
void make_image(WriteLog& log, const Cut& cut, const std::filesystem::path& base, const std::filesystem::path& image);

// What had been said before it, however much of that the disk has.
Acknowledged acknowledged_before(WriteLog& log, const Cut& cut, std::uint64_t disk_bytes);

std::string describe(const Cut& cut, const WriteLog& log);

}  // namespace logbuf::powercut
