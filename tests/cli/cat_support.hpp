// What the tests of logbuf-cat share: the program, records in a ring, an archive to read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <logbuf/archive.hpp>
#include <logbuf/queue.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ring.hpp"
#include "run.hpp"

using Words = std::vector<std::string>;

Words cat_words(const Words& words);
Ended cat(const Words& words);
// By the shell; "CAT" stands for the program.
Ended shell(std::string command);

// A producer of an mpsc ring.
class Feed {
 public:
  explicit Feed(const RingName& ring, const std::string& name = "feed");
  void put(std::string_view payload, std::uint16_t type = 0);

 private:
  logbuf::queue::mpsc::Producer producer_;
};

// Releases all that is in the ring, as an archiver would.
void take_all(const RingName& ring);

// An archive in a directory of its own, which ends with the test. Each append() is a block.
class Archive {
 public:
  explicit Archive(bool timestamps = false);
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;
  ~Archive() { std::filesystem::remove_all(directory_); }

  // From here on records are of this time, in nanoseconds since 1970-01-01 UTC; where the archive has timestamps.
  void at(std::int64_t time_ns) { time_ns_ = time_ns; }
  void append(const std::vector<std::string>& payloads, std::uint16_t slot = 0, std::uint16_t type = 0);
  void append_gap(std::uint64_t lost, const std::string& why);
  // So many records of this slot were refused at a full ring, as one more gap.
  void append_refused(std::uint64_t lost, std::uint16_t slot, const std::string& name);
  // What a producer leaves that dies in its claim.
  void append_hole(std::uint16_t slot);
  void name_producer(std::uint16_t slot, const std::string& name);
  void seal();
  // Turns over a bit of the last place that holds `bytes`.
  void damage(std::string_view bytes) const;

  std::string path() const { return directory_.string(); }
  std::vector<std::string> files() const;

 private:
  std::filesystem::path directory_;
  bool timestamps_;
  logbuf::Position position_ = 0;
  std::uint64_t record_ = 0;
  std::map<std::uint16_t, std::uint64_t> refused_;  // by slot
  std::int64_t time_ns_ = 1'000'000'001;
  std::optional<logbuf::archive::Writer> writer_;
};

constexpr std::int64_t second_ns = 1'000'000'000;

// An archive with timestamps; each record is of the second that it says, and a block of its own.
class Timed : public Archive {
 public:
  explicit Timed(const std::vector<std::string>& seconds) : Archive(true) {
    for (const std::string& second : seconds) put(second);
  }

  void put(const std::string& second, std::uint16_t slot = 0) {
    at(std::stoll(second) * second_ns);
    append({second}, slot);
  }
};
