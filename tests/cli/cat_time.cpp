#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cat_support.hpp"

using nlohmann::json;

namespace {

// By the shell, in a zone an hour east of UTC.
Ended in_central_europe(const std::string& command) {
  return shell("TZ=CET-1CEST,M3.5.0,M10.5.0/3 " + command);
}

// What a living program has read by system calls so far.
std::uint64_t read_bytes_of(const Program& program) {
  std::ifstream counters("/proc/" + std::to_string(program.pid()) + "/io");
  std::string name;
  std::uint64_t bytes = 0;
  counters >> name >> bytes;
  REQUIRE(name == "rchar:");
  return bytes;
}

}  // namespace

TEST_CASE("since a time is with the records of that time, until a time is without them") {
  const Timed archive({"10", "20", "30"});
  CHECK(cat({"--since", "@20", archive.path()}).out == "20\n30\n");
  CHECK(cat({"-S", "@20.000000001", archive.path()}).out == "30\n");
  CHECK(cat({"--until", "@20", archive.path()}).out == "10\n");
  CHECK(cat({"-U", "@20.000000001", archive.path()}).out == "10\n20\n");
  CHECK(cat({"-S", "@10", "-U", "@30", archive.path()}).out == "10\n20\n");
  CHECK(cat({"-S", "@20", "-U", "@20", archive.path()}).out == "");
  CHECK(cat({"-S", "@31", archive.path()}).status == 0);
}

TEST_CASE("records whose times do not rise are selected each by its own") {
  const Timed archive({"10", "30", "20", "5", "30"});
  CHECK(cat({"-S", "@20", archive.path()}).out == "30\n20\n30\n");
  CHECK(cat({"-U", "@20", archive.path()}).out == "10\n5\n");
  CHECK(cat({"-n", "2", "-S", "@20", archive.path()}).out == "20\n30\n");
  CHECK(cat({"-n", "3", "-S", "@20", archive.path()}).out == "30\n20\n30\n");
  CHECK(cat({"-n", "2", "-U", "@20", archive.path()}).out == "10\n5\n");
}

TEST_CASE("since a time finds what came before the wall clock was set back between two files") {
  Timed archive({"10", "30"});
  archive.seal();
  archive.put("20");
  archive.put("40");
  archive.seal();
  archive.put("25");
  // As if the first file, with its records, had been made when the clock was ahead of the others' by centuries.
  const std::filesystem::path first = archive.files().at(0);
  std::string name = first.filename().string();
  name.replace(name.find('-') + 1, 4, "2999");
  std::filesystem::rename(first, first.parent_path() / name);
  CHECK(cat({"-S", "@20", archive.path()}).out == "30\n20\n40\n25\n");
  CHECK(cat({"-S", "@30", archive.path()}).out == "30\n40\n");
  CHECK(cat({"-n", "3", "-S", "@20", archive.path()}).out == "20\n40\n25\n");
  // By the names of the others, all of the first file was before.
  Timed ahead({"4102444800", "5"});  // the year 2100
  ahead.seal();
  ahead.put("6");
  const std::filesystem::path early = ahead.files().at(0);
  name = early.filename().string();
  name.replace(name.find('-') + 1, 4, "2100");
  std::filesystem::rename(early, early.parent_path() / name);
  CHECK(cat({"-S", "2099-12-31", ahead.path()}).out == "4102444800\n");
  CHECK(cat({"-S", "@6", ahead.path()}).out == "4102444800\n6\n");
}

TEST_CASE("a file's name of a year that no time reaches changes nothing of what is found") {
  Timed archive({"10", "20", "21", "22"});
  archive.seal();
  archive.put("30");
  const std::filesystem::path last = archive.files().at(1);
  std::string name = last.filename().string();
  name.replace(name.find('-') + 1, 4, "9999");
  std::filesystem::rename(last, last.parent_path() / name);
  CHECK(cat({"-S", "@20", archive.path()}).out == "20\n21\n22\n30\n");
  CHECK(cat({"-S", "2262-01-01", archive.path()}).out == "");
}

TEST_CASE("a time without an offset is one of this machine's zone, or of UTC with --utc") {
  const Timed archive({"0", "3600"});
  const std::string rest = " " + archive.path();
  CHECK(in_central_europe("CAT -S '1970-01-01 02:00'" + rest).out == "3600\n");
  CHECK(in_central_europe("CAT -S 1970-01-01T01:00" + rest).out == "0\n3600\n");
  CHECK(in_central_europe("CAT --utc -S 1970-01-01T01:00" + rest).out == "3600\n");
  CHECK(in_central_europe("CAT -S 1970-01-01T01:00Z" + rest).out == "3600\n");
}

TEST_CASE("times count back from now, and days from their beginning") {
  Archive archive;
  archive.append({"just now"});
  for (const char* since : {"-1h", "yesterday", "@1", "1970-01-01"}) {
    CAPTURE(since);
    CHECK(cat({"-S", since, archive.path()}).out == "just now\n");
    CHECK(cat({"--until=" + std::string(since), archive.path()}).out == "");
  }
  CHECK(cat({"-S", "now", archive.path()}).out == "");
  CHECK(cat({"-U", "now", archive.path()}).out == "just now\n");
  CHECK(cat({"-S-1h", archive.path()}).out == "just now\n");
}

TEST_CASE("a time that is none is wrong usage, and it is said what one is") {
  for (const Words& words : {Words{"-S", "noon", "/"}, Words{"-U", "", "/"}, Words{"-S", "2026-02-29", "/"},
                             Words{"-S", "-5", "/"}, Words{"-S", "9999-01-01", "/"}, Words{"-U", "100%name%", "/"}}) {
    INFO("logbuf-cat ", words[0], " ", words[1]);
    const Ended ended = cat(words);
    CHECK(ended.status == 2);
    CHECK(contains(ended.err, words[0] == "-S" ? "--since: '" : "--until: '"));
  }
  CHECK(contains(cat({"-S", "noon", "/"}).err, "'noon' is not a time: give a time as 2026-11-22T05:06:07.5Z"));
}

TEST_CASE("flags of times that do not go together are wrong usage") {
  for (const Words& words : {Words{"-S", "@2", "-U", "@1", "/"}, Words{"-f", "-U", "now", "/"},
                             Words{"--consume", "-S", "now", "/"}, Words{"--verify", "-U", "now", "/"}}) {
    INFO("logbuf-cat ", words[0], " ", words[1]);
    const Ended ended = cat(words);
    CHECK(ended.status == 2);
    CHECK(contains(ended.err, "(try --help)"));
  }
}

TEST_CASE("a ring's records are selected by time where it has timestamps, and refused where it has none") {
  const RingName with;
  make_ring(with, {.capacity = 4096, .timestamps = true});
  Feed(with).put("x");
  CHECK(cat({"-S", "-1h", with}).out == "x\n");
  CHECK(cat({"-U", "-1h", with}).out == "");
  const RingName without;
  make_ring(without);
  Feed(without).put("x");
  const Ended ended = cat({"-U", "now", without});
  CHECK(ended.status == 2);
  CHECK(ended.out == "");
  CHECK(contains(ended.err, "ring " + without.str() + " has no timestamps, which --until needs"));
}

TEST_CASE("the last N of a range of times or seqs are the last N in it") {
  const Timed archive({"10", "20", "30", "40", "50"});
  CHECK(cat({"-n", "2", "-S", "@10", archive.path()}).out == "40\n50\n");
  CHECK(cat({"-n", "2", "-S", "@50", archive.path()}).out == "50\n");
  CHECK(cat({"-n", "2", "-S", "@51", archive.path()}).out == "");
  CHECK(cat({"-n", "2", "-U", "@40", archive.path()}).out == "20\n30\n");
  CHECK(cat({"-n", "2", "-U", "@60", archive.path()}).out == "40\n50\n");
  CHECK(cat({"-n", "2", "-U", "@10", archive.path()}).out == "");
  CHECK(cat({"-n", "2", "-S", "@20", "-U", "@50", archive.path()}).out == "30\n40\n");
  CHECK(cat({"-n", "9", "-S", "@20", "-U", "@50", archive.path()}).out == "20\n30\n40\n");
  CHECK(cat({"-n", "0", "-S", "@20", archive.path()}).out == "");
  CHECK(cat({"-n", "2", "--seq", "..3", archive.path()}).out == "30\n40\n");
  CHECK(cat({"-n", "9", "--seq", "1..3", archive.path()}).out == "20\n30\n40\n");
  CHECK(cat({"-n", "2", "--seq", "2..9", archive.path()}).out == "40\n50\n");
  CHECK(cat({"-n", "2", "--seq", "7..9", archive.path()}).out == "");
  CHECK(cat({"-n", "2", "--seq", "..3", "-S", "@40", archive.path()}).out == "40\n");
  CHECK(cat({"-n", "1", "--seq", "2..", "-U", "@50", archive.path()}).out == "40\n");
}

TEST_CASE("the last N since a time, or of seqs, are found without reading what is before them") {
  const Timed archive({"10", "20", "30"});
  archive.damage("10");
  for (const Words& words : {Words{"-S", "@5"}, Words{"--seq", "0.."}, Words{"-S", "@5", "--seq", "0.."}}) {
    INFO("logbuf-cat ", words[0], " ", words[1]);
    Words all{"-n", "2", archive.path()};
    all.insert(all.end(), words.begin(), words.end());
    const Ended ended = cat(all);
    CHECK(ended.out == "20\n30\n");
    CHECK(ended.status == 0);
  }
}

TEST_CASE("following since a time shows what is there of it, and what comes") {
  Timed archive({"10", "20", "30"});
  for (const Words& words : {Words{"-f", "-S", "@20", "-c", "3"}, Words{"-f", "-S", "@20", "-n", "2", "-c", "3"}}) {
    Words all = words;
    all.push_back(archive.path());
    Program program(cat_words(all));
    program.wait_for_out("20\n30\n");
    archive.put("15");
    archive.put("40");
    CHECK(program.finish().out == "20\n30\n40\n");
    archive.put("20");
    archive.put("30");
  }
}

TEST_CASE("a gap is told where what it lacks may be of the times that are wanted") {
  Timed archive({"10"});
  archive.append_gap(1, "between 10 and 20");
  archive.put("20");
  archive.append_gap(2, "between 20 and 30");
  archive.put("30");
  archive.append_gap(3, "after 30");
  bool sealed = false;
  SUBCASE("in the file in use") {}
  SUBCASE("in a sealed file, which has an index") {
    sealed = true;
  }
  if (sealed) archive.seal();
  struct {
    Words times;
    std::string records;
    std::vector<const char*> told;
  } const cases[] = {{{"-S", "@10"}, "10\n20\n30\n", {"between 10 and 20", "between 20 and 30", "after 30"}},
                     {{"-S", "@15"}, "20\n30\n", {"between 10 and 20", "between 20 and 30", "after 30"}},
                     {{"-S", "@21"}, "30\n", {"between 20 and 30", "after 30"}},
                     {{"-S", "@31"}, "", {"after 30"}},
                     {{"-U", "@31"}, "10\n20\n30\n", {"between 10 and 20", "between 20 and 30", "after 30"}},
                     {{"-U", "@21"}, "10\n20\n", {"between 10 and 20", "between 20 and 30"}},
                     {{"-U", "@20"}, "10\n", {"between 10 and 20"}},
                     {{"-U", "@10"}, "", {}},
                     {{"-S", "@22", "-U", "@23"}, "", {"between 20 and 30"}}};
  for (const auto& [times, records, told] : cases) {
    INFO(times[0], " ", times[1]);
    Words words = times;
    words.push_back(archive.path());
    const Ended ended = cat(words);
    CHECK(ended.status == (told.empty() ? 0 : 3));
    CHECK(ended.out == records);
    for (const char* why : {"between 10 and 20", "between 20 and 30", "after 30"}) {
      INFO(why);
      const bool expected = std::ranges::any_of(told, [&](const char* one) { return std::string_view(one) == why; });
      CHECK(contains(ended.err, std::string(why) + " --\n") == expected);
    }
  }
  CHECK(cat({"-J", "-S", "@21", archive.path()}).out.starts_with("{\"gap\":{\"lost\":2,"));
}

TEST_CASE("damage before the times that are wanted, or after them, is no loss of theirs") {
  const Timed archive({"10", "20", "30", "40", "50"});
  archive.damage("30");
  CHECK(cat({"-S", "@40", archive.path()}).status == 3);  // what was damaged may have been of that time
  CHECK(cat({"-S", "@41", archive.path()}).status == 0);
  CHECK(cat({"-U", "@21", archive.path()}).status == 3);
  const Ended before = cat({"-U", "@20", archive.path()});
  CHECK(before.status == 0);
  CHECK(before.out == "10\n");
  CHECK(before.err == "");
}

TEST_CASE("damage at the end, behind what is too late, is no loss of the times that are wanted") {
  Timed archive({"10", "20", "30"});
  archive.seal();
  archive.damage("30");
  CHECK(cat({"-U", "@20.5", archive.path()}).status == 3);
  const Ended ended = cat({"-U", "@20", archive.path()});
  CHECK(ended.status == 0);
  CHECK(ended.out == "10\n");
  CHECK(ended.err == "");
}

TEST_CASE("what is long before a time is not read") {
  Timed archive({"10"});
  const std::string large(900'000, 'x');
  for (int i = 0; i < 20; ++i) archive.append({large});
  bool sealed = false;
  SUBCASE("in the file in use") {}
  SUBCASE("in a sealed file, which has an index") {
    sealed = true;
  }
  archive.put("20");
  if (sealed) archive.seal();
  for (const Words& words : {Words{"-f", "-S", "@20"}, Words{"-f", "-n", "1", "-S", "@1"}, Words{"-f", "-n", "1"}}) {
    INFO("logbuf-cat ", words.back());
    Words all = words;
    all.push_back(archive.path());
    Program program(cat_words(all));
    program.wait_for_out("20\n");
    CHECK(read_bytes_of(program) < 5'000'000);
    program.signal(SIGTERM);
    CHECK(program.finish().out == "20\n");
  }
}

TEST_CASE("stats are of the times that are wanted") {
  const Timed archive({"10", "20", "30"});
  CHECK(json::parse(cat({"--stats", "-J", "-S", "@20", archive.path()}).out).at("records") == 2);
}

TEST_CASE("text begins with the record's time if asked to, to the nanosecond") {
  Archive archive(true);
  archive.at(1'795'323'967 * second_ns + 8);
  archive.append({"a", "b\nc"});
  archive.at(1'795'323'966 * second_ns + 9);
  archive.append({"d"});
  const std::string rest = " " + archive.path();
  CHECK(in_central_europe("CAT --time iso" + rest).out ==
        "2026-11-22T06:06:07.000000008+01:00 a\n2026-11-22T06:06:07.000000008+01:00 b\nc\n"
        "2026-11-22T06:06:06.000000009+01:00 d\n");
  CHECK(in_central_europe("CAT --time iso --utc -n 1" + rest).out == "2026-11-22T05:06:06.000000009Z d\n");
  CHECK(cat({"--time", "unix", archive.path()}).out ==
        "@1795323967.000000008 a\n@1795323967.000000008 b\nc\n@1795323966.000000009 d\n");
  CHECK(cat({"--time", "delta", archive.path()}).out == "+0.000000000 a\n+0.000000000 b\nc\n-0.999999999 d\n");
  CHECK(cat({"--time", "none", archive.path()}).out == "a\nb\nc\nd\n");
}

TEST_CASE("a step is from the record that was shown before, not from one that was not") {
  Timed archive({"10"});
  archive.put("12", 7);
  archive.put("15");
  CHECK(cat({"--time", "delta", "-p", "0", archive.path()}).out == "+0.000000000 10\n+5.000000000 15\n");
}

TEST_CASE("the time that is shown is read back, also that of an archive without timestamps") {
  Archive archive;
  archive.append({"0"});
  archive.append({"1"});
  archive.append({"2"});
  for (const char* style : {"iso", "unix"}) {
    for (const char* zone : {"", "--utc "}) {
      const std::string flags = std::string("--time ") + style + " " + zone;
      const std::string line = in_central_europe("CAT --seq 1 " + flags + archive.path()).out;
      CAPTURE(line);
      const std::string time = line.substr(0, line.find(' '));
      CHECK(in_central_europe("CAT -S " + time + " " + archive.path()).out == "1\n2\n");
      CHECK(in_central_europe("CAT -U " + time + " " + archive.path()).out == "0\n");
    }
  }
}

TEST_CASE("a ring's records are shown with their times where it has timestamps, and refused where it has none") {
  const RingName with;
  make_ring(with, {.capacity = 4096, .timestamps = true});
  Feed(with).put("x");
  const std::string time = json::parse(cat({"-J", with}).out).at("time");
  CHECK(cat({"--time", "iso", "--utc", with}).out == time + " x\n");
  CHECK(cat({"--time", "iso", "--utc", "--consume", with}).out == time + " x\n");
  const RingName without;
  make_ring(without);
  CHECK(contains(cat({"--time", "delta", without}).err, "has no timestamps, which --time needs"));
  CHECK(cat({"--time", "none", without}).status == 0);
}

TEST_CASE("only records as text have a column of times") {
  for (const Words& words : {Words{"--time", "iso", "-J", "/"}, Words{"--time", "unix", "-o", "raw", "/"},
                             Words{"--time", "delta", "--stats", "/"}, Words{"--time", "rfc", "/"}}) {
    INFO("logbuf-cat ", words[1], " ", words[2]);
    const Ended ended = cat(words);
    CHECK(ended.status == 2);
    CHECK(contains(ended.err, "--time"));
  }
  const Timed archive({"10"});
  CHECK(cat({"--time", "none", "-o", "raw", archive.path()}).out == "10");
  CHECK(json::parse(cat({"-J", archive.path()}).out).at("time") == "1970-01-01T00:00:10.000000000Z");
}
