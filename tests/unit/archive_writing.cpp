// What append() refuses, and what it does when the disk does.
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <semaphore>
#include <set>
#include <thread>

#include "archive_support.hpp"

namespace logbuf::archive::test {
namespace {

std::set<std::string> threads() {
  std::set<std::string> ids;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
    ids.insert(thread.path().filename().string());
  }
  return ids;
}

// Each bit is a signal, from the lowest on.
std::uint64_t blocked_signals(const std::string& thread) {
  std::ifstream status("/proc/self/task/" + thread + "/status");
  std::uint64_t signals = 0;
  for (std::string word; status >> word;) {
    if (word == "SigBlk:") status >> std::hex >> signals;
  }
  return signals;
}

}  // namespace

TEST_CASE("a span that does not fit the archive's end or itself is refused, and nothing is written") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path(), ring_of(1, false, 4096));
  append_blocks(writer, 2);
  const Position end = *writer.end_position();
  const auto size = std::filesystem::file_size(segment_files(dir.path())[0]);
  const Bytes bytes = Bytes(end).record("payload");
  const auto refuses = [&](auto change) {
    Span span = bytes.span();
    change(span);
    const auto appended = writer.append(span);
    return !appended && appended.error() == std::errc::invalid_argument && !error_detail().empty();
  };
  CHECK(refuses([](Span& s) { s.begin += 8, s.end += 8; }));
  CHECK(refuses([](Span& s) { s.begin -= 8, s.end -= 8; }));
  CHECK(refuses([](Span& s) { s.bytes = s.bytes.first(12); }));
  CHECK(refuses([](Span& s) { s.end -= 8; }));
  CHECK(refuses([](Span& s) { s.end = s.begin - 8; }));
  CHECK(refuses([](Span& s) { s.end += 4; }));
  CHECK(refuses([](Span& s) { s.end = s.begin + 4104; }));
  CHECK(refuses([](Span& s) { s.records = 3; }));
  const auto gap = [&](Position from, Position to) {
    return writer.append(Gap{.lost = 1, .from = from, .to = to, .why = ""});
  };
  CHECK_FALSE(gap(end + 8, end + 16).has_value());
  CHECK_FALSE(gap(end, end - 8).has_value());
  CHECK_FALSE(gap(end, end + 4).has_value());
  CHECK_FALSE(writer.append(ProducerName{.slot = 0, .from = 0, .pid = 0, .name = std::string(257, 'n')}).has_value());
  CHECK(std::filesystem::file_size(segment_files(dir.path())[0]) == size);
  CHECK(writer.end_position() == end);
  append_blocks(writer, 1);
  CHECK(read_all(dir.path()).seqs() == range(0, 3));
}

TEST_CASE("a block that does not fit on the disk is cut off again, and goes in when there is room") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path());
  append_blocks(writer, 2);
  const auto file = segment_files(dir.path())[0];
  const auto size = std::filesystem::file_size(file);
  const std::string large(3000, 'x');
  const Bytes bytes = Bytes(*writer.end_position()).record(large);
  for (const std::uint64_t room : {0U, 100U, 128U, 1000U, 3000U}) {
    const FileSizeLimit limit(size + room);
    const auto appended = writer.append(bytes.span());
    REQUIRE_FALSE(appended.has_value());
    CHECK(appended.error() == std::errc::file_too_large);
    CHECK(error_detail().find(file.string()) != std::string::npos);
    CHECK(std::filesystem::file_size(file) == size);
    CHECK(writer.next_seq() == 2);
  }
  REQUIRE(writer.append(bytes.span()).has_value());
  const Seen seen = read_all(dir.path());
  REQUIRE(seen.records.size() == 3);
  CHECK(seen.records[2].payload == large);
  CHECK(seen.totals.torn_bytes == 0);
}

TEST_CASE("a file that cannot be made leaves nothing behind") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path());
  {
    const FileSizeLimit limit(1000);
    CHECK_FALSE(writer.append(Bytes(0).record("x").span()).has_value());
  }
  CHECK(segment_files(dir.path()).empty());
  append_blocks(writer, 1);
  CHECK(read_all(dir.path()).seqs() == range(0, 1));
  for (const auto& entry : std::filesystem::directory_iterator(dir.path())) CHECK(entry.path().extension() != ".new");
}

TEST_CASE("sync and seal without a file do nothing; a sealed file is never written again") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path());
  CHECK(writer.sync().has_value());
  CHECK(writer.seal().has_value());
  CHECK(segment_files(dir.path()).empty());
  append_blocks(writer, 2);
  CHECK(writer.sync().has_value());
  CHECK(writer.seal().has_value());
  const auto file = segment_files(dir.path())[0];
  CHECK(file.extension() == ".seg");
  const std::string sealed = contents_of(file);
  append_blocks(writer, 2);
  CHECK(contents_of(file) == sealed);
  CHECK(segment_files(dir.path()).size() == 2);
}

TEST_CASE("files that begin at the same seq in the same second have different names, in order") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path());
  for (std::uint64_t i = 0; i < 4; ++i) {
    const Position at = i * 8;
    REQUIRE(writer.append(Gap{.lost = i, .from = at, .to = at + 8, .why = "test"}).has_value());
    REQUIRE(writer.seal().has_value());
  }
  append_blocks(writer, 1);
  CHECK(segment_files(dir.path()).size() == 5);
  const Seen seen = read_all(dir.path());
  CHECK(seen.records.size() == 1);
  REQUIRE(seen.gaps.size() == 4);
  for (std::uint64_t i = 0; i < 4; ++i) CHECK(seen.gaps[i].lost == i);
}

TEST_CASE("who begins a sync beside a Writer is told at its end, when its result is there, and once") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path());
  append_blocks(writer, 1);
  std::counting_semaphore<> over(0);
  REQUIRE(writer.begin_sync([&] { over.release(); }).has_value());
  over.acquire();
  CHECK(writer.sync_beside() == false);
  CHECK(writer.synced_seq() == 1);
  // All is durable: nothing is begun.
  REQUIRE(writer.begin_sync([&] { over.release(); }).has_value());
  CHECK_FALSE(over.try_acquire());
}

TEST_CASE("where the system gives no thread, a sync beside a Writer is made before the call returns") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path());
  append_blocks(writer, 1);
  // Threads ask for more stack than there are addresses.
  pthread_attr_t before{};
  pthread_attr_t too_large{};
  REQUIRE(::pthread_getattr_default_np(&before) == 0);
  REQUIRE(::pthread_attr_init(&too_large) == 0);
  REQUIRE(::pthread_attr_setstacksize(&too_large, std::size_t{1} << 48) == 0);
  REQUIRE(::pthread_setattr_default_np(&too_large) == 0);
  int told = 0;
  const auto begun = writer.begin_sync([&] { ++told; });
  REQUIRE(::pthread_setattr_default_np(&before) == 0);
  REQUIRE(begun.has_value());
  CHECK(told == 1);
  CHECK(writer.sync_beside() == false);
  CHECK(writer.synced_seq() == 1);
  append_blocks(writer, 1);
  REQUIRE(writer.begin_sync().has_value());
  while (writer.sync_beside().value()) std::this_thread::yield();
  CHECK(writer.synced_seq() == 2);
}

TEST_CASE("the thread that syncs beside a Writer takes none of the program's signals") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path());
  append_blocks(writer, 1);
  const std::set<std::string> before = threads();
  const std::uint64_t blocked_before = blocked_signals(std::to_string(::gettid()));
  REQUIRE(writer.begin_sync().has_value());
  // A thread that has just begun blocks all of them anyway.
  while (writer.sync_beside().value()) std::this_thread::yield();
  CHECK(blocked_signals(std::to_string(::gettid())) == blocked_before);
  int begun = 0;
  for (const std::string& thread : threads()) {
    if (before.contains(thread)) continue;
    ++begun;
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGALRM, SIGCHLD, SIGPROF, SIGRTMAX}) {
      CAPTURE(signal);
      CHECK((blocked_signals(thread) >> (signal - 1) & 1) == 1);
    }
  }
  CHECK(begun == 1);
}

}  // namespace logbuf::archive::test
