#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "cat_support.hpp"

using nlohmann::json;

namespace {

// Two files, two producers, two types.
class Fruit : public Archive {
 public:
  Fruit() : Archive(true) {
    name_producer(1, "east");
    at(10 * second_ns);
    append({"apple red", "banana yellow"}, 1, 7);
    seal();
    at(20 * second_ns);
    append({"Apple green", "cherry red"}, 2, 8);
  }
};

}  // namespace

TEST_CASE("what a regular expression matches anywhere in the payload is shown") {
  const Fruit archive;
  const Ended ended = cat({"--grep", "an+a|ch..ry", archive.path()});
  CHECK(ended.status == 0);
  CHECK(ended.out == "banana yellow\ncherry red\n");
  CHECK(ended.err == "");
  CHECK(cat({"-g", "^apple", archive.path()}).out == "apple red\n");
  CHECK(cat({"-g", "red$", archive.path()}).out == "apple red\ncherry red\n");
  CHECK(cat({"-g", "", archive.path()}).out == cat({archive.path()}).out);
}

TEST_CASE("of several expressions one has to match, and none of those that exclude") {
  const Fruit archive;
  CHECK(cat({"-g", "yellow", "-g", "green", archive.path()}).out == "banana yellow\nApple green\n");
  CHECK(cat({"--exclude", "red", archive.path()}).out == "banana yellow\nApple green\n");
  CHECK(cat({"--exclude", "red", "--exclude", "green", archive.path()}).out == "banana yellow\n");
  CHECK(cat({"-g", "pple", "-g", "cherry", "--exclude", "green", archive.path()}).out == "apple red\ncherry red\n");
}

TEST_CASE("letters of either case are one with -i, whether they are wanted or excluded") {
  const Fruit archive;
  CHECK(cat({"-g", "APPLE", archive.path()}).out == "");
  CHECK(cat({"-i", "-g", "APPLE", archive.path()}).out == "apple red\nApple green\n");
  CHECK(cat({"--ignore-case", "--exclude", "APPLE", archive.path()}).out == "banana yellow\ncherry red\n");
}

TEST_CASE("where no record matches, nothing is shown and the exit status is 1") {
  const Fruit archive;
  const RingName ring;
  make_ring(ring);
  Feed(ring).put("x");
  for (const std::string& target : {archive.path(), ring.str()}) {
    for (const Words& words : {Words{"-g", "nowhere"}, Words{"--exclude", "."}, Words{"-g", "x", "--exclude", "x"}}) {
      Words all = words;
      all.push_back(target);
      const Ended ended = cat(all);
      CHECK(ended.status == 1);
      CHECK(ended.out == "");
      CHECK(ended.err == "");
    }
  }
  // What matches elsewhere is not what is asked for.
  CHECK(cat({"-g", "banana", "--seq", "2..", archive.path()}).status == 1);
  CHECK(cat({"-g", "banana", "-p", "2", archive.path()}).status == 1);
  CHECK(cat({"-g", "banana", "--type", "8", archive.path()}).status == 1);
  CHECK(cat({"-g", "banana", "-S", "@20", archive.path()}).status == 1);
}

TEST_CASE("one target of several that has a match is enough") {
  const Fruit archive;
  Archive other;
  other.append({"other"});
  CHECK(cat({"-g", "banana", archive.path(), other.path()}).status == 0);
  CHECK(cat({"-g", "banana", other.path(), archive.path()}).status == 0);
}

TEST_CASE("losses are told whatever matches, and are the exit status also where nothing does") {
  Archive archive;
  archive.append({"0"});
  archive.append_gap(5, "why");
  archive.append({"6"});
  for (const char* re : {"6", "nowhere"}) {
    CAPTURE(re);
    const Ended ended = cat({"-g", re, archive.path()});
    CHECK(ended.status == 3);
    CHECK(ended.err.starts_with("-- lost 5 records, why --\n"));
  }
}

TEST_CASE("any byte can be looked for, and a payload is one line") {
  Archive archive;
  archive.append({std::string("a\0b", 3), "a\nb", std::string("a\xff") + "b", "ab"});
  const auto seqs = [&](const Words& words) {
    Words all{"-J"};
    all.insert(all.end(), words.begin(), words.end());
    all.push_back(archive.path());
    std::string found;
    std::istringstream lines(cat(all).out);
    for (std::string line; std::getline(lines, line);) found += json::parse(line).at("seq").dump();
    return found;
  };
  CHECK(seqs({"-g", "a.b"}) == "012");
  CHECK(seqs({"-g", "\\x00"}) == "0");
  CHECK(seqs({"-g", "\\xff"}) == "2");
  CHECK(seqs({"-g", "\xff"}) == "2");
  CHECK(seqs({"-i", "-g", "^A[^z]B$"}) == "012");
  CHECK(seqs({"-g", "^b"}) == "");
  CHECK(seqs({"-g", "(?m)^b"}) == "1");
}

TEST_CASE("characters of several bytes are one each where the expression has such") {
  Archive archive;
  archive.append({"\xff \xc3\xa4rger", "\xc3\x84rger", "\xc3\xb6rger", "\xe3\xa4rger"});
  CHECK(cat({"-g", "\xc3\xa4", archive.path()}).out == "\xff \xc3\xa4rger\n");
  CHECK(cat({"-i", "-g", "\xc3\xa4", archive.path()}).out == "\xff \xc3\xa4rger\n\xc3\x84rger\n");
  CHECK(cat({"-g", "^[\xc3\xb6\xc3\xbc]r", archive.path()}).out == "\xc3\xb6rger\n");
  CHECK(cat({"-g", "^\\p{Lu}r", archive.path()}).out == "\xc3\x84rger\n");
  CHECK(cat({"-g", "^\\x{f6}r", archive.path()}).out == "\xc3\xb6rger\n");
  CHECK(cat({"-g", "\\\\p|^..rger", archive.path()}).out == "\xc3\x84rger\n\xc3\xb6rger\n\xe3\xa4rger\n");
}

TEST_CASE("what matches is counted from the end, from the beginning, and merged") {
  const Fruit archive;
  CHECK(cat({"-n", "1", "-g", "red", archive.path()}).out == "cherry red\n");
  CHECK(cat({"-n", "1", "-g", "banana", archive.path()}).out == "banana yellow\n");
  CHECK(cat({"-n", "9", "-g", "red", archive.path()}).out == "apple red\ncherry red\n");
  CHECK(cat({"-c", "1", "-g", "red", archive.path()}).out == "apple red\n");
  CHECK(cat({"--seq", "1..", "-g", "red", archive.path()}).out == "cherry red\n");
  CHECK(cat({"-S", "@20", "-g", "red", archive.path()}).out == "cherry red\n");
  CHECK(cat({"-U", "@20", "-g", "red", archive.path()}).out == "apple red\n");
  CHECK(cat({"-n", "1", "-U", "@20", "-g", "red", archive.path()}).out == "apple red\n");
  CHECK(cat({"-p", "east", "-g", "red", archive.path()}).out == "apple red\n");
  CHECK(cat({"--type", "8", "-g", "red", archive.path()}).out == "cherry red\n");
  const Timed other({"15"});
  CHECK(cat({"-m", "-g", "red|15", archive.path(), other.path()}).out == "apple red\n15\ncherry red\n");
  CHECK(cat({"-m", "-n", "2", "-g", "red|15", archive.path(), other.path()}).out == "15\ncherry red\n");
}

TEST_CASE("what matches is shown in every output, and is what stats count") {
  const Fruit archive;
  CHECK(cat({"-o", "raw", "-g", "^a|n", archive.path()}).out == "apple redbanana yellowApple green");
  CHECK(json::parse(cat({"-J", "-g", "banana", archive.path()}).out).at("data") == "banana yellow");
  CHECK(contains(cat({"-X", "-g", "banana", archive.path()}).out, "seq 1, "));
  const Ended some = cat({"--stats", "-J", "-g", "red", archive.path()});
  CHECK(some.status == 0);
  CHECK(json::parse(some.out).at("records") == 2);
  const Ended none = cat({"--stats", "-J", "-g", "nowhere", archive.path()});
  CHECK(none.status == 1);
  CHECK(json::parse(none.out).at("records") == 0);
}

TEST_CASE("following shows what matches of what comes") {
  const RingName ring;
  auto segment = make_ring(ring);
  Feed feed(ring);
  feed.put("no");
  feed.put("yes 1");
  Program program(cat_words({"-f", "-g", "yes", ring}));
  program.wait_for_out("yes 1\n");
  feed.put("no");
  feed.put("yes 2");
  program.wait_for_out("yes 2\n");
  REQUIRE(segment.close());
  const Ended ended = program.finish();
  CHECK(ended.status == 0);
  CHECK(ended.out == "yes 1\nyes 2\n");
}

TEST_CASE("who stops reading is not told that nothing matched") {
  const RingName ring;
  make_ring(ring);
  CHECK(shell("{ CAT -f -g nowhere " + ring.str() + "; echo status $? >&2; } | true").err == "status 0\n");
}

TEST_CASE("an expression that is none is wrong usage, with what is wrong in it and what to do") {
  for (const char* flag : {"--grep", "--exclude"}) {
    const Ended ended = cat({flag, "100%d%(", "/"});
    CHECK(ended.status == 2);
    CHECK(ended.out == "");
    CHECK_MESSAGE(contains(ended.err,
                           std::string(flag) + ": '100%d%(' is no regular expression: missing ): 100%d%( (a character"),
                  ended.err);
  }
  CHECK(cat({"-g", "good", "-g", "[", "/"}).status == 2);
  // Every repetition doubles it: refused rather than built.
  CHECK(contains(cat({"-g", "((((a{99}){99}){99}){99})", "/"}).err, "is no regular expression: "));
}

TEST_CASE("an expression that others take ages for is done with at once") {
  Archive archive;
  archive.append({std::string(100'000, 'a')});
  CHECK(cat({"-g", "(a*)*(a*)*(a*)*b", archive.path()}).status == 1);
}

TEST_CASE("flags that do not go with expressions are wrong usage") {
  for (const Words& words : {Words{"-i", "/"}, Words{"--verify", "-g", "a", "/"}, Words{"--header", "-g", "a", "/"},
                             Words{"--consume", "-g", "a", "b"}, Words{"--consume", "--exclude", "a", "b"}}) {
    INFO("logbuf-cat ", words[0], " ", words[1]);
    const Ended ended = cat(words);
    CHECK(ended.status == 2);
    CHECK(contains(ended.err, "(try --help)"));
  }
}
