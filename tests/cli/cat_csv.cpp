#include <doctest/doctest.h>

#include "cat_support.hpp"

namespace {

const std::string heading = "seq,position,time,producer,name,type,length,data,data_b64\n";

}  // namespace

TEST_CASE("csv has a heading, and a record a line with its seq, position, producer, type, length and bytes") {
  const RingName ring;
  make_ring(ring);
  Feed feed(ring, "feed-3");
  feed.put("plain", 7);
  feed.put("with a space");
  CHECK(cat({"-o", "csv", ring}).out == heading +
                                            "0,0,,0,feed-3,7,5,plain,\n"
                                            "1,16,,0,feed-3,0,12,with a space,\n");
}

TEST_CASE("csv quotes what would end a field, and doubles the quotes in it") {
  const RingName ring;
  make_ring(ring);
  Feed feed(ring, "a,\"b\"");
  const auto row = [&](std::string_view payload) {
    feed.put(payload);
    const std::string out = cat({"-n", "1", "-o", "csv", ring}).out;
    const std::string mark = ",\"a,\"\"b\"\"\",0," + std::to_string(payload.size()) + ",";
    const std::size_t at = out.find(mark);
    REQUIRE_MESSAGE(at != std::string::npos, out);
    return out.substr(at + mark.size());
  };
  CHECK(row("a,b") == "\"a,b\",\n");
  CHECK(row("say \"yes\"") == "\"say \"\"yes\"\"\",\n");
  CHECK(row("a\nb") == "\"a\nb\",\n");
  CHECK(row("a\rb") == "\"a\rb\",\n");
  CHECK(row("\"") == "\"\"\"\",\n");
  CHECK(row("\xc3\xa4;\t'") == "\xc3\xa4;\t',\n");
}

TEST_CASE("csv has what is not UTF-8, or has a zero byte, in base64 in a column of its own") {
  Archive archive;
  archive.name_producer(1, "na\xffme");
  archive.append({"\xff\xfe", std::string("a\0b", 3), "a"}, 1);
  const std::string out = cat({"-o", "csv", archive.path()}).out;
  CHECK(contains(out, ",1,na\\xffme,0,2,,//4=\n"));
  CHECK(contains(out, ",0,3,,YQBi\n"));
  CHECK(contains(out, ",0,1,a,\n"));
}

TEST_CASE("csv has the records' times in UTC, and none where the archive has no timestamps") {
  const Timed timed({"20"});
  CHECK(shell("TZ=CET-1 CAT -o csv " + timed.path()).out ==
        heading + "0,0,1970-01-01T00:00:20.000000000Z,0,,0,2,20,\n");
  Archive without;
  without.append({"x"});
  CHECK(cat({"-o", "csv", without.path()}).out == heading + "0,0,,0,,0,1,x,\n");
}

TEST_CASE("csv has one heading for all targets, also where there is no record, and none where a target is wrong") {
  Archive archive;
  archive.append({"x"});
  CHECK(cat({"-o", "csv", archive.path(), archive.path()}).out == heading + "0,0,,0,,0,1,x,\n0,0,,0,,0,1,x,\n");
  CHECK(cat({"-o", "csv", "-c", "0", archive.path()}).out == heading);
  const Ended none = cat({"-o", "csv", "-g", "nowhere", archive.path()});
  CHECK(none.status == 1);
  CHECK(none.out == heading);
  const Ended wrong = cat({"-o", "csv", "./no-such-target"});
  CHECK(wrong.status == 2);
  CHECK(wrong.out == "");
}

TEST_CASE("a gap is a line on stderr with csv") {
  Archive archive;
  archive.append({"0"});
  archive.append_gap(5, "why");
  const Ended ended = cat({"-o", "csv", archive.path()});
  CHECK(ended.status == 3);
  CHECK(ended.out == heading + "0,0,,0,,0,1,0,\n");
  CHECK(ended.err.starts_with("-- lost 5 records, why --\n"));
}

TEST_CASE("csv on a terminal shows what is not printable, and elsewhere leaves it as it is") {
  const RingName ring;
  make_ring(ring);
  Feed(ring, "f\x1b").put("a\x1b[31m\nb");
  CHECK(contains(cat({"-o", "csv", ring}).out, ",f\x1b,0,8,\"a\x1b[31m\nb\",\n"));
  CHECK(contains(run({"script", "-qec", LOGBUF_CAT " -o csv " + ring.str(), "/dev/null"}).out,
                 ",f\\x1b,0,8,a\\x1b[31m\\x0ab,\r\n"));
}

TEST_CASE("what csv has no column for is wrong usage") {
  for (const Words& words : {Words{"--time", "iso"}, Words{"--stats"}, Words{"--verify"}, Words{"-J"}}) {
    Words all{"-o", "csv", "/"};
    all.insert(all.end(), words.begin(), words.end());
    const Ended ended = cat(all);
    CHECK(ended.status == 2);
    CHECK(contains(ended.err, "(try --help)"));
  }
}
