// What logbuf-cat does on a terminal, and nowhere else.
#include "cat_support.hpp"
#include "terminal.hpp"

namespace {

const std::string red = "\x1b[31m";
const std::string bold_red = "\x1b[1;31m";
const std::string dim = "\x1b[2m";
const std::string plain = "\x1b[0m";

Shown cat_on_terminal(const Words& words, const OnTerminal& which = {}) {
  return run_on_terminal(cat_words(words), which);
}

Words with_no_color(const Words& words, const std::string& value) {
  Words all{"/usr/bin/env", "NO_COLOR=" + value};
  for (const std::string& word : cat_words(words)) all.push_back(word);
  return all;
}

// 0 to 2, with three lost behind 0; the times are the seconds.
class Broken : public Archive {
 public:
  Broken() {
    append({"0"});
    append_gap(3, "released unread");
    append({"1", "2"});
  }
};

}  // namespace

TEST_CASE("raw and length-prefixed are refused on a terminal, with what to do, and not by --force") {
  Archive archive;
  archive.append({"\x1b[2Jx"});
  for (const std::string kind : {"raw", "length-prefixed"}) {
    const Shown refused = cat_on_terminal({"-o", kind, archive.path()});
    CHECK(refused.status == 2);
    CHECK(
        refused.terminal ==
        "logbuf-cat: raw and length-prefixed are bytes as they came, and standard output is a terminal, which they may "
        "confuse: send them to a file or a pipe, look at them with --output text or --hex, or give --force (try "
        "--help)\r\n");
    const Shown forced = cat_on_terminal({"-o", kind, "--force", archive.path()});
    CHECK(forced.status == 0);
    CHECK(forced.terminal.ends_with("\x1b[2Jx"));
    const Shown piped = cat_on_terminal({"-o", kind, archive.path()}, {.out = false});
    CHECK(piped.status == 0);
    CHECK(piped.out.ends_with("\x1b[2Jx"));
  }
}

TEST_CASE("JSON on a terminal is ASCII, whatever is in names and payloads, and elsewhere as it came") {
  Archive archive;
  archive.name_producer(0,
                        "fe\xc2\x9b"
                        "2Jed");
  archive.append(
      {"\xc2\x9b"
       "31mred \x7f"});
  for (const Words& flags : {Words{"-J"}, Words{"-J", "--stats"}}) {
    Words words = flags;
    words.push_back(archive.path());
    const Shown shown = cat_on_terminal(words);
    CHECK(contains(shown.terminal, "\"name\":\"fe\\u009b2Jed\""));
    CHECK_FALSE(contains(shown.terminal, "\xc2"));
    CHECK_FALSE(contains(shown.terminal, "\x7f"));
    CHECK(contains(cat(words).out,
                   "\"name\":\"fe\xc2\x9b"
                   "2Jed\""));
  }
}

TEST_CASE("on a terminal, and only there, what --grep has found stands out, and payloads are escaped around it") {
  Archive archive;
  archive.append({"a\tlost order: lost\n"});
  const Words words{"-g", "lost|o", "-g", "order", "--exclude", "never", archive.path()};
  const std::string found = bold_red + "lost" + plain;
  CHECK(cat_on_terminal(words).terminal ==
        "a\\x09" + found + " " + bold_red + "order" + plain + ": " + found + "\\x0a\r\n");
  CHECK(cat(words).out == "a\tlost order: lost\n\n");
  CHECK(cat_on_terminal({"-F", "%l %d|\\n", "-g", "lost$", "-i", archive.path()}).terminal == "");
  CHECK(cat_on_terminal({"-F", "%l %d|\\n", "-g", "A", "-i", archive.path()}).terminal ==
        "19 " + bold_red + "a" + plain + "\\x09lost order: lost\\x0a|\r\n");
}

TEST_CASE("what matches nothing, and what matches everywhere, ends") {
  Archive archive;
  archive.append({"ab"});
  CHECK(cat_on_terminal({"-g", "x*", archive.path()}).terminal == "ab\r\n");
  CHECK(cat_on_terminal({"-g", ".", archive.path()}).terminal == bold_red + "ab" + plain + "\r\n");
  CHECK(cat_on_terminal({"-g", "b*", archive.path()}).terminal == "a" + bold_red + "b" + plain + "\r\n");
}

TEST_CASE("a character of several bytes stays whole where an expression of bytes matches a part of it") {
  Archive archive;
  archive.append({"x\u00e4y"});
  CHECK(cat_on_terminal({"-g", "x.", archive.path()}).terminal == bold_red + "x\u00e4" + plain + "y\r\n");
  CHECK(cat_on_terminal({"-g", "\\xa4y", archive.path()}).terminal == "x" + bold_red + "\u00e4y" + plain + "\r\n");
  CHECK(cat_on_terminal({"-g", "\\xc3", "-g", "\\xa4", archive.path()}).terminal ==
        "x" + bold_red + "\u00e4" + plain + "y\r\n");
  Archive euro;
  euro.append({"x\u20acy"});
  CHECK(cat_on_terminal({"-g", "\\xe2", "-g", "\\xac", euro.path()}).terminal ==
        "x" + bold_red + "\u20ac" + plain + "y\r\n");
  CHECK(cat_on_terminal({"-g", "\\xe2", "-g", "\\xacy", euro.path()}).terminal ==
        "x" + bold_red + "\u20ac" + plain + bold_red + "y" + plain + "\r\n");
}

TEST_CASE("times, producers and the line above hex digits are dim") {
  Timed archive({"10"});
  CHECK(cat_on_terminal({"--time", "unix", archive.path()}).terminal == dim + "@10.000000000" + plain + " 10\r\n");
  CHECK(cat_on_terminal({"-F", "%p %n %t %d\\n", "--time", "unix", archive.path()}).terminal ==
        dim + "0" + plain + "  " + dim + "@10.000000000" + plain + " 10\r\n");
  CHECK(contains(cat_on_terminal({"-X", archive.path()}).terminal,
                 dim + "seq 0, position 0, producer 0, type 0, length 2" + plain + "\r\n00000000  31 30 "));
  CHECK(cat_on_terminal({"-F", "%s %o %T %l %x %%\\n", archive.path()}).terminal == "0 0 0 2 3130 %\r\n");
}

TEST_CASE("a gap is red where stderr is a terminal, and nothing else is where stdout is none") {
  const Broken archive;
  const std::string line = "-- lost 3 records, released unread --";
  const Shown both = cat_on_terminal({archive.path()});
  CHECK(both.status == 3);
  CHECK(both.terminal.starts_with("0\r\n" + red + line + plain + "\r\n1\r\n2\r\nlogbuf-cat: "));
  const Shown no_err = cat_on_terminal({archive.path()}, {.err = false});
  CHECK(no_err.terminal == "0\r\n1\r\n2\r\n");
  CHECK(no_err.err.starts_with(line + "\n"));
  const Shown no_out = cat_on_terminal({"-g", ".", archive.path()}, {.out = false});
  CHECK(no_out.out == "0\n1\n2\n");
  CHECK(no_out.terminal.starts_with(red + line + plain + "\r\n"));
}

TEST_CASE("there are no colours with NO_COLOR, on a dumb terminal or with --color never, and --color always has them") {
  const Broken archive;
  const Words words{"-g", ".", archive.path()};
  CHECK_FALSE(contains(run_on_terminal(with_no_color(words, "1")).terminal, "\x1b"));
  CHECK(contains(run_on_terminal(with_no_color(words, "")).terminal, "\x1b"));
  CHECK_FALSE(contains(cat_on_terminal(words, {.term = "dumb"}).terminal, "\x1b"));
  CHECK_FALSE(contains(cat_on_terminal(words, {.term = ""}).terminal, "\x1b"));
  CHECK_FALSE(contains(cat_on_terminal({"--color", "never", "-g", ".", archive.path()}).terminal, "\x1b"));
  CHECK(contains(cat_on_terminal({"--color", "auto", "-g", ".", archive.path()}).terminal, "\x1b"));
  const Ended always = cat({"--color=always", "-g", ".", archive.path()});
  CHECK(always.out == bold_red + "0" + plain + "\n" + bold_red + "1" + plain + "\n" + bold_red + "2" + plain + "\n");
  CHECK(always.err.starts_with(red + "-- lost 3"));
  CHECK(contains(run_on_terminal(with_no_color({"--color", "always", "-g", ".", archive.path()}, "1")).terminal,
                 bold_red));
}

TEST_CASE("json, csv, raw and length-prefixed have no colours even where they are asked for") {
  Archive archive;
  archive.append({"x"});
  for (const std::string kind : {"json", "csv", "raw", "length-prefixed"}) {
    CAPTURE(kind);
    CHECK_FALSE(contains(cat({"--color", "always", "-g", "x", "-o", kind, archive.path()}).out, "\x1b"));
  }
}

TEST_CASE("every format shows a gap in its place") {
  const Broken archive;
  const std::string line = "-- lost 3 records, released unread --\n";
  const auto both = [&](const std::string& flags) {
    return shell("CAT " + flags + " " + archive.path() + " 2>&1").out;
  };
  CHECK(both("-o text").starts_with("0\n" + line + "1\n2\n"));
  CHECK(both("-o raw").starts_with("0" + line + "12"));
  const auto prefixed = [](const char* byte) { return std::string("\1\0\0\0", 4) + byte; };
  CHECK(both("-o length-prefixed").starts_with(prefixed("0") + line + prefixed("1") + prefixed("2")));
  CHECK(both("-F '%d;'").starts_with("0;" + line + "1;2;"));
  CHECK(both("--time unix").find(" 0\n" + line + "@") != std::string::npos);
  const std::string hex = both("-X");
  CHECK(contains(hex, "|0|\n" + line + "seq 1, "));
  const std::string csv = both("-o csv");
  CHECK(contains(csv, ",0,\n" + line + "1,"));
  const std::string json = both("-J");
  CHECK(contains(json, "\"data\":\"0\"}\n{\"gap\":{\"lost\":3,"));
  CHECK(contains(json, "released unread\"}}\n{\"seq\":1,"));
}

TEST_CASE("what comes is shown at once, and Ctrl-C ends it with how much that was") {
  const RingName ring;
  make_ring(ring);
  Feed feed(ring);
  TerminalProgram program(cat_words({"-f", ring}));
  for (const std::string payload : {"one", "two", "three"}) {
    feed.put(payload);
    program.wait_for(payload + "\r\n");
  }
  program.type("\x03");
  const Shown shown = program.wait();
  CHECK(shown.status == 0);
  CHECK(shown.terminal.ends_with("logbuf-cat: interrupted after 3 records, 11 bytes; nothing lost\r\n"));
}

TEST_CASE("interrupted behind a loss, it says what was lost, and the exit status is 3") {
  const Broken archive;
  TerminalProgram program(cat_words({"-f", archive.path()}));
  program.wait_for("2\r\n");
  program.type("\x03");
  const Shown shown = program.wait();
  CHECK(shown.status == 3);
  CHECK(contains(shown.terminal, "logbuf-cat: interrupted after 3 records, 3 bytes; lost 3 records in 1 gap\r\n"));
}
