// What the archiver does to its files besides appending: their age, compression, retention.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <random>
#include <thread>

#include "archiver.hpp"

namespace test {
namespace {

using logbuf::queue::mpsc::Producer;
namespace fs = std::filesystem;

std::size_t count_files(const fs::path& archive, const std::string& extension) {
  return files_with(archive, extension).size();
}

std::uintmax_t bytes_of(const std::vector<fs::path>& files) {
  std::uintmax_t bytes = 0;
  for (const auto& file : files) {
    std::error_code error;
    const auto size = fs::file_size(file, error);
    if (!error) bytes += size;
  }
  return bytes;
}

// A ring and an archive of it in many small files, all sealed, by an archiver that has ended.
struct Archive {
  ScratchRing ring{{.capacity = std::size_t{256} << 10}};
  TemporaryDirectory directory;
  fs::path path = directory.path() / ring.name();
  Producer producer = required(Producer::attach(ring.name()));
  Lines sent;

  void send(int records) {
    for (int i = 0; i < records; ++i) {
      sent.push_back("2026-11-22 04:32:00 INFO server: request " + std::to_string(sent.size()) + " was served");
      put(producer, sent.back());
    }
  }
  Program start(const Lines& arguments) {
    Lines all = {"--rotate-size", "32K"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return archive_ring(ring.name(), directory.path(), all);
  }
  void make(int records) {
    for (int done = 0; done < records; done += 2000) {
      send(std::min(2000, records - done));
      Program daemon = start({"--once"});
      REQUIRE_MESSAGE(daemon.wait() == 0, daemon.said());
    }
  }
  std::vector<fs::path> sealed() const { return files_with(path, ".seg"); }
};

// A moment by chance.
void sleep_a_little(std::chrono::microseconds at_most) {
  static std::mt19937_64 chance(std::random_device{}());
  std::this_thread::sleep_for(std::chrono::microseconds(chance() % static_cast<std::uint64_t>(at_most.count())));
}

}  // namespace

TEST_CASE("--rotate-age seals a file on an idle ring, and the next record begins another") {
  const ScratchRing ring;
  const TemporaryDirectory directory;
  const fs::path archive = directory.path() / ring.name();
  Program daemon = archive_ring(ring.name(), directory.path(), {"--rotate-age", "50ms"});
  auto producer = required(Producer::attach(ring.name()));
  for (std::size_t files = 1; files <= 3; ++files) {
    put(producer, std::to_string(files));
    wait_until("the file is sealed",
               [&] { return count_files(archive, ".seg") == files && count_files(archive, ".open") == 0; });
  }
  daemon.signal(SIGTERM);
  CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
  CHECK(count_files(archive, ".seg") == 3);
  CHECK(contents_of(archive) == Lines{"1", "2", "3"});
}

TEST_CASE("--compress takes in what was sealed before it began and what is sealed while it runs, before it ends") {
  for (const std::string method : {"lz4", "zstd", "zstd:19"}) {
    Archive archive;
    archive.make(3000);
    const auto before = archive.sealed();
    const auto bytes = bytes_of(before);
    REQUIRE(before.size() > 4);
    archive.send(2000);
    Program daemon = archive.start({"--once", "--compress", method});
    CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
    CHECK(archive.sealed().size() > before.size() + 2);
    CHECK(bytes_of(archive.sealed()) < bytes);
    CHECK(std::ranges::all_of(archive.sealed(), [](const auto& file) { return fs::file_size(file) < 20'000; }));
    CHECK(count_files(archive.path, ".new") == 0);
    CHECK((contents_of(archive.path) == archive.sent));
    CHECK_MESSAGE(daemon.said().find("compress") == std::string::npos, daemon.said());
  }
}

TEST_CASE("files are compressed while the archiver runs, and a follower sees no difference") {
  Archive archive;
  Program daemon = archive.start({"--compress", "zstd"});
  wait_until("the archiver attaches", [&] { return archive.ring.has_consumer(); });
  const std::string output = (archive.directory.path() / "output").string();
  Program cat({path_of("LOGBUF_CAT"), "-f", archive.path.string()},
              [&output] { ::dup2(::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO); });
  for (int i = 0; i < 4; ++i) {
    const auto files = archive.sealed().size();
    archive.send(2000);
    wait_until("all sealed files are compressed", [&] {
      const auto now = archive.sealed();
      return archive.ring.drained() && now.size() > files &&
             std::ranges::all_of(now, [](const auto& file) { return fs::file_size(file) < 20'000; });
    });
  }
  daemon.signal(SIGTERM);
  CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
  std::string all;
  for (const auto& line : archive.sent) all += line + "\n";
  wait_until("the follower has seen all",
             [&] { return contents_of_file(output).size() >= all.size() || !cat.running(); });
  CHECK((contents_of_file(output) == all));
  CHECK(cat.said() == "");
  CHECK((contents_of(archive.path) == archive.sent));
}

TEST_CASE("a damaged file is not compressed: that is said, and the others are") {
  Archive archive;
  archive.make(3000);
  const fs::path damaged = archive.sealed().at(1);
  {
    std::fstream file(damaged, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(9000);
    file.put('\x7f');
  }
  const std::string bytes = contents_of_file(damaged);
  Program daemon = archive.start({"--once", "--compress", "zstd"});
  CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
  CHECK(daemon.has_said(damaged.filename().string() + " is not compressed and stays as it is"));
  CHECK((contents_of_file(damaged) == bytes));
  for (const auto& file : archive.sealed()) CHECK((fs::file_size(file) < 20'000 || file == damaged));
}

TEST_CASE("an archiver that is killed at any moment while it compresses has lost nothing") {
  Archive archive;
  archive.make(20'000);
  const auto bytes = bytes_of(archive.sealed());
  int kills = 0;
  for (; kills < 30; ++kills) {
    Program daemon = archive.start({"--compress", "zstd:12"});
    sleep_a_little(std::chrono::milliseconds(60));
    daemon.kill();
    REQUIRE((contents_of(archive.path) == archive.sent));
  }
  Program daemon = archive.start({"--once", "--compress", "zstd:12"});
  CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
  CHECK((contents_of(archive.path) == archive.sent));
  CHECK(bytes_of(archive.sealed()) < bytes / 3);
  CHECK(count_files(archive.path, ".new") == 0);
}

TEST_CASE("an archiver that is told to end while it compresses leaves nothing half made") {
  Archive archive;
  archive.make(20'000);
  const auto bytes = bytes_of(archive.sealed());
  Program daemon = archive.start({"--compress", "zstd:19"});
  wait_until("it compresses",
             [&] { return bytes_of(archive.sealed()) < bytes || count_files(archive.path, ".new") > 0; });
  daemon.signal(SIGTERM);
  CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
  CHECK(count_files(archive.path, ".new") == 0);
  CHECK((contents_of(archive.path) == archive.sent));
}

TEST_CASE("a disk that has no room for a compressed file is spoken of once, and tried again") {
  Archive archive;
  archive.make(1500);
  Program daemon = archive_ring(archive.ring.name(), archive.directory.path(), {"--compress", "lz4"}, [] {
    const rlimit limit = {.rlim_cur = 4200, .rlim_max = RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  });
  wait_until("it says so", [&] { return daemon.has_said("trying again later"); });
  CHECK((contents_of(archive.path) == archive.sent));
  const rlimit room = {.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
  REQUIRE(::prlimit(daemon.pid(), RLIMIT_FSIZE, &room, nullptr) == 0);
  wait_until("it goes on", [&] { return daemon.has_said("compressing again"); });
  daemon.signal(SIGTERM);
  CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
  const std::string said = daemon.said();
  CHECK(said.find("trying again later") == said.rfind("trying again later"));
  CHECK((contents_of(archive.path) == archive.sent));
}

TEST_CASE("--retain-size removes the oldest files, says which, and a Reader sees no gap") {
  Archive archive;
  archive.make(10'000);
  const auto before = archive.sealed();
  archive.send(100);
  Program daemon = archive.start({"--once", "--retain-size", "100K"});
  CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
  const auto after = archive.sealed();
  CHECK(bytes_of(after) <= 100 * 1024);
  CHECK(bytes_of(after) > 60 * 1024);  // not more than needed
  CHECK(daemon.has_said("removed " + before[0].filename().string() + " (seqs 0 to "));
  CHECK(daemon.has_said("bytes): the sealed files take more than 100K"));
  const Lines left = contents_of(archive.path);
  REQUIRE(left.size() > 100);
  REQUIRE(left.size() < archive.sent.size());
  CHECK(std::equal(left.rbegin(), left.rend(), archive.sent.rbegin()));
}

TEST_CASE("a file that a failed sync has left keeps those behind it, until the next archiver has given it its end") {
  const WithoutLeakCheck without_leak_check;
  Archive archive;
  {
    Program daemon = archive.start({"--sync", "batch", "--retain-size", "100K"});
    wait_until("the archiver attaches", [&] { return archive.ring.has_consumer(); });
    const auto trace = attach_strace(
        daemon.pid(), {"-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO:when=4", "-o", "/dev/null"});
    if (!trace) return;
    const auto send_and_wait = [&](int records) {
      archive.send(records);
      wait_until("they are archived", [&] { return archive.ring.drained() || !daemon.running(); });
      REQUIRE_MESSAGE(daemon.running(), daemon.said());
    };
    while (!daemon.has_said("written again to another file")) send_and_wait(1);
    while (!daemon.has_said("is not the oldest of its archive, which stays")) send_and_wait(500);
    while (archive.sealed().size() < 8) send_and_wait(500);
    CHECK(count_files(archive.path, ".open") == 2);
    CHECK_FALSE(daemon.has_said("removed"));
    CHECK((contents_of(archive.path) == archive.sent));
    daemon.signal(SIGTERM);
    CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
    const std::string said = daemon.said();
    CHECK(said.find("is not the oldest") == said.rfind("is not the oldest"));
  }
  Program after = archive.start({"--once", "--retain-size", "100K"});
  CHECK_MESSAGE(after.wait() == 0, after.said());
  CHECK(count_files(archive.path, ".open") == 0);
  CHECK(bytes_of(archive.sealed()) <= 100 * 1024);
  const Lines left = contents_of(archive.path);
  REQUIRE(left.size() > 100);
  REQUIRE(left.size() < archive.sent.size());
  CHECK(std::equal(left.rbegin(), left.rend(), archive.sent.rbegin()));
}

TEST_CASE("--retain-age removes files whose records are old while the archiver idles, but not the last one") {
  Archive archive;
  archive.make(3000);
  REQUIRE(archive.sealed().size() > 4);
  Program daemon = archive.start({"--retain-age", "1ms"});
  wait_until("one file is left", [&] { return archive.sealed().size() == 1; });
  CHECK(daemon.has_said("its newest record is older than 1ms"));
  archive.send(1);
  wait_until("the record is archived", [&] { return archive.ring.drained(); });
  daemon.signal(SIGTERM);
  CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
  CHECK_FALSE(daemon.has_said("the archive has a gap"));
  const Lines left = contents_of(archive.path);
  CHECK(std::equal(left.rbegin(), left.rend(), archive.sent.rbegin()));
  CHECK(left.back() == archive.sent.back());
}

TEST_CASE("where nothing may be kept, the last file is, and the next archiver goes on behind it") {
  Archive archive;
  archive.make(3000);
  for (int again = 0; again < 2; ++again) {
    archive.send(1);
    Program daemon = archive.start({"--once", "--retain-size", "1"});
    CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
    CHECK(archive.sealed().size() == 1);
    CHECK(contents_of(archive.path).back() == archive.sent.back());
  }
  const auto reader = required(logbuf::archive::Reader::open(archive.path));
  CHECK(reader.totals().next_seq == 3001);
}

TEST_CASE("that --min-free cannot be had is said, once, and nothing else goes wrong") {
  const WithoutLeakCheck without_leak_check;
  Archive archive;
  archive.make(1);
  Program daemon = archive.start({"--min-free", "1000000T"});
  wait_until("it is said", [&] { return daemon.has_said("no file is left that may go"); });
  const auto calls = archive.directory.path() / "calls";
  const auto trace = attach_strace(daemon.pid(), {"-e", "trace=statfs", "-o", calls.string()});
  if (!trace) return;
  // It looks again, and again.
  wait_until("it has looked three times", [&] {
    const std::string seen = contents_of_file(calls);
    return std::ranges::count(seen, '\n') >= 3;
  });
  daemon.signal(SIGTERM);
  CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
  const std::string said = daemon.said();
  CHECK(said.find("no file is left") == said.rfind("no file is left"));
}

TEST_CASE("what --compress cannot be is refused") {
  for (const std::string method : {"", "gzip", "zstd:", "zstd:0", "zstd:20", "zstd:3x", "lz4:1"}) {
    Program daemon = archive_ring("any", "/tmp", {"--compress=" + method});
    CHECK(daemon.wait() == 2);
    CHECK(daemon.has_said("--compress"));
  }
}

}  // namespace test
