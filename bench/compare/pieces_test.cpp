// The parts of the comparison that its figures rest on.
#include <doctest/doctest.h>

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "../lttng/trace.hpp"
#include "processes.hpp"
#include "record.hpp"
#include "tally.hpp"

namespace logbuf::compare {
namespace {

using namespace std::chrono_literals;
using bench::counted_events;
using bench::discarded_events;

std::string_view text_of(const RecordText& record) {
  return {record.data(), record.size()};
}

void add(Tally& tally, std::uint32_t life, std::uint64_t n) {
  const RecordText record = make_record({.life = life, .n = n});
  tally.add(text_of(record));
}

class Waiting {
 public:
  const Waiter& waiter() const { return waiter_; }

 private:
  bench::HeldSignals signals_;
  Waiter waiter_{signals_};
};

bool exists(pid_t pid) {
  return ::kill(pid, 0) == 0;
}

}  // namespace

TEST_CASE("a record says whose it is and which") {
  const RecordId id{.life = 300, .n = 1'234'567'890'123};
  CHECK(read_record(text_of(make_record(id))) == id);
}

TEST_CASE("a record with any byte changed is none") {
  for (std::size_t at = 0; at < kRecordBytes; ++at) {
    RecordText record = make_record({.life = 1, .n = 7});
    record[at] = record[at] == 'b' ? 'c' : 'b';
    CAPTURE(at);
    CHECK_FALSE(read_record(text_of(record)));
  }
}

TEST_CASE("a record that is cut off is none") {
  const RecordText record = make_record({.life = 1, .n = 7});
  CHECK_FALSE(read_record(text_of(record).substr(1)));
  CHECK_FALSE(read_record(text_of(record).substr(0, kRecordBytes - 1)));
}

TEST_CASE("what was written and is not on disk is missing") {
  Tally tally;
  add(tally, 0, 0);
  add(tally, 0, 2);
  const Balance balance =
      tally.balance(std::vector<Written>{{.written = 3, .refused = 0}, {.written = 4, .refused = 0}});
  CHECK(balance.written == 7);
  CHECK(balance.on_disk == 2);
  CHECK(balance.missing() == 5);
}

TEST_CASE("what was refused is not missing") {
  Tally tally;
  add(tally, 0, 1);
  const Balance balance = tally.balance(std::vector<Written>{{.written = 1, .refused = 2}});
  CHECK(balance.refused == 2);
  CHECK(balance.missing() == 0);
  CHECK(balance.damaged == 0);
}

TEST_CASE("a record that is on disk again is doubled, and is there once") {
  Tally tally;
  for (int times = 0; times < 3; ++times) add(tally, 1, 0);
  const Balance balance = tally.balance(std::vector<Written>{{}, {.written = 1, .refused = 0}});
  CHECK(balance.on_disk == 1);
  CHECK(balance.doubled == 2);
}

TEST_CASE("the one record that a producer died in may be on disk or not") {
  Tally tally;
  add(tally, 0, 0);
  CHECK(tally.balance(std::vector<Written>{{.written = 1, .refused = 0}}).unfinished == 0);
  add(tally, 0, 1);
  const Balance balance = tally.balance(std::vector<Written>{{.written = 1, .refused = 0}});
  CHECK(balance.on_disk == 1);
  CHECK(balance.unfinished == 1);
  CHECK(balance.damaged == 0);
}

TEST_CASE("a record that nobody has written is damage") {
  Tally tally;
  add(tally, 0, 2);
  add(tally, 5, 0);
  tally.add("not a record");
  CHECK(tally.balance(std::vector<Written>{{.written = 1, .refused = 0}}).damaged == 3);
}

TEST_CASE("discarded events are summed up over all of babeltrace's warnings") {
  std::istringstream warnings(
      "WARNING: Tracer discarded 747 events between [1] and [2] in trace \"a\"\n"
      "WARNING: Tracer discarded 5 packets between [1] and [2] in trace \"a\"\n"
      "something else\n"
      "WARNING: Tracer discarded 1 event between [3] and [4] in trace \"a\"\n");
  CHECK(discarded_events(warnings) == 748);
}

TEST_CASE("a counter of discarded events that falls behind and catches up counts once") {
  std::istringstream warnings(
      "WARNING: Tracer discarded 100 events between [1] and [2]\n"
      "WARNING: Tracer discarded 18446744073709551526 events between [2] and [3]\n"
      "WARNING: Tracer discarded 95 events between [3] and [4]\n");
  CHECK(discarded_events(warnings) == 105);
}

TEST_CASE("a counter of discarded events that has not caught up counts nothing") {
  std::istringstream warnings("WARNING: Tracer discarded 18446744073709551526 events between [2] and [3]\n");
  CHECK(discarded_events(warnings) == 0);
}

TEST_CASE("of what babeltrace's counter says, only whole lines about events count") {
  CHECK(counted_events("        2000000 Event messages") == 2'000'000);
  CHECK_FALSE(counted_events("              7 Discarded event messages"));
  CHECK_FALSE(counted_events("             65 Packet end messages"));
  CHECK_FALSE(counted_events(""));
  CHECK_FALSE(counted_events("Event messages"));
}

TEST_CASE("every line of a program comes, and its exit status") {
  const Waiting waiting;
  std::vector<std::string> lines;
  // In blocks: a line may come in two pieces.
  const auto status = read_lines({find_program("sh"), "-c", "seq 0 199999; exit 7"}, {}, waiting.waiter(), 60s,
                                 [&](std::string_view line) { lines.emplace_back(line); });
  CHECK(status == 7);
  REQUIRE(lines.size() == 200000);
  for (std::size_t i = 0; i < lines.size(); ++i) REQUIRE(lines[i] == std::to_string(i));
}

TEST_CASE("a program that does not end in time is killed") {
  const Waiting waiting;
  CHECK_FALSE(run_to_end({find_program("sleep"), "1000"}, {}, waiting.waiter(), 1ms));
  CHECK_FALSE(read_lines({find_program("sleep"), "1000"}, {}, waiting.waiter(), 1ms, [](std::string_view) {}));
}

TEST_CASE("a killed program says so") {
  const Waiting waiting;
  Child child({find_program("sleep"), "1000"}, {});
  CHECK(child.running());
  child.kill();
  CHECK_FALSE(child.running());
  CHECK(child.wait(waiting.waiter(), 1s) == 128 + SIGKILL);
}

TEST_CASE("what a program has started ends with it, however far down") {
  adopt_orphans();
  const Waiting waiting;
  std::vector<pid_t> sleepers;
  // The inner shell writes the number of its sleep, and stays.
  int pipe[2];
  REQUIRE(::pipe(pipe) == 0);
  ChildOptions options;
  options.output = pipe[1];
  Child child({find_program("sh"), "-c", "sh -c 'sleep 1000 & echo $!; wait' & sleep 1001 & echo $!; wait"}, options);
  ::close(pipe[1]);
  std::string text;
  char byte = 0;
  while (std::ranges::count(text, '\n') < 2 && ::read(pipe[0], &byte, 1) == 1) text += byte;
  ::close(pipe[0]);
  std::istringstream numbers(text);
  for (pid_t pid = 0; numbers >> pid;) sleepers.push_back(pid);
  REQUIRE(sleepers.size() == 2);
  for (const pid_t pid : sleepers) CHECK(exists(pid));
  child.kill_with_descendants();
  for (const pid_t pid : sleepers) CHECK_FALSE(exists(pid));
}

TEST_CASE("orphans end when told to") {
  adopt_orphans();
  const Waiting waiting;
  pid_t orphan = 0;
  read_lines({find_program("sh"), "-c", "sleep 1000 >/dev/null & echo $!"}, {}, waiting.waiter(), 60s,
             [&](std::string_view line) { orphan = std::atoi(std::string(line).c_str()); });
  REQUIRE(orphan > 0);
  CHECK(exists(orphan));
  end_orphans();
  CHECK_FALSE(exists(orphan));
}

}  // namespace logbuf::compare
