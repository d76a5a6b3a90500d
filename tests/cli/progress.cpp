// How far long operations have come, on a terminal and nowhere else.
#include <doctest/doctest.h>

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
