// An archive grows while its last records are being shown: at every system call of the program, once.
#include "trace.hpp"

#if LOGBUF_CAN_TRACE

#include <chrono>
#include <filesystem>

#include "cat_support.hpp"

namespace fs = std::filesystem;

namespace {

constexpr const char* kOldLast = "2\n3\n4\n";
constexpr const char* kNewLast = "7\n8\n9\n";

constexpr int kEnough = 20;

// At each stop an archive of its own, which grows there. `others` stand behind the archive's path. Gives at how many of
// the stops the records that came there were among the last. One that follows never ends: there kEnough others will do.
template <typename Check>
int new_ones_at_every_system_call(Words flags, const Words& others, Check check) {
  int old_ones = 0;
  int new_ones = 0;
  const bool follows = flags.front() == "-f";
  for (int count = 0; !follows || old_ones < kEnough; ++count) {
    Archive archive(true);
    archive.append({"0", "1", "2"});
    archive.append({"3", "4"});
    // A directory that was changed a moment ago is listed twice.
    fs::last_write_time(archive.path(), fs::file_time_type::clock::now() - std::chrono::hours(1));
    Words words = flags;
    words.push_back(archive.path());
    words.insert(words.end(), others.begin(), others.end());
    TracedProgram traced(cat_words(words));
    if (!traced.run_to(archive.files()[0], count)) break;
    CAPTURE(count);
    archive.append({"damaged"});
    archive.append_gap(2, "while it was read");
    archive.append({"5", "6"});
    archive.append({"7", "8", "9"});
    archive.damage("damaged");
    (check(traced, archive) ? new_ones : old_ones) += 1;
  }
  CHECK(old_ones > 0);
  CHECK(new_ones > 0);
  return new_ones;
}

int new_ones_of_last_3(const Words& more_flags, const Words& others, const std::string& behind) {
  Words flags{"-n", "3"};
  flags.insert(flags.end(), more_flags.begin(), more_flags.end());
  return new_ones_at_every_system_call(flags, others, [&](TracedProgram& traced, Archive&) {
    const Ended ended = traced.finish();
    if (ended.out == kNewLast + behind) return true;
    CHECK(ended.out == kOldLast + behind);
    CHECK(ended.status == 0);
    CHECK(ended.err == "");
    return false;
  });
}

}  // namespace

TEST_CASE("what comes to an archive after its end was looked for is not among its last records") {
  const int new_ones = new_ones_of_last_3({}, {}, "");
  // What selects has no say in which end that is.
  CHECK(new_ones_of_last_3({"-p", "0"}, {}, "") == new_ones);
  CHECK(new_ones_of_last_3({"--type", "0"}, {}, "") == new_ones);
  CHECK(new_ones_of_last_3({"-S", "@0"}, {}, "") == new_ones);
  CHECK(new_ones_of_last_3({"--seq", "1.."}, {}, "") == new_ones);
  CHECK(new_ones_of_last_3({"-U", "@9"}, {}, "") == new_ones);
}

TEST_CASE("what comes to one of several archives after its end was looked for is not among the last records") {
  const int new_ones = new_ones_of_last_3({}, {}, "");
  const Timed other({"0.5"});
  CHECK(new_ones_of_last_3({}, {other.path()}, "0.5\n") == new_ones);
  CHECK(new_ones_of_last_3({"--merge"}, {other.path()}, "") == new_ones);
}

TEST_CASE("what comes to an archive after its end was looked for is shown behind its last records when following") {
  for (const Words& flags : {Words{"-f", "-c", "8", "-n", "3"}, Words{"-f", "-c", "8", "-n", "3", "-p", "0"}}) {
    new_ones_at_every_system_call(flags, {}, [](TracedProgram& traced, Archive& archive) {
      Program& program = traced.let_go();
      program.wait_for_out("9\n");
      archive.append({"10", "11", "12", "13", "14"});
      const Ended ended = program.finish();
      if (ended.out == kNewLast + std::string("10\n11\n12\n13\n14\n")) return true;
      CHECK(ended.out == kOldLast + std::string("5\n6\n7\n8\n9\n"));
      CHECK(contains(ended.err, "-- lost 2 records, while it was read --\n"));
      return false;
    });
  }
}

#endif
