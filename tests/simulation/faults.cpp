// Whatever becomes of one system call, or of two, the archive keeps its promises.
#include <array>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "content.hpp"
#include "scene.hpp"

namespace simulation {
namespace {

Script script_of_everything() {
  using enum Step::What;
  Script script;
  script.name(0, "feed").span(1, 40).then(sync).span(20, 200, 0, 64).span(3, 700).then(sync);
  script.refused(0, 5).span(5, 90).then(sync);
  script.span(1, 66'000).span(12, 9'000).then(sync);  // a block by itself; several blocks in one write
  script.name(1, "book").span(9, 300, 1).gap(7, 4096).span(2, 300, 1).then(sync).then(seal);
  script.span(4, 2'000, 1).then(sync).then(reopen).span(20, 1'500).then(sync);
  script.name(0, "feed again").span(30, 900).span(2, 50).then(kill).refused(1, 3).refused(0, 2).span(16, 2'500, 1);
  script.then(sync).span(3, 60).then(sync).then(seal).span(2, 100).then(sync).then(seal);
  return script;
}

std::string name_of(Call call) {
  constexpr std::array kNames{"open", "make",   "size",   "read", "write", "truncate",       "fdatasync", "fsync",
                              "lock", "rename", "unlink", "stat", "names", "make directory", "random"};
  return kNames[static_cast<std::size_t>(call)];
}

std::vector<Call> trace_of(const Script& script, const Circumstances& circumstances) {
  Scene scene(script, circumstances);
  const std::string wrong = scene.run();
  INFO(wrong);
  REQUIRE(wrong.empty());
  return scene.disk().trace();
}

// Counts the runs, and reports those that were not right.
class Tally {
 public:
  void run(const Script& script, const Circumstances& circumstances, std::vector<Plan> plans,
           const std::vector<Call>& trace) {
    Scene scene(script, circumstances);
    const auto first = plans.front();
    scene.disk().plan(std::move(plans));
    const std::string wrong = scene.run();
    if (scene.disk().struck()) ++points_;
    if (wrong.empty()) return;
    if (++wrong_ > 20) return;
    FAIL_CHECK("fault " << static_cast<int>(first.fault) << " x " << first.calls << " at call " << first.at << " ("
                        << (first.at < trace.size() ? name_of(trace[first.at]) : "?") << "), syncs "
                        << circumstances.syncs << ", power " << circumstances.power << ", new ring "
                        << circumstances.new_ring << ", then " << static_cast<int>(circumstances.then) << ", again "
                        << circumstances.again << ", seed " << circumstances.seed << ": " << wrong);
  }
  ~Tally() { MESSAGE(points_ << " faults, " << wrong_ << " wrong"); }

 private:
  std::uint64_t points_ = 0;
  std::uint64_t wrong_ = 0;
};

TEST_CASE("a process that dies at any system call loses nothing, and nothing is twice") {
  const Script script = script_of_everything();
  Tally tally;
  for (const bool syncs : {true, false}) {
    const Circumstances circumstances{.syncs = syncs};
    const auto trace = trace_of(script, circumstances);
    for (std::uint64_t at = 0; at < trace.size(); ++at) {
      if (!changes(trace[at])) continue;
      tally.run(script, circumstances, {{.fault = Fault::stop_before, .at = at}}, trace);
      tally.run(script, circumstances, {{.fault = Fault::stop_after, .at = at}}, trace);
      for (std::uint64_t seed = 0; seed < 4 && trace[at] == Call::write; ++seed) {
        const Circumstances other{.syncs = syncs, .seed = seed};
        tally.run(script, other, {{.fault = Fault::stop_within, .at = at}}, trace);
      }
    }
  }
}

TEST_CASE("a machine that dies at any system call loses nothing that was durable") {
  const Script script = script_of_everything();
  Tally tally;
  for (const bool syncs : {true, false}) {
    for (std::uint64_t seed = 0; seed < test::rounds(4); ++seed) {
      const Circumstances circumstances{.syncs = syncs, .power = true, .new_ring = seed % 3 == 2, .seed = seed};
      const auto trace = trace_of(script, circumstances);
      for (std::uint64_t at = 0; at < trace.size(); ++at) {
        if (!changes(trace[at])) continue;
        tally.run(script, circumstances, {{.fault = Fault::stop_before, .at = at}}, trace);
        tally.run(script, circumstances, {{.fault = Fault::stop_after, .at = at}}, trace);
      }
    }
  }
}

TEST_CASE("a call that fails, once or for a while, costs nothing") {
  const Script script = script_of_everything();
  Tally tally;
  for (const bool syncs : {true, false}) {
    for (const Then then : {Then::repeat, Then::reopen, Then::seal}) {
      const Circumstances circumstances{.syncs = syncs, .then = then, .seed = 5 + static_cast<std::uint64_t>(then)};
      const auto trace = trace_of(script, circumstances);
      const auto run = [&](Fault fault, std::uint64_t at, std::uint64_t calls) {
        tally.run(script, circumstances, {{.fault = fault, .at = at, .calls = calls}}, trace);
      };
      for (std::uint64_t at = 0; at < trace.size(); ++at) {
        if (then != Then::repeat && !changes(trace[at])) continue;
        run(Fault::error, at, 1);
        if (then == Then::repeat) run(Fault::error, at, 9);
        if (!takes_space(trace[at])) continue;
        run(Fault::no_space, at, 3);
        if (trace[at] != Call::write) continue;
        for (const std::uint64_t calls : {1U, 2U}) run(Fault::cut_short, at, calls);
      }
    }
  }
}

// Each call that makes something durable fails, at the `later`th call from there on the process dies.
void fail_syncs(const std::vector<std::uint64_t>& later) {
  const Script script = script_of_everything();
  Tally tally;
  for (const bool syncs : {true, false}) {
    for (std::uint64_t seed = 0; seed < test::rounds(4); ++seed) {
      const Circumstances circumstances{.syncs = syncs, .again = true, .seed = seed};
      const auto trace = trace_of(script, circumstances);
      for (std::uint64_t at = 0; at < trace.size(); ++at) {
        if (trace[at] != Call::sync_data && trace[at] != Call::sync) continue;
        for (const std::uint64_t more : later) {
          std::vector<Plan> plans{{.fault = Fault::error, .at = at}};
          if (more > 0) plans.push_back({.fault = Fault::stop_after, .at = at + more});
          tally.run(script, circumstances, std::move(plans), trace);
        }
      }
    }
  }
}

TEST_CASE("a sync that fails costs nothing where what it was for is written again") {
  fail_syncs({0});
}

TEST_CASE("a disk that is full when it is written again holds it up, and nothing is lost or twice when there is room") {
  const Script script = script_of_everything();
  Tally tally;
  for (const bool syncs : {true, false}) {
    const Circumstances circumstances{.syncs = syncs, .again = true, .seed = 3};
    const auto trace = trace_of(script, circumstances);
    for (std::uint64_t at = 0; at < trace.size(); ++at) {
      if (trace[at] != Call::sync_data) continue;
      for (const std::uint64_t calls : {1U, 2U, 9U}) {
        tally.run(script, circumstances,
                  {{.fault = Fault::error, .at = at}, {.fault = Fault::no_space, .at = at + 1, .calls = calls}}, trace);
      }
    }
  }
}

TEST_CASE("a process that dies while it writes again loses nothing that is durable afterwards") {
  fail_syncs({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
}

TEST_CASE("a second fault soon after the first finds the archive no less right") {
  const Script script = script_of_everything();
  Tally tally;
  constexpr std::array kFirst{Fault::stop_before, Fault::stop_after, Fault::stop_within, Fault::error,
                              Fault::cut_short};
  for (std::uint64_t round = 0; round < test::rounds(1'000); ++round) {
    test::Random random(round);
    const Circumstances circumstances{.syncs = random.below(2) == 0,
                                      .power = random.below(2) == 0,
                                      .new_ring = random.below(3) == 0,
                                      .then = static_cast<Then>(random.below(3)),
                                      .seed = random.below(1'000)};
    const std::uint64_t at = random.below(190);
    const std::uint64_t second = at + 1 + random.below(random.below(2) == 0 ? 5 : 40);
    tally.run(script, circumstances,
              {{.fault = kFirst[random.below(kFirst.size())], .at = at},
               {.fault = kFirst[random.below(kFirst.size())], .at = second}},
              {});
  }
}

}  // namespace
}  // namespace simulation
