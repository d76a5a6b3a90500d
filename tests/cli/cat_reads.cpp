// How much of an archive is read to find a record: strace counts.
#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>

#include "cat_support.hpp"

namespace {

bool can_trace() {
  const Ended trial = shell("strace -o /dev/null true");
  if (trial.status == 0) return true;
  MESSAGE("skipped: strace cannot trace here: ", trial.err);
  return false;
}

struct Reads {
  Ended ended;
  std::map<std::string, int> of_file;
  int scans = 0;  // of the directory
};

Reads reads_of(const Archive& archive, const std::string& arguments) {
  const std::string trace = archive.path() + ".trace";
  Reads reads;
  reads.ended = shell("ASAN_OPTIONS=detect_leaks=0 strace -f -y -e trace=pread64,getdents64 -o " + trace + " CAT " +
                      arguments + " " + archive.path());
  std::ifstream in(trace);
  for (std::string line; std::getline(in, line);) {
    // A scan ends with a call that finds nothing more.
    if (contains(line, "getdents64(") && contains(line, ") = 0")) ++reads.scans;
    for (const std::string& file : archive.files()) {
      if (contains(line, "pread64(") && contains(line, file)) ++reads.of_file[file];
    }
  }
  std::filesystem::remove(trace);
  return reads;
}

}  // namespace

TEST_CASE("a record is found with one scan of the directory and three reads of its file, wherever it is") {
  if (!can_trace()) return;
  Archive archive(true);
  constexpr int kFiles = 20;
  constexpr int kRecords = 2000;  // a file
  const std::string filler(200, '.');
  for (int file = 0; file < kFiles; ++file) {
    std::vector<std::string> payloads;
    for (int i = 0; i < kRecords; ++i) payloads.push_back(std::to_string(file * kRecords + i) + filler);
    archive.append(payloads);
    archive.seal();
  }
  // A directory that was changed a moment ago is listed twice.
  std::filesystem::last_write_time(archive.path(),
                                   std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
  for (const int seq : {0, 1, 1999, 2000, 20'001, 39'999}) {
    CAPTURE(seq);
    const Reads reads = reads_of(archive, "--seq " + std::to_string(seq));
    CHECK(reads.ended.out == std::to_string(seq) + filler + "\n");
    CHECK(reads.scans == 1);
    for (const auto& [file, count] : reads.of_file) CHECK(count <= 3);
    CHECK(reads.of_file.size() <= 3);
  }
  const Reads last = reads_of(archive, "-n 1");
  CHECK(last.ended.out == "39999" + filler + "\n");
  CHECK(last.scans == 1);
  for (const auto& [file, count] : last.of_file) CHECK(count <= 3);
  const Reads since = reads_of(archive, "--since @0 -n 1");
  CHECK(since.ended.out == "39999" + filler + "\n");
  CHECK(since.scans == 1);
  for (const auto& [file, count] : since.of_file) CHECK(count <= 3);
}
