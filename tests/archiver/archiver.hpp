// What the archiver's tests share: a ring and a directory that go away, the archiver and feeders as processes, and what
// an archive holds.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <logbuf/logbuf.hpp>

#include "program.hpp"

namespace test {

// A ring's name that no other test has. Whatever ring has it in the end is removed.
class ScratchName {
 public:
  explicit ScratchName(const std::string& suffix = "");
  ScratchName(const ScratchName&) = delete;
  ScratchName& operator=(const ScratchName&) = delete;
  ~ScratchName();
  const std::string& name() const { return name_; }

 private:
  std::string name_;
};

class ScratchRing : public ScratchName {
 public:
  explicit ScratchRing(const logbuf::SegmentOptions& options = {.capacity = 65536}, const std::string& suffix = "");
  logbuf::RingStatus status() const;
  void close() const;
  bool drained() const;
  bool has_consumer() const;
};

class TemporaryDirectory {
 public:
  TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// logbuf-archiver --ring RING --dir DIR ARGUMENT...
Program archive_ring(const std::string& ring, const std::filesystem::path& directory,
                     const std::vector<std::string>& arguments = {}, const std::function<void()>& prepare = {});
// logbuf-archiver ARGUMENT...
Program archiver(const std::vector<std::string>& arguments, const std::function<void()>& prepare = {});

// Feeders, attached and waiting at the gate.
class Feeders {
 public:
  Feeders(const std::string& ring, const std::string& kind, const std::string& end, int producers,
          std::uint64_t records_each);
  void open_gate();
  bool running();
  pid_t pid() const { return programs_.front().pid(); }  // of the first
  // Waits until they have sent everything; how many each has sent.
  std::vector<std::uint64_t> wait();
  // The same, but they stop now.
  std::vector<std::uint64_t> stop();

 private:
  std::vector<Program> programs_;
};

// Reads an archive of feeders' streams, `sent` records each, and compares: complete, in order, bit for bit; seq without
// a gap; `refused` records that producers counted as lost at the full ring.
struct Verified {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::uint64_t files = 0;
  std::string problem;  // the first; empty: none
};
Verified verify(const std::filesystem::path& archive, const std::vector<std::uint64_t>& sent, std::size_t longest,
                std::uint64_t refused = 0);

// The files of a directory that end so, in their order.
std::vector<std::filesystem::path> files_with(const std::filesystem::path& archive, const std::string& extension);

// All payloads of an archive as text; a gap is "gap LOST WHY".
std::vector<std::string> contents_of(const std::filesystem::path& archive);

template <typename T>
T required(std::expected<T, std::error_code> result) {
  REQUIRE_MESSAGE(result.has_value(), logbuf::error_detail());
  return std::move(*result);
}

// Wakes the archiver: the test waits for it. The record's position.
template <logbuf::Kind K>
logbuf::Position put(logbuf::Producer<K>& producer, std::string_view text) {
  auto claim = producer.try_claim(text.size());
  REQUIRE(claim.has_value());
  std::ranges::copy(std::as_bytes(std::span(text)), claim->bytes().begin());
  const logbuf::Position position = claim->position();
  claim->commit();
  producer.notify();
  return position;
}

template <logbuf::Kind K>
void abort_one(logbuf::Producer<K>& producer, std::size_t length = 8) {
  auto claim = producer.try_claim(length);
  REQUIRE(claim.has_value());
  claim->abort();
  producer.notify();
}

using Lines = std::vector<std::string>;

// Sends records, which go to `sent`, and waits for each that it is durable.
void send_durably(logbuf::queue::mpsc::Producer& producer, Lines& sent, int count);

}  // namespace test
