#include <doctest/doctest.h>

#include "cat_support.hpp"

namespace {

// Two producers in one archive, both of which lost something.
class Shared : public Archive {
 public:
  Shared() {
    name_producer(3, "feed-3");
    name_producer(4, "feed-4");
    append({"three"}, 3);
    append_refused(5, 3, "feed-3");
    append_hole(4);
    append({"four"}, 4);
    append_refused(7, 4, "feed-4");
    append({"three again"}, 3);
  }
};

constexpr const char* refused_3 = "-- lost 5 records, producer feed-3 (slot 3): refused at a full ring --\n";
constexpr const char* refused_4 = "-- lost 7 records, producer feed-4 (slot 4): refused at a full ring --\n";
constexpr const char* died_4 = "-- producer feed-4 (slot 4) died in a claim --\n";

}  // namespace

TEST_CASE("without a choice of producers all losses are told") {
  const Shared archive;
  const Ended ended = cat({archive.path()});
  CHECK(ended.status == 3);
  CHECK(ended.err.starts_with(std::string(refused_3) + died_4 + refused_4));
}

TEST_CASE("what was lost to other producers alone is not told, and is no loss of those that are wanted") {
  const Shared archive;
  for (const char* wanted : {"3", "feed-3"}) {
    const Ended ended = cat({"-p", wanted, archive.path()});
    CHECK(ended.out == "three\nthree again\n");
    CHECK(ended.err.starts_with(std::string(refused_3) + "logbuf-cat: "));
    CHECK(contains(ended.err, "lost 5 records in 1 gap"));
    CHECK(ended.status == 3);
  }
  const Ended ended = cat({"-p", "feed-4", archive.path()});
  CHECK(ended.err.starts_with(std::string(died_4) + refused_4 + "logbuf-cat: "));
  CHECK(cat({"-p", "4", "-p", "feed-3", archive.path()}).err.starts_with(std::string(refused_3) + died_4 + refused_4));
}

TEST_CASE("a producer that lost nothing is whole, whatever others lost") {
  Archive archive;
  archive.append({"a"}, 1);
  archive.append_refused(9, 2, "other");
  const Ended ended = cat({"-p", "1", archive.path()});
  CHECK(ended.status == 0);
  CHECK(ended.err == "");
}

TEST_CASE("a loss is told whatever producer is wanted, if it may be that one's") {
  Archive archive;
  archive.name_producer(1, "feed");
  archive.append({"a"}, 1);
  archive.append_refused(2, 5, "");
  archive.append_gap(3, "nobody knows whose");
  archive.append({"damaged"}, 2);
  archive.append({"b"}, 1);
  archive.damage("damaged");
  const Ended by_name = cat({"-p", "feed", archive.path()});
  CHECK(by_name.status == 3);
  CHECK(by_name.out == "a\nb\n");
  CHECK(contains(by_name.err, "-- lost 2 records, producer ? (slot 5)"));
  CHECK(contains(by_name.err, "-- lost 3 records, nobody knows whose --\n-- lost 1 record, "));
  // A slot is known.
  const Ended by_slot = cat({"-p", "1", archive.path()});
  CHECK(by_slot.status == 3);
  CHECK(!contains(by_slot.err, "slot 5"));
  CHECK(contains(by_slot.err, "nobody knows whose --\n-- lost 1 record, "));
}

TEST_CASE("a producer of whom no record was seen is named, and nothing else changes") {
  Archive archive;
  archive.name_producer(1, "feed");
  archive.append({"a"}, 1);
  const Ended ended = cat({"-p", "fead", "-p", "feed", "-p", "7\x1b", archive.path(), archive.path()});
  CHECK(ended.status == 0);
  CHECK(ended.out == "a\na\n");
  CHECK(ended.err ==
        "logbuf-cat: no record of producer 'fead' was seen: --producer takes a slot or a name, and logbuf-cat --stats "
        "lists both\n"
        "logbuf-cat: no record of producer '7\\x1b' was seen: --producer takes a slot or a name, and logbuf-cat "
        "--stats lists both\n");
}

TEST_CASE("a producer is seen by its records of the seqs and times that are wanted, whatever their type") {
  Timed archive({"10", "20"});
  archive.put("30", 1);
  archive.put("40", 1);
  CHECK(cat({"-p", "1", "-p", "01", archive.path()}).err == "");
  CHECK(cat({"-p", "1", "--type", "9", archive.path()}).err == "");
  CHECK(cat({"-p", "1", "-S", "@40", archive.path()}).err == "");
  for (const Words& words : {Words{"-U", "@30"}, Words{"-S", "@41"}, Words{"--seq", "0..1"}}) {
    const Ended ended = cat({"-p", "1", words[0], words[1], archive.path()});
    CHECK(ended.status == 0);
    CHECK(contains(ended.err, "no record of producer '1' was seen"));
  }
}

TEST_CASE("who ends before the end is not told of producers that may still have come") {
  Archive archive;
  archive.append({"a"}, 1);
  archive.append({"b"}, 2);
  CHECK(cat({"-p", "1", "-p", "2", "-c", "1", archive.path()}).err == "");
}

TEST_CASE("a producer of whom a ring has no record is named, too") {
  const RingName ring;
  make_ring(ring);
  Feed(ring).put("a");
  const Ended ended = cat({"-p", "7", ring});
  CHECK(ended.status == 0);
  CHECK(ended.out == "");
  CHECK(contains(ended.err, "no record of producer '7' was seen"));
}
