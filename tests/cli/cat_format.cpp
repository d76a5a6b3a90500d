#include <doctest/doctest.h>

#include "cat_support.hpp"

TEST_CASE("a format has every token's part of the record in its place") {
  const RingName ring;
  make_ring(ring);
  Feed feed(ring, "feed-3");
  feed.put("first", 7);
  feed.put("\x01\xfe", 8);
  CHECK(cat({"--format", "%s|%o|%p|%n|%T|%l|%x.", ring}).out == "0|0|0|feed-3|7|5|6669727374.1|16|0|feed-3|8|2|01fe.");
  CHECK(cat({"-F", "%d", ring}).out == "first\x01\xfe");
  CHECK(cat({"-F", "<%d%d>", "-c", "1", ring}).out == "<firstfirst>");
}

TEST_CASE("a format ends no line by itself, and has escapes for what a shell makes hard to type") {
  Archive archive;
  archive.append({"a", "b"});
  CHECK(cat({"-F", "%d", archive.path()}).out == "ab");
  CHECK(cat({"-F", "%d\\n", archive.path()}).out == "a\nb\n");
  CHECK(cat({"-F", "%s\\t%d\\0", archive.path()}).out == std::string("0\ta\0"
                                                                     "1\tb\0",
                                                                     8));
  CHECK(cat({"-F", "100%% \\\\n %%s\n", "-c", "1", archive.path()}).out == "100% \\n %s\n");
  CHECK(cat({"-F", "- ", archive.path()}).out == "- - ");
  CHECK(cat({"-F", "", archive.path()}).out == "");
}

TEST_CASE("a format's time is in the style that --time says, or else iso, of this machine's zone or of UTC") {
  const Timed archive({"10", "12"});
  const auto shown = [&](const std::string& flags) {
    return shell("TZ=CET-1 CAT " + flags + " " + archive.path()).out;
  };
  CHECK(shown("-F '%t %d\\n'") == "1970-01-01T01:00:10.000000000+01:00 10\n1970-01-01T01:00:12.000000000+01:00 12\n");
  CHECK(shown("-c 1 --time iso --utc -F %t") == "1970-01-01T00:00:10.000000000Z");
  CHECK(shown("--time unix -F '%t '") == "@10.000000000 @12.000000000 ");
  CHECK(shown("--time delta -F '%t %t,'") == "+0.000000000 +0.000000000,+2.000000000 +2.000000000,");
  // Of an archive without timestamps, when it came there.
  Archive without;
  without.append({"x"});
  CHECK(cat({"-F", "%t", without.path()}).out.starts_with("20"));
}

TEST_CASE("a format with times is refused for a ring that has none, and one without them is not") {
  const RingName ring;
  make_ring(ring);
  Feed(ring).put("x");
  const Ended ended = cat({"-F", "%s %t", ring});
  CHECK(ended.status == 2);
  CHECK(ended.out == "");
  CHECK(contains(ended.err, "has no timestamps, which --format with %t needs"));
  CHECK(cat({"-F", "%s %%t", ring}).out == "0 %t");
}

TEST_CASE("a format shows the records that are selected, and gaps on stderr") {
  Archive archive;
  archive.append({"0", "1"});
  archive.append_gap(5, "why");
  archive.append({"7"}, 3);
  const Ended ended = cat({"-F", "%s,", "-n", "2", "-g", "[17]", archive.path()});
  CHECK(ended.status == 3);
  CHECK(ended.out == "1,2,");
  CHECK(ended.err.starts_with("-- lost 5 records, why --\n"));
  CHECK(cat({"-F", "%p", "-p", "3", archive.path()}).out == "3");
}

TEST_CASE("a format leaves what is not printable as it is, but on a terminal") {
  const RingName ring;
  make_ring(ring);
  Feed(ring, "f\x1b").put("a\x1b[31mb");
  CHECK(cat({"-F", "%n %d\\n", ring}).out == "f\x1b a\x1b[31mb\n");
  CHECK(run({"script", "-qec", LOGBUF_CAT " --color never -F '%n %d\\n' " + ring.str(), "/dev/null"}).out ==
        "f\\x1b a\\x1b[31mb\r\n");
}

TEST_CASE("consuming with a format takes what was shown") {
  const RingName ring;
  make_ring(ring);
  Feed feed(ring);
  feed.put("a");
  feed.put("b");
  CHECK(cat({"--consume", "-c", "1", "-F", "%d;", ring}).out == "a;");
  CHECK(receive_bytes(ring) == Words{"b"});
}

TEST_CASE("what stands for nothing in a format is wrong usage, named with all that there is") {
  const auto refused = [](const std::string& format) {
    const Ended ended = cat({"-F", format, "/"});
    CHECK(ended.status == 2);
    CHECK(ended.out == "");
    return ended.err;
  };
  CHECK(refused("%s %q%d") ==
        "logbuf-cat: --format: '%q' stands for nothing: there are %s seq, %o position, %t time, %p producer's slot, %n "
        "its name, %T type, %l length, %d payload, %x payload in hex, and %% for a '%' (try --help)\n");
  CHECK(contains(refused("%d%"), "a '%' at the end stands for nothing: there are %s seq, "));
  CHECK(contains(refused("%\xc3\xa4"), "'%\xc3\xa4' stands for nothing"));
  CHECK(contains(refused("%\x1b"), "'%\\x1b' stands for nothing"));
  CHECK(contains(refused("%10d"), "'%1' stands for nothing"));
  CHECK(contains(refused("\\q"), "'\\q' stands for nothing: there are \\n newline, \\t tab, \\0 zero byte, and \\\\ "));
  CHECK(contains(refused("%d\\"), "a '\\' at the end stands for nothing"));
}

TEST_CASE("flags that do not go with a format are wrong usage") {
  for (const Words& words : {Words{"-J"}, Words{"-X"}, Words{"-o", "text"}, Words{"-F", "%d"}, Words{"--stats"},
                             Words{"--verify"}, Words{"--header"}, Words{"--time", "iso"}}) {
    CAPTURE(words[0]);
    Words all{"-F", "%d", "/"};
    all.insert(all.end(), words.begin(), words.end());
    const Ended ended = cat(all);
    CHECK(ended.status == 2);
    CHECK(contains(ended.err, "(try --help)"));
  }
  CHECK(contains(cat({"-F", "%t", "--time", "none", "/"}).err, "--time does not fit --format"));
}
