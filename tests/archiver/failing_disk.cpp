// A disk that really fails: writeback of what the archiver wrote ends with EIO, and the kernel says so once. What
// wait_durable() has acknowledged is on the disk all the same, also without the page cache.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <iterator>
#include <string>
#include <vector>

#include "archiver.hpp"
#include "disk.hpp"

namespace test {
namespace {

using namespace std::chrono_literals;
using logbuf::queue::mpsc::Producer;
namespace fs = std::filesystem;

struct Archived {
  WithoutLeakCheck without_leak_check;
  ScratchRing ring{{.capacity = std::size_t{1} << 20}};
  FailingDisk disk;
  Producer producer = required(Producer::attach(ring.name()));
  Lines sent;

  Program start(const Lines& arguments) const { return archive_ring(ring.name(), disk.path(), arguments); }
  fs::path archive() const { return disk.path() / ring.name(); }
  // The file in use.
  fs::path file() const {
    const auto files = files_with(archive(), ".open");
    REQUIRE(files.size() == 1);
    return files.front();
  }
  // Some records of many blocks of the disk; the last one's position.
  logbuf::Position send_much() {
    logbuf::Position last = 0;
    for (int i = 0; i < 10; ++i) {
      sent.push_back(std::string(20'000, static_cast<char>('a' + i)) + std::to_string(sent.size()));
      last = put(producer, sent.back());
    }
    return last;
  }
  bool is_durable(logbuf::Position position) { return producer.wait_durable(position, 0ns).has_value(); }
  void check_contents() const {
    CHECK((contents_of(archive()) == sent));
    const auto verified = required(logbuf::archive::verify(archive(), [](const auto&) {}));
    CHECK(verified.is_sound());
    CHECK(verified.totals.records == sent.size());
  }
  void check_after_power_cut(Program& daemon) const {
    disk.shut_down();
    daemon.kill();
    disk.mount_again();
    check_contents();
  }
};

// The disk fails from the middle of the archive on, until the first sync that says so has returned; there the archiver
// is held up. False: strace cannot do that here.
bool fail_one_sync(Archived& s, Program& daemon) {
  const TemporaryDirectory directory;
  const fs::path calls = directory.path() / "calls";
  const auto trace = attach_strace(
      daemon.pid(), {"-e", "trace=fdatasync", "-e", "inject=fdatasync:signal=STOP:when=1", "-o", calls.string()});
  if (!trace) return false;
  s.disk.fail_from(s.disk.place_of(s.file()));
  const logbuf::Position last = s.send_much();
  wait_until("the archiver is held up",
             [&] { return contents_of_file(calls).find("stopped by SIGSTOP") != std::string::npos; });
  CHECK_MESSAGE(contents_of_file(calls).find("= -1 EIO") != std::string::npos, contents_of_file(calls));
  CHECK_FALSE(s.is_durable(last));
  s.disk.mend();
  trace->signal(SIGTERM);
  trace->wait();
  daemon.signal(SIGCONT);
  CHECK(s.producer.wait_durable(last, 60s).has_value());
  return true;
}

}  // namespace

TEST_CASE(
    "writeback that fails with EIO costs nothing: it is written again, and what was acknowledged is on the disk") {
  for (const std::string policy : {"batch", "interval=5ms"}) {
    // The disk is taken away as by a power cut, or the archiver ends by itself.
    for (const bool cut : {false, true}) {
      CAPTURE(policy);
      CAPTURE(cut);
      Archived s;
      if (!s.disk.works()) return;
      {
        Program daemon = s.start({"--sync", policy});
        send_durably(s.producer, s.sent, 10);
        if (!fail_one_sync(s, daemon)) return;
        CHECK_MESSAGE(daemon.has_said("cannot be made durable"), daemon.said());
        CHECK(daemon.has_said("written again to another file"));
        s.check_contents();
        send_durably(s.producer, s.sent, 10);
        if (cut) {
          s.disk.shut_down();
          daemon.kill();
        } else {
          daemon.signal(SIGTERM);
          CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
        }
      }
      s.disk.mount_again();
      s.check_contents();
      // The next one gives the failed file its end, and finds nothing to do.
      s.sent.push_back("one more");
      put(s.producer, s.sent.back());
      Program after = s.start({"--once"});
      CHECK_MESSAGE(after.wait() == 0, after.said());
      CHECK(after.has_said("1 records archived"));
      s.disk.mount_again();
      s.check_contents();
    }
  }
}

TEST_CASE(
    "writeback that fails when the archiver is dead is told to the next one, which writes all of the file again") {
  Archived s;
  if (!s.disk.works()) return;
  {
    Program killed = s.start({"--sync", "none"});
    s.sent.emplace_back("the first");
    put(s.producer, s.sent.back());
    wait_until("it is archived", [&] { return s.ring.drained(); });
    const std::uint64_t place = s.disk.place_of(s.file());
    s.send_much();
    wait_until("all is archived", [&] { return s.ring.drained(); });
    killed.kill();
    s.disk.fail_from(place);
  }
  CHECK_FALSE(s.disk.write_back());
  s.disk.mend();
  Program after = s.start({"--sync", "interval=5ms"});
  send_durably(s.producer, s.sent, 1);
  CHECK_MESSAGE(after.has_said("written again to another file"), after.said());
  s.check_after_power_cut(after);
}

TEST_CASE(
    "--sync batch on a disk that goes on failing holds the ring; who is stopped leaves all of it to the next one") {
  Archived s;
  if (!s.disk.works()) return;
  {
    Program daemon = s.start({"--sync", "batch"});
    send_durably(s.producer, s.sent, 10);
    s.disk.fail_from(s.disk.place_of(s.file()));
    const logbuf::Position last = s.send_much();
    wait_until("it is said", [&] { return daemon.has_said("trying again every second") || !daemon.running(); });
    // A write fails, too, where the kernel has to read what stands before it.
    CHECK_MESSAGE((daemon.has_said("cannot be made durable") || daemon.has_said("cannot be written")), daemon.said());
    CHECK_FALSE(s.is_durable(last));
    CHECK_FALSE(s.ring.drained());
    daemon.signal(SIGTERM);
    CHECK(daemon.wait() == 1);
  }
  s.disk.mend();
  // With what the page cache has of the failed file, which is not on the disk.
  Program after = s.start({"--sync", "batch"});
  s.send_much();
  send_durably(s.producer, s.sent, 1);
  s.check_contents();
  s.check_after_power_cut(after);
}

TEST_CASE("a disk that fails for a while costs nothing, also where the page cache drops what it takes for written") {
  for (const std::string policy : {"batch", "interval=5ms"}) {
    CAPTURE(policy);
    Archived s;
    if (!s.disk.works()) return;
    Program daemon = s.start({"--sync", policy});
    send_durably(s.producer, s.sent, 10);
    const fs::path file = s.file();
    s.disk.fail_from(s.disk.place_of(file));
    const logbuf::Position last = s.send_much();
    wait_until("it is said", [&] { return daemon.has_said("trying again every second") || !daemon.running(); });
    CHECK_FALSE(s.is_durable(last));
    FailingDisk::drop_cache_of(file);
    s.disk.mend();
    wait_until("it is durable", [&] { return s.is_durable(last) || !daemon.running(); });
    CHECK_MESSAGE(daemon.has_said("written again to another file"), daemon.said());
    s.check_after_power_cut(daemon);
  }
}

TEST_CASE(
    "--sync interval, an archiver killed on a disk that fails until it is mounted again: what was acknowledged is "
    "there, and the rest is told") {
  Archived s;
  if (!s.disk.works()) return;
  Program daemon = s.start({"--sync", "interval=5ms"});
  send_durably(s.producer, s.sent, 10);
  const Lines acknowledged = s.sent;
  s.disk.fail_from(s.disk.place_of(s.file()));
  const logbuf::Position last = s.send_much();
  wait_until("it is said", [&] { return daemon.has_said("trying again every second") || !daemon.running(); });
  CHECK_MESSAGE(daemon.has_said("cannot be made durable"), daemon.said());
  CHECK_FALSE(s.is_durable(last));
  daemon.kill();
  s.disk.mend();
  s.disk.mount_again();
  Program after = s.start({"--once"});
  const int ended = after.wait();
  const Lines there = contents_of(s.archive());
  CHECK_MESSAGE((ended == 0 || ended == 3), after.said());
  // What later writes to the same pages brought to the disk all the same is there, too; it may be all.
  if (there == s.sent) return;
  // What was acknowledged, gaps, and in its order what the disk has of the rest or the ring still had.
  Lines records;
  std::ranges::copy_if(there, std::back_inserter(records),
                       [](const auto& entry) { return !entry.starts_with("gap "); });
  CHECK(records.size() < there.size());
  REQUIRE(records.size() >= acknowledged.size());
  CHECK(std::equal(acknowledged.begin(), acknowledged.end(), records.begin()));
  auto at = s.sent.begin();
  for (const std::string& record : records) {
    at = std::find(at, s.sent.end(), record);
    REQUIRE(at != s.sent.end());
    ++at;
  }
}

TEST_CASE(
    "a disk that refuses each write with EIO holds the ring, and what was acknowledged is there when it is back") {
  for (const std::string policy : {"batch", "interval=5ms"}) {
    CAPTURE(policy);
    Archived s;
    if (!s.disk.works()) return;
    {
      Program daemon = s.start({"--sync", policy});
      send_durably(s.producer, s.sent, 10);
      s.disk.shut_down();
      const logbuf::Position last = s.send_much();
      wait_until("it is said", [&] { return daemon.has_said("the ring holds what comes") || !daemon.running(); });
      CHECK_MESSAGE(daemon.has_said("Input/output error"), daemon.said());
      CHECK_FALSE(s.is_durable(last));
      daemon.signal(SIGTERM);
      CHECK(daemon.wait() == 1);
      CHECK(daemon.has_said("the rest stays in the ring"));
    }
    s.disk.mount_again();
    Program after = s.start({"--once"});
    CHECK_MESSAGE(after.wait() == 0, after.said());
    s.check_contents();
  }
}

TEST_CASE("logbuf-archive export --to a disk that does not take what was written says so, and fails") {
  const WithoutLeakCheck without_leak_check;
  const FailingDisk disk;
  if (!disk.works()) return;
  const ScratchRing ring({.capacity = std::size_t{4} << 20});
  const TemporaryDirectory directory;
  {
    auto producer = required(Producer::attach(ring.name()));
    for (int i = 0; i < 100; ++i) put(producer, std::string(10'000, 'x'));
  }
  CHECK(archive_ring(ring.name(), directory.path(), {"--once"}).wait() == 0);
  const auto export_to = [&](const char* name) {
    return Program({path_of("LOGBUF_ARCHIVE"), "export", "--to", (disk.path() / name).string(),
                    (directory.path() / ring.name()).string()});
  };
  Program sound = export_to("sound");
  CHECK_MESSAGE(sound.wait() == 0, sound.said());
  disk.fail_from(disk.place_of(disk.path() / "sound"));
  Program failing = export_to("failing");
  CHECK(failing.wait() == 1);
  CHECK_MESSAGE(failing.has_said("failing is not complete: Input/output error"), failing.said());
}

TEST_CASE("what the disk does not give back is a gap, and no end of reading; when it does again, nothing is missing") {
  Archived a;
  if (!a.disk.works()) return;
  a.send_much();
  a.ring.close();
  Program daemon = a.start({"--once"});
  REQUIRE_MESSAGE(daemon.wait() == 0, daemon.said());
  const auto files = files_with(a.archive(), ".seg");
  REQUIRE(files.size() == 1);
  const std::uint64_t middle = a.disk.place_of(files[0], fs::file_size(files[0]) / 2);
  FailingDisk::drop_cache_of(files[0]);
  a.disk.fail_from(middle);
  const auto verified = required(logbuf::archive::verify(a.archive(), [](const auto&) {}));
  CHECK_FALSE(verified.is_sound());
  CHECK(verified.totals.records > 0);
  CHECK(verified.totals.records < a.sent.size());
  CHECK(verified.totals.damaged_bytes > 0);
  a.disk.mend();
  FailingDisk::drop_cache_of(files[0]);
  a.check_contents();
}

}  // namespace test
