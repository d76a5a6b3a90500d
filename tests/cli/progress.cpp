// How far long operations have come, on a terminal and nowhere else.
#include <doctest/doctest.h>

#include <csignal>

#include "cat_support.hpp"
#include "terminal.hpp"

namespace {

namespace fs = std::filesystem;

constexpr std::string_view wiped = "\r\x1b[K";

// An archive of three blocks.
class Three : public Archive {
 public:
  Three() {
    for (const char* const payload : {"one", "two", "three"}) append({payload});
  }
  std::string copy() const { return path() + "/../" + fs::path(path()).filename().string() + "-copy"; }
  ~Three() { fs::remove_all(copy()); }
};

// What would show progress, if it were on a terminal.
std::vector<Words> all(const Three& archive, const RingName& ring) {
  return {{LOGBUF_ARCHIVE, "verify", archive.path()},
          {LOGBUF_ARCHIVE, "recover", archive.path(), "--to", archive.copy()},
          {LOGBUF_ARCHIVE, "export", archive.path()},
          {LOGBUF_CAT, "--verify", archive.path()},
          {LOGBUF_REPLAY, archive.path(), ring, "--speed", "max", "--create"}};
}

}  // namespace

TEST_CASE(
    "on a terminal long operations say how far they have come, over and over on one line that is gone in the end") {
  const Three archive;
  const RingName ring;
  for (const Words& words : all(archive, ring)) {
    CAPTURE(words[0]);
    CAPTURE(words[1]);
    const Shown shown = run_on_terminal(words, {.out = false});
    CHECK(shown.status == 0);
    CHECK(shown.terminal.starts_with("\r "));
    CHECK(contains(shown.terminal, "%  1 of 3 records"));
    CHECK(shown.terminal.ends_with(wiped));
    CHECK_FALSE(contains(shown.terminal, "\n"));
    CHECK_FALSE(contains(shown.out, "\r"));
    fs::remove_all(archive.copy());
  }
}

TEST_CASE("a large ring that is made shows its progress, and a small one is there at once") {
  for (const auto& [capacity, shows] : {std::pair("128M", true), std::pair("4K", false)}) {
    const RingName ring;
    const Shown shown = run_on_terminal({LOGBUF_CTL, "create", ring, "--capacity", capacity});
    CHECK(shown.status == 0);
    CHECK(contains(shown.terminal, " of 134.2M bytes") == shows);
    CHECK(shown.terminal.ends_with(shows ? wiped : ""));
  }
}

TEST_CASE("where stderr is no terminal, or one that cannot be written over, there is no progress") {
  const Three archive;
  const RingName ring;
  for (const Words& words : all(archive, ring)) {
    CAPTURE(words[0]);
    CAPTURE(words[1]);
    for (const OnTerminal& which : {OnTerminal{.err = false}, OnTerminal{.term = "dumb"}, OnTerminal{.term = ""}}) {
      const Shown shown = run_on_terminal(words, which);
      CHECK(shown.status == 0);
      CHECK(shown.err == "");
      CHECK_FALSE(contains(shown.terminal, "\x1b"));
      CHECK_FALSE(contains(shown.terminal, "%"));
      fs::remove_all(archive.copy());
    }
  }
}

TEST_CASE("what is written to the same terminal stands alone on its line") {
  const Three archive;
  const Shown verified = run_on_terminal({LOGBUF_ARCHIVE, "verify", archive.path()});
  CHECK(contains(verified.terminal, "% "));
  CHECK(contains(verified.terminal, std::string(wiped) + "archive: "));
  CHECK(verified.terminal.ends_with("verdict: sound\r\n"));
  CHECK_FALSE(contains(run_on_terminal({LOGBUF_ARCHIVE, "export", archive.path()}).terminal, "% "));

  const RingName ring;
  make_ring(ring);
  Archive broken;
  broken.append({"one"});
  broken.append_gap(3, "released unread");
  broken.append({"two"});
  const Shown replayed = run_on_terminal({LOGBUF_REPLAY, broken.path(), ring, "--speed", "max"});
  CHECK(replayed.status == 3);
  CAPTURE(replayed.terminal);
  CHECK(contains(replayed.terminal, "1 of 2 records"));
  CHECK(contains(replayed.terminal, "\x1b[K" + std::string(wiped) + "-- lost 3 records, released unread --\r\n"));
}

TEST_CASE("what is written elsewhere than to the terminal leaves the line as it is") {
  Archive archive;
  for (int i = 0; i < 10; ++i) archive.append({std::string(50'000, 'x')});
  // The reader says when it has the first that was written, and the writer cannot end before.
  const std::string reader = "{ dd bs=1 count=1 status=none of=/dev/null; echo begun; cat >/dev/null; }";
  const Shown shown = run_on_terminal({"sh", "-c", LOGBUF_ARCHIVE " export " + archive.path() + " | " + reader});
  CAPTURE(shown.terminal);
  CHECK(contains(shown.terminal, "%  1 of 10 records"));
  CHECK(shown.terminal.find("begun") < shown.terminal.find(wiped));
  CHECK(shown.terminal.ends_with(wiped));
}

TEST_CASE("what is to come is counted from the first record that is wanted by its time, and saturates") {
  const Timed archive({"100", "200", "300", "400"});
  const auto shown_by = [&](Words words, const Words& more) {
    words.insert(words.end(), more.begin(), more.end());
    return run_on_terminal(words, {.out = false}).terminal;
  };
  const RingName ring;
  make_ring(ring);
  const Words copied{LOGBUF_ARCHIVE, "export", archive.path()};
  const Words replayed{LOGBUF_REPLAY, archive.path(), ring, "--speed", "max"};
  for (const Words& words : {copied, replayed}) {
    CHECK(contains(shown_by(words, {"--since", "@300"}), "1 of 2 records"));
    CHECK(contains(shown_by(words, {"--since", "@200", "--seq", "1..2"}), "1 of 2 records"));
    // Where a time ends it, nobody knows.
    const std::string until = shown_by(words, {"--until", "@300"});
    CHECK(contains(until, "1 records"));
    CHECK_FALSE(contains(until, "%"));
  }
  const Words rarely{"--loop", "9223372036854775808", "--on-full", "drop"};
  Words words = replayed;
  words.insert(words.end(), rarely.begin(), rarely.end());
  TerminalProgram program(words, {.out = false});
  program.wait_for(" of 18446744073.7G records");
  program.type("\x03");
  CHECK(program.wait().status != 128 + SIGINT);
}
