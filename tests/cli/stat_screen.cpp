// logbuf-stat on a real terminal.
#include <algorithm>
#include <csignal>
#include <filesystem>

#include "holder.hpp"
#include "stat_support.hpp"

namespace {

// An archive that goes with the test.
class Directory {
 public:
  Directory() { REQUIRE(mkdtemp(path_.data()) != nullptr); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_ = std::filesystem::temp_directory_path() / "logbuf-stat-XXXXXX";
};

std::string number(const nlohmann::json& json) {
  return std::to_string(json.get<std::uint64_t>());
}

void follow_a_ring_from_its_making_to_its_end(unsigned columns, unsigned rows) {
  if (!Tmux::is_there()) return;
  Tmux terminal(columns, rows, on_screen());
  terminal.wait_for("There is no ring yet.");

  const RingName ring;
  const std::string colon = ring.str() + ": ";
  const logbuf::Segment segment = make_ring(ring);
  terminal.wait_for(">" + ring.str(), colon + "has appeared", "no consumer");

  const Directory directory;
  Program archiver({LOGBUF_ARCHIVER, "--ring", ring, "--dir", directory.path(), "--sync", "batch"});
  const std::string archiver_pid = std::to_string(archiver.pid());
  terminal.wait_for(colon + "running", "consumer logbuf-archiver (" + archiver_pid + ")");
  Feeder feeder(ring, 1000);
  terminal.wait_for("1 of 64 producers", std::to_string(feeder.pid()) + " alive");

  archiver.wait_until([&] { return segment.status().archive && segment.status().archive->written_seq > 0; });
  archiver.signal(SIGKILL);
  CHECK(archiver.wait().status == 128 + SIGKILL);
  terminal.wait_for("!dead consumer", colon + "dead consumer logbuf-archiver (" + archiver_pid + ")");
  const Feeder other(ring, 300, "other");
  terminal.wait_for("100%", std::to_string(other.pid()) + " alive");
  // Nothing moves any more: what is shown is what is.
  const auto json = json_of(ring);
  const std::string lost = number(json["totals"]["refused"]);
  const std::string screen = terminal.wait_until("what --json says", [&](const std::string& text) {
    const std::string line = line_of(ring, text);
    return contains(line, "100%      0       0 ") && contains(line, ' ' + number(json["waiting_records"]) + ' ') &&
           contains(line, ' ' + lost + " !dead consumer");
  });
  CHECK(json["totals"]["refused"] > 0);
  CHECK(json["fill_percent"] == 100.0);
  const bool has_room = columns > 100;
  const std::string archived = number(json["archive"]["written_seq"].get<std::uint64_t>() - 1);
  CHECK(contains(screen, "ARCHIVED") == has_room);
  if (has_room) CHECK(contains(line_of(ring, screen), ' ' + archived + ' '));
  for (const auto& producer : json["producers"]) {
    CHECK(contains(screen, producer["name"].get<std::string>() + " "));
    CHECK(contains(screen, ' ' + number(producer["records"]) + ' '));
    CHECK(contains(screen, ' ' + number(producer["refused"]) + '\n'));
  }

  CHECK(run({LOGBUF_CTL, "rm", "--force", ring}).status == 0);
  terminal.wait_for(colon + "removed", " removed\n");
  terminal.wait_for("There is no ring yet.");
  terminal.press({"q"});
  terminal.wait_for("ended 0");
}

// It has given the terminal back: no other screen, a cursor, echo, lines.
void check_restored(Tmux& terminal) {
  const std::string screen = terminal.wait_for("ended 0");
  CHECK_FALSE(contains(screen, "logbuf-stat"));
  CHECK(contains(screen, " echo "));
  CHECK(contains(screen, " icanon "));
  CHECK(terminal.ask("#{alternate_on} #{cursor_flag}") == "0 1\n");
}

}  // namespace

TEST_CASE("80x24: a ring appears, has a consumer, loses it, fills, is removed, as --json says") {
  follow_a_ring_from_its_making_to_its_end(80, 24);
}

TEST_CASE("200x50: a ring appears, has a consumer, loses it, fills, is removed, as --json says") {
  follow_a_ring_from_its_making_to_its_end(200, 50);
}

TEST_CASE("a producer that holds its ring up is named") {
  if (!Tmux::is_there()) return;
  const RingName ring;
  make_ring(ring);
  const test::Holder holder(ring.str(), [](auto& producer, auto say) { test::hold_claim(producer, say); });
  REQUIRE(holder.ready());
  Tmux terminal(80, 24, on_screen());
  const std::string screen =
      terminal.wait_for(ring.str() + ": blocked by holder (" + std::to_string(holder.pid()) + ")");
  CHECK(contains(line_of(ring, screen), " !blocked"));
}

TEST_CASE("keys select, sort, filter, pause, change the interval, explain and quit") {
  if (!Tmux::is_there()) return;
  const RingName first;
  const RingName second;
  make_ring(first);
  make_ring(second);
  const Feeder feeder(second, 64);
  Tmux terminal(80, 24, on_screen());
  terminal.wait_for(">" + first.str(), " " + first.str() + ": ", "by name");
  for (const char* const down : {"j", "Down"}) {
    terminal.press({down});
    terminal.wait_for(">" + second.str(), " " + second.str() + ": ", " feed ");
    terminal.press({std::string(down) == "j" ? "k" : "Up"});
    terminal.wait_for(">" + first.str());
  }
  const auto order = [&](const RingName& upper, const RingName& lower) {
    return [&](const std::string& text) {
      const auto at = text.find(line_of(upper, text) + "\n");
      return !line_of(lower, text).empty() && at < text.find(line_of(lower, text) + "\n");
    };
  };
  terminal.press({"s"});
  terminal.wait_for("by fill");
  terminal.wait_until("the fuller ring first", order(second, first));
  terminal.press({"r"});
  terminal.wait_for("by fill, reversed");
  terminal.wait_until("the emptier ring first", order(first, second));

  terminal.press({"/", second.str()});
  terminal.wait_for("filter: " + second.str() + "_", ">" + second.str());
  terminal.press({"Enter"});
  terminal.wait_until("one ring", [&](const std::string& text) {
    return contains(text, "filter '" + second.str() + "'") && line_of(first, text).empty();
  });
  terminal.press({"Escape"});
  terminal.wait_for(first.str(), second.str());

  terminal.press({"p"});
  terminal.wait_for("PAUSED");
  const RingName late;
  make_ring(late);
  // Another has looked twice meanwhile, as often as this one would have.
  for (int looks = 0; looks < 2; ++looks) CHECK(json_of(late)["name"] == late.str());
  terminal.press({"+"});
  CHECK_FALSE(contains(terminal.wait_for("every 200ms"), late.str()));
  terminal.press({"Space"});
  CHECK_FALSE(contains(terminal.wait_for(late.str()), "PAUSED"));
  terminal.press({"-"});
  terminal.wait_for("every 100ms");
  terminal.press({"?"});
  terminal.wait_for("this; any key goes back");
  terminal.press({"x"});
  terminal.wait_for(second.str());
  terminal.press({"q"});
  check_restored(terminal);
}

TEST_CASE("it takes on the terminal's size whenever that changes, without a key") {
  if (!Tmux::is_there()) return;
  const RingName ring;
  make_ring(ring);
  // Not by the next look, which is far.
  Tmux terminal(80, 24, LOGBUF_STAT " --interval 1h '" + own_rings() + "'");
  CHECK_FALSE(contains(terminal.wait_for(ring.str(), "? help  q quit"), "ARCHIVED"));
  terminal.resize(200, 50);
  terminal.wait_until("as many lines", [](const std::string& text) {
    return contains(text, " ARCHIVED    SYNCED ") && text.ends_with("? help  q quit\n") &&
           std::count(text.begin(), text.end(), '\n') == 50;
  });
  terminal.resize(30, 5);
  terminal.wait_until("fewer", [&](const std::string& text) {
    return contains(text, ring.str()) && text.ends_with("? help  q quit\n") && !contains(text, "REC/s");
  });
}

TEST_CASE("Ctrl-C, Ctrl-\\, SIGTERM and SIGHUP give the terminal back") {
  if (!Tmux::is_there()) return;
  for (const char* const key : {"C-c", "C-\\"}) {
    Tmux terminal(80, 24, on_screen());
    terminal.wait_for("There is no ring yet.");
    terminal.press({key});
    check_restored(terminal);
  }
  for (const std::string signal : {"TERM", "HUP"}) {
    // The shell says which process it is, and becomes the program.
    Tmux terminal(80, 24, "sh -c 'echo $$ >\"$TMUX_TMPDIR/pid\"; exec " LOGBUF_STAT " \"test-no-such-*\"'");
    terminal.wait_for("There is no ring yet.");
    CHECK(run({"sh", "-c", "kill -" + signal + " $(cat " + terminal.directory() + "/pid)"}).status == 0);
    check_restored(terminal);
  }
}

TEST_CASE("Ctrl-Z gives the terminal to the shell, and fg takes it again") {
  if (!Tmux::is_there()) return;
  Tmux terminal(80, 24, "PS1=shell: bash --norc --noprofile -i");
  terminal.wait_for("shell:");
  terminal.press({on_screen(), "Enter"});
  terminal.wait_for("There is no ring yet.");
  terminal.press({"C-z"});
  CHECK(terminal.wait_for("Stopped", "shell:").find("There is no ring yet.") == std::string::npos);
  CHECK(terminal.ask("#{alternate_on} #{cursor_flag}") == "0 1\n");
  terminal.press({"fg", "Enter"});
  terminal.wait_for("There is no ring yet.", "? help  q quit");
  terminal.press({"q"});
  terminal.wait_until("the shell again", [](const std::string& text) { return contains(text, "\nshell:\n"); });
  terminal.press({"exit", "Enter"});
  const std::string screen = terminal.wait_for("ended 0");
  CHECK(contains(screen, " echo "));
  CHECK(contains(screen, " icanon "));
}

TEST_CASE("an end that is no quitting gives the terminal back, too: the last of --count looks") {
  if (!Tmux::is_there()) return;
  Tmux terminal(80, 24, on_screen("-n 2"));
  check_restored(terminal);
}

TEST_CASE("-1 prints a table on a terminal, too") {
  if (!Tmux::is_there()) return;
  const RingName ring;
  make_ring(ring);
  Tmux terminal(100, 40, on_screen("-1"));
  const std::string screen = terminal.wait_for("ended 0");
  CHECK(screen.starts_with("RING "));
  CHECK(contains(screen, '\n' + ring.str() + "   0% "));
}

TEST_CASE("on a terminal that takes lines alone there is a table") {
  if (!Tmux::is_there()) return;
  const RingName ring;
  make_ring(ring);
  for (const char* const kind : {"TERM=dumb ", "-u TERM "}) {
    Tmux terminal(100, 40, std::string("env ") + kind + on_screen());
    const std::string screen = terminal.wait_for("ended 0");
    CHECK(screen.starts_with("RING "));
    CHECK(contains(screen, '\n' + ring.str() + "   0% "));
  }
}

TEST_CASE("a terminal of no known kind is named, with what to do") {
  if (!Tmux::is_there()) return;
  Tmux terminal(80, 24, "env TERM=no-such-kind " + on_screen());
  const std::string screen = terminal.wait_for("ended 2");
  CHECK(contains(screen, "TERM is 'no-such-kind'"));
  CHECK(contains(screen, " echo "));
}

TEST_CASE("there are colours, and with NO_COLOR none") {
  if (!Tmux::is_there()) return;
  const RingName ring;
  make_ring(ring);
  const Feeder feeder(ring, 300);
  for (const bool coloured : {true, false}) {
    Tmux terminal(80, 24, (coloured ? "" : "NO_COLOR=1 ") + on_screen());
    terminal.wait_for("100%", "alive");
    CHECK(contains(terminal.coloured(), "\x1b[31m") == coloured);
    CHECK(contains(terminal.coloured(), "\x1b[7m"));
  }
}

TEST_CASE("where the locale is not UTF-8 all is ASCII") {
  if (!Tmux::is_there()) return;
  const RingName ring;
  make_ring(ring);
  const Feeder feeder(ring, 128, "fäed");
  {
    Tmux terminal(80, 24, on_screen(), "C");
    const std::string screen = terminal.wait_for(" 50%", "f\\xc3\\xa4ed");
    CHECK(contains(line_of(ring, screen), " ###"));
    CHECK(std::all_of(screen.begin(), screen.end(), [](char c) { return c > 0; }));
  }
  Tmux terminal(80, 24, on_screen());
  CHECK(contains(line_of(ring, terminal.wait_for(" 50%", "fäed")), "███"));
}
