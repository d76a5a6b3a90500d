#include <doctest/doctest.h>

#include "cat_support.hpp"

TEST_CASE("several archives are merged by time, and those of one time in the order of the targets") {
  Timed odd({"1", "3", "5"});
  Timed even({"2", "4", "5", "6"});
  const Timed empty({});
  CHECK(cat({"-m", odd.path(), empty.path(), even.path()}).out == "1\n2\n3\n4\n5\n5\n6\n");
  odd.at(7 * second_ns);
  even.at(7 * second_ns);
  odd.append({"odd a", "odd b"});
  even.append({"even"});
  CHECK(cat({"--merge", "-S", "@7", even.path(), odd.path()}).out == "even\nodd a\nodd b\n");
  CHECK(cat({"--merge", "-S", "@7", odd.path(), even.path()}).out == "odd a\nodd b\neven\n");
}

TEST_CASE("merging leaves a target's own order as it is") {
  const Timed falling({"30", "10", "40"});
  const Timed rising({"20", "35"});
  CHECK(cat({"-m", falling.path(), rising.path()}).out == "20\n30\n10\n35\n40\n");
}

TEST_CASE("one target alone is merged with nothing") {
  const Timed archive({"1", "2"});
  CHECK(cat({"-m", archive.path()}).out == "1\n2\n");
}

TEST_CASE("an archive and a ring are merged by time") {
  const RingName ring;
  make_ring(ring, {.capacity = 4096, .timestamps = true});
  Feed(ring).put("ring");
  Timed archive({"1"});
  archive.at(4'000'000'000 * second_ns);
  archive.append({"later"});
  CHECK(cat({"-m", ring, archive.path()}).out == "1\nring\nlater\n");
}

TEST_CASE("what is selected of a merge is selected of each target") {
  const Timed odd({"1", "3", "5", "7"});
  const Timed even({"2", "4", "6"});
  const auto merged = [&](Words words) {
    words.insert(words.begin(), {"-m", odd.path(), even.path()});
    return cat(words).out;
  };
  CHECK(merged({"-S", "@3", "-U", "@6"}) == "3\n4\n5\n");
  CHECK(merged({"--seq", "0..1"}) == "1\n2\n3\n4\n");
  CHECK(merged({"-c", "3"}) == "1\n2\n3\n");
  CHECK(merged({"-n", "3"}) == "5\n6\n7\n");
  CHECK(merged({"-n", "3", "-U", "@5"}) == "2\n3\n4\n");
  CHECK(merged({"-n", "3", "-p", "0"}) == "5\n6\n7\n");
  CHECK(merged({"-n", "2", "--time", "delta"}) == "+0.000000000 6\n+1.000000000 7\n");
}

TEST_CASE("a gap of a merge is told in its target's place, and at the end for its target") {
  Timed with({"1"});
  with.append_gap(2, "first");
  with.append_gap(3, "second");
  with.put("9");
  const Timed other({"1", "5"});
  for (const bool first : {true, false}) {
    const std::string targets = first ? with.path() + " " + other.path() : other.path() + " " + with.path();
    const Ended ended = shell("CAT -m " + targets + " 2>&1");
    CHECK(ended.status == 3);
    CHECK(ended.out.starts_with(std::string(first ? "1\n" : "1\n1\n") +
                                "-- lost 2 records, first --\n-- lost 3 records, second --\n" +
                                (first ? "1\n5\n9\n" : "5\n9\n") + "logbuf-cat: "));
    CHECK(contains(ended.out, with.path() + ": lost 5 records in 2 gaps"));
    CHECK(!contains(ended.out, other.path() + ": lost"));
  }
}

TEST_CASE("damage in one of the targets costs a merge its records and no others") {
  const Timed damaged({"11", "13", "15"});
  const Timed sound({"12", "14"});
  damaged.damage("13");
  const Ended ended = cat({"-m", sound.path(), damaged.path()});
  CHECK(ended.status == 3);
  CHECK(ended.out == "11\n12\n14\n15\n");
  CHECK(contains(ended.err, damaged.path() + ": lost 1 record in 1 gap, "));
  CHECK(contains(ended.err, " bytes damaged: positions "));
}

TEST_CASE("what has no times, or no end, cannot be merged") {
  const RingName ring;
  make_ring(ring);
  const Timed archive({"1"});
  const Ended ended = cat({"-m", archive.path(), ring});
  CHECK(ended.status == 2);
  CHECK(ended.out == "");
  CHECK(contains(ended.err, "has no timestamps, which --merge needs"));
  for (const char* flag : {"-f", "--consume", "--verify", "--header"}) {
    CAPTURE(flag);
    const Ended refused = cat({"-m", flag, archive.path()});
    CHECK(refused.status == 2);
    CHECK(contains(refused.err, "--merge shows what is there"));
  }
}
