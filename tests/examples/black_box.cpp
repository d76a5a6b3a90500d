// docs/examples/black_box.cpp: what a dead process did last is there.
#include <csignal>
#include <string>
#include <vector>

#include "../archiver/archiver.hpp"
#include "../cli/run.hpp"
#include "holder.hpp"

namespace {

using Lines = std::vector<std::string>;

std::string read_box(const std::string& ring, int count = 20) {
  const Ended ended = run({BLACK_BOX, "read", ring, std::to_string(count)});
  CHECK(ended.err == "");
  CHECK(ended.status == 0);
  return ended.out;
}

// Lines without the times before them.
Lines events_of(const std::string& out) {
  Lines events;
  for (std::size_t at = 0, end = 0; (end = out.find('\n', at)) != out.npos; at = end + 1) {
    const std::string line = out.substr(at, end - at);
    const std::size_t time = line.find("  ");
    events.push_back(time == line.npos ? line : line.substr(time + 2));
  }
  return events;
}

std::string ones(int count) {
  std::string all;
  for (int n = 0; n < count; ++n) all += "one=1\n";
  return all;
}

// Once all is in the ring that a program writes before it answers so.
void feed(Program& program, int ones_so_far, int more) {
  program.input(ones(more));
  program.wait_for_out("\n" + std::to_string(ones_so_far + more) + "\n");
}

std::string died(pid_t pid, int records) {
  return "black_box (pid " + std::to_string(pid) + ") died after " + std::to_string(records) + " records, 0 lost";
}

}  // namespace

TEST_CASE("what a process did last is read after SIGSEGV, up to the line that it died of") {
  const test::ScratchName ring;
  Program program({BLACK_BOX, "run", ring.name()});
  const pid_t pid = program.pid();
  program.input("apples=3\npears=4\nplums\nnever=1\n");
  const Ended ended = program.finish();
  CHECK(ended.status == 128 + SIGSEGV);
  CHECK(ended.out == "3\n7\n");
  const Lines expected = {died(pid, 5), "got apples=3", "the sum is 3", "got pears=4", "the sum is 7", "got plums"};
  CHECK(events_of(read_box(ring.name())) == expected);
  // Looking takes nothing.
  CHECK(events_of(read_box(ring.name(), 2)) == Lines{died(pid, 5), "the sum is 7", "got plums"});
}

TEST_CASE("a ring that has been filled many times holds the last events, without a hole, after SIGKILL") {
  const test::ScratchName ring;
  Program program({BLACK_BOX, "run", ring.name()});
  feed(program, 0, 17'000);  // records of 32 bytes: four times what the ring of 256 KiB holds, and 1232 more
  CHECK(events_of(read_box(ring.name(), 1'000'000)).size() > 7'000);
  program.input(ones(100'000));
  program.signal(SIGKILL);
  const std::string out = program.wait().out;
  const Lines events = events_of(read_box(ring.name(), 1'000'000));
  REQUIRE(events.size() > 7'000);
  long sum = 0;
  for (std::size_t n = 1; n < events.size(); ++n) {
    if (events[n] == "got one=1") continue;
    const long now = std::stol(events[n].substr(std::string("the sum is ").size()));
    if (sum != 0) REQUIRE(now == sum + 1);
    REQUIRE(events[n - 1] == (n == 1 ? events[0] : "got one=1"));
    sum = now;
  }
  // All that it has answered is there, and at most one more sum.
  const auto answers = std::ranges::count(out, '\n');
  CHECK(sum >= answers);
  CHECK(sum <= answers + 1);
}

TEST_CASE("the next run goes on in the same ring, and a run that ended in good order is not called dead") {
  const test::ScratchName ring;
  CHECK(run({BLACK_BOX, "run", ring.name()}, "a=1\n").status == 0);
  CHECK(run({BLACK_BOX, "run", ring.name()}, "b=2\n").status == 0);
  CHECK(events_of(read_box(ring.name())) == Lines{"got a=1", "the sum is 1", "got b=2", "the sum is 2"});
}

TEST_CASE("a claim that a dead process has not finished is told with its owner, and what lies behind it is read, too") {
  const test::ScratchRing ring({.capacity = 256 << 10, .timestamps = true});
  Program program({BLACK_BOX, "run", ring.name()});
  program.input("a=1\n");
  program.wait_for_out("1\n");
  test::Holder holder(ring.name(), [](auto& producer, auto say) { test::hold_claim(producer, say); });
  REQUIRE(holder.ready());
  const std::string holder_pid = std::to_string(holder.pid());
  program.input("b=2\nplums\n");
  CHECK(program.wait().status == 128 + SIGSEGV);
  // The other one lives: its claim stands in the way, and is waited for.
  const Lines before = events_of(read_box(ring.name(), 2));
  CHECK(before.back() == "the sum is 1");
  holder.kill();
  const Lines after = events_of(read_box(ring.name()));
  const Lines expected = {
      "got a=1", "the sum is 1", "-- unfinished: 120 bytes claimed by holder (pid " + holder_pid + "), which died --",
      "got b=2", "the sum is 3", "got plums"};
  REQUIRE(after.size() == 8);
  CHECK((Lines(after.begin() + 2, after.end()) == expected));
}

TEST_CASE("a claim of a living producer that stands in the way costs new events, which are counted") {
  const test::ScratchRing ring({.capacity = 4096, .timestamps = true});
  test::Holder holder(ring.name(), [](auto& producer, auto say) { test::hold_claim(producer, say); });
  REQUIRE(holder.ready());
  Program program({BLACK_BOX, "run", ring.name()});
  feed(program, 0, 1000);
  CHECK(ring.status().total_refused > 1000);
  CHECK(ring.status().total_refused + ring.status().total_records == 2000);
  // When it dies the box goes on.
  holder.kill();
  feed(program, 1000, 1000);
  program.signal(SIGKILL);
  program.wait();
  CHECK(events_of(read_box(ring.name())).back() == "the sum is 2000");
}

TEST_CASE("while the process lives its box can be looked at, and no second process may write it as its own") {
  const test::ScratchName ring;
  Program program({BLACK_BOX, "run", ring.name()});
  program.input("a=1\n");
  program.wait_for_out("1\n");
  CHECK(contains(read_box(ring.name()), ") lives, after 2 records, 0 lost\n"));
  const Ended second = run({BLACK_BOX, "run", ring.name()}, "a=1\n");
  CHECK(second.status == 1);
  CHECK_MESSAGE(contains(second.err, std::to_string(program.pid())), second.err);
}
