#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cat_support.hpp"

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

void turn_last_bit(const std::string& file) {
  std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
  stream.seekg(-1, std::ios::end);
  const int last = stream.get();
  stream.seekp(-1, std::ios::end);
  stream.put(static_cast<char>(last ^ 1));
  REQUIRE(stream.good());
}

}  // namespace

TEST_CASE("an archive's records are shown in order, across its files") {
  Archive archive;
  archive.append({"0", "1"});
  archive.seal();
  archive.append({"2"});
  const Ended ended = cat({archive.path()});
  CHECK(ended.status == 0);
  CHECK(ended.out == "0\n1\n2\n");
  CHECK(ended.err == "");
}

TEST_CASE("one segment file is shown by itself") {
  Archive archive;
  archive.append({"0", "1"});
  archive.seal();
  archive.append({"2"});
  REQUIRE(archive.files().size() == 2);
  CHECK(cat({archive.files()[1]}).out == "2\n");
}

TEST_CASE("a directory of the working directory is named without a '/'") {
  Archive archive;
  archive.append({"0"});
  const auto path = std::filesystem::path(archive.path());
  const Ended ended = shell("cd " + path.parent_path().string() + " && CAT " + path.filename().string());
  CHECK(ended.status == 0);
  CHECK(ended.out == "0\n");
}

TEST_CASE("an archive's records have their producer's name and their time in json") {
  Archive archive(true);
  archive.name_producer(3, "feed-3");
  archive.append({"x"}, 3, 9);
  const json record = json::parse(cat({"-J", archive.path()}).out);
  CHECK(record.at("name") == "feed-3");
  CHECK(record.at("producer") == 3);
  CHECK(record.at("type") == 9);
  CHECK(record.at("time") == "1970-01-01T00:00:01.000000001Z");
}

TEST_CASE("an archive's records can be selected by seq, and are counted from its end") {
  Archive archive;
  archive.append({"0", "1", "2"});
  archive.seal();
  archive.append({"3", "4"}, 5, 7);
  CHECK(cat({"--seq", "1..3", archive.path()}).out == "1\n2\n3\n");
  CHECK(cat({"--seq", "3..", archive.path()}).out == "3\n4\n");
  CHECK(cat({"--seq", "9..", archive.path()}).out == "");
  CHECK(cat({"-n", "3", archive.path()}).out == "2\n3\n4\n");
  CHECK(cat({"-n", "9", archive.path()}).out == "0\n1\n2\n3\n4\n");
  CHECK(cat({"-n", "0", archive.path()}).out == "");
  CHECK(cat({"-n", "1", "--type", "0", archive.path()}).out == "2\n");
  CHECK(cat({"-p", "5", "-c", "1", archive.path()}).out == "3\n");
}

TEST_CASE("a gap is told where it is, and at the end with its positions") {
  Archive archive;
  archive.append({"0"});
  archive.append_gap(128, "producer feed-3: ring full");
  archive.append({"129"});
  const Ended text = shell("CAT " + archive.path() + " 2>&1");
  CHECK(text.status == 3);
  CHECK(text.out.starts_with("0\n-- lost 128 records, producer feed-3: ring full --\n129\nlogbuf-cat: "));
  CHECK(contains(text.out, "lost 128 records in 1 gap: positions 16 to 2064"));
  for (const char* output : {"raw", "length-prefixed"}) {
    const Ended ended = cat({"-o", output, archive.path()});
    CHECK(ended.status == 3);
    CHECK(!contains(ended.out, "lost"));
    CHECK(ended.err.starts_with("-- lost 128 records, producer feed-3: ring full --\n"));
  }
}

TEST_CASE("a gap is an object of its own in json") {
  Archive archive;
  archive.append({"0"});
  archive.append_gap(128, "ring full");
  archive.append({"129"});
  const Ended ended = cat({"-J", archive.path()});
  CHECK(ended.status == 3);
  CHECK(contains(ended.out, "}\n{\"gap\":{\"lost\":128,\"from\":16,\"to\":2064,\"why\":\"ring full\"}}\n{"));
}

TEST_CASE("damage costs the records of its block and no others") {
  Archive archive;
  archive.append({"before"});
  archive.append({"damaged"});
  archive.append({"after"});
  archive.seal();
  archive.damage("damaged");
  const Ended ended = cat({archive.path()});
  CHECK(ended.status == 3);
  CHECK(ended.out == "before\nafter\n");
  CHECK(ended.err.starts_with("-- lost 1 record, "));
  CHECK(contains(ended.err, archive.path() + ": lost 1 record in 1 gap"));
}

TEST_CASE("a damaged archive is read to its end, and each damage told in its place") {
  Archive archive;
  for (const char* payload : {"0", "1", "2", "3"}) {
    archive.append({payload});
    archive.append({std::string("damaged ") + payload});
    archive.seal();
  }
  archive.append({"end"});
  archive.damage("damaged 0");
  const std::string beheaded = archive.files()[2];
  std::filesystem::resize_file(beheaded, 100);
  const Ended ended = shell("CAT " + archive.path() + " 2>&1");
  CHECK(ended.status == 3);
  CHECK(ended.out.starts_with("0\n-- lost 1 record, "));
  CHECK(contains(ended.out, "--\n1\ndamaged 1\n-- lost 2 records, "));
  CHECK(contains(ended.out, beheaded));
  CHECK(contains(ended.out, "--\n3\ndamaged 3\nend\nlogbuf-cat: "));
  CHECK(contains(ended.out, archive.path() + ": lost 3 records in 2 gaps"));
}

TEST_CASE("following a damaged archive tells the damage, goes on, and ends with status 3") {
  Archive archive;
  archive.append({"0"});
  archive.append({"damaged"});
  archive.append({"2"});
  archive.damage("damaged");
  Program program(cat_words({"-f", archive.path()}));
  program.wait_for_out("0\n2\n");
  program.wait_for_err("-- lost 1 record, ");
  archive.seal();
  archive.append({"3"});
  program.wait_for_out("3\n");
  program.signal(SIGTERM);
  const Ended ended = program.finish();
  CHECK(ended.status == 3);
  CHECK(ended.out == "0\n2\n3\n");
  CHECK(contains(ended.err, archive.path() + ": lost 1 record in 1 gap"));
}

TEST_CASE("a reader that leaves after one line leaves in peace, even where records are lost") {
  Archive archive;
  archive.append({"first"});
  archive.append_gap(1, "ring full");
  for (int i = 0; i < 100; ++i) archive.append(std::vector<std::string>(100, std::string(100, 'x')));
  const Ended ended = shell("{ CAT " + archive.path() + "; echo status $? >&2; } | head -n 1");
  CHECK(ended.out == "first\n");
  CHECK(ended.err == "-- lost 1 record, ring full --\nstatus 0\n");
}

TEST_CASE("following an archive goes on in its next file") {
  Archive archive;
  archive.append({"0"});
  Program program(cat_words({"-f", archive.path()}));
  program.wait_for_out("0\n");
  archive.append({"1"});
  program.wait_for_out("1\n");
  archive.seal();
  archive.append({"2"});
  program.wait_for_out("2\n");
  program.signal(SIGTERM);
  const Ended ended = program.finish();
  CHECK(ended.status == 0);
  CHECK(ended.out == "0\n1\n2\n");
  CHECK(ended.err == "");
}

TEST_CASE("following an archive misses nothing however often the file changes") {
  Archive archive;
  Program program(cat_words({"-f", "-c", "60", archive.path()}));
  std::string all;
  for (int i = 0; i < 60; ++i) {
    const std::string payload = "record " + std::to_string(i);
    archive.append({payload});
    all += payload + "\n";
    if (i % 3 == 0) archive.seal();
    if (i % 20 == 0) program.wait_for_out(payload + "\n");
  }
  const Ended ended = program.finish();
  CHECK(ended.status == 0);
  CHECK(ended.out == all);
  CHECK(ended.err == "");
}

TEST_CASE("following an archive after its last record begins there") {
  Archive archive;
  archive.append({"0", "1"});
  Program program(cat_words({"-f", "-n", "1", "-c", "2", archive.path()}));
  program.wait_for_out("1\n");
  archive.append({"2"});
  const Ended ended = program.finish();
  CHECK(ended.status == 0);
  CHECK(ended.out == "1\n2\n");
}

TEST_CASE("following an archive ends quietly when the reader goes") {
  Archive archive;
  archive.append({"0"});
  const Ended ended = shell("{ CAT -f " + archive.path() + "; echo status $? >&2; } | head -n 1");
  CHECK(ended.out == "0\n");
  CHECK(ended.err == "status 0\n");
}

TEST_CASE("a whole archive is verified as sound") {
  Archive archive;
  archive.append({"0", "12"});
  archive.seal();
  archive.append({"345"});
  const Ended ended = cat({"--verify", archive.path()});
  CHECK(ended.status == 0);
  CHECK(ended.err == "");
  for (const char* line : {"files: 2\n", "records: 3\n", "payload bytes: 6\n", "first seq: 0\n", "last seq: 2\n",
                           "gaps: 0\n", "damaged bytes: 0\n", "verdict: sound\n"}) {
    CHECK(contains(ended.out, line));
  }
  CHECK(json::parse(cat({"--verify", "-J", archive.path()}).out).at("last_seq") == 2);
}

TEST_CASE("verifying says where a checksum is wrong") {
  Archive archive;
  archive.append({"before"});
  archive.append({"damaged"});
  archive.append({"after"});
  archive.seal();
  archive.damage("damaged");
  const Ended ended = cat({"--verify", archive.path()});
  CHECK(ended.status == 3);
  CHECK(contains(ended.out, "gaps: 1\n"));
  CHECK(contains(ended.err, "lost 1 record in 1 gap"));
  CHECK(contains(ended.err, archive.files()[0]));
}

TEST_CASE("verifying says where the damage is that lost no record, and how much more there is than it names") {
  Archive archive;
  const int sealed = 12;
  for (int i = 0; i < sealed; ++i) {
    archive.append({std::to_string(i)});
    archive.seal();
  }
  const auto verify = [&] {
    const Ended ended = cat({"--verify", archive.path()});
    CHECK(ended.status == 3);
    CHECK_MESSAGE(contains(ended.err, archive.path() + ": "), ended.err);
    CHECK_FALSE(contains(ended.err, "lost 0"));
    return ended.err;
  };
  const auto place_in = [](const std::string& file) {
    return " bytes of " + fs::path(file).filename().string() + " from offset ";
  };
  SUBCASE("a seal") {
    turn_last_bit(archive.files()[3]);
    const std::string said = verify();
    CHECK_MESSAGE(contains(said, archive.files()[3] + ": the block payload's checksum does not match"), said);
    CHECK_MESSAGE(contains(said, place_in(archive.files()[3])), said);
    CHECK(!contains(said, " more"));
  }
  SUBCASE("the seal of every file") {
    for (const std::string& file : archive.files()) turn_last_bit(file);
    const std::string said = verify();
    CHECK_MESSAGE(contains(said, place_in(archive.files()[0])), said);
    CHECK_MESSAGE(said.ends_with("; and 4 more\n"), said);
    CHECK(!contains(said, archive.files()[sealed - 1]));
  }
  SUBCASE("a file of another archive") {
    Archive other;
    for (int i = 0; i < 2; ++i) {
      other.append(std::vector<std::string>(100, "x"));
      other.seal();
    }
    const std::string foreign = archive.path() + "/" + fs::path(other.files()[1]).filename().string();
    fs::copy_file(other.files()[1], foreign);
    const std::string said = verify();
    CHECK_MESSAGE(contains(said, place_in(foreign) + "0"), said);
  }
}

TEST_CASE("verifying names every one of several files that cannot be read, one after the other") {
  Archive archive;
  for (const char* payload : {"0", "1", "2", "3"}) {
    archive.append({payload});
    archive.seal();
  }
  for (const std::size_t file : {1U, 2U}) fs::resize_file(archive.files()[file], 100);
  const std::string said = cat({"--verify", archive.path()}).err;
  CHECK_MESSAGE(contains(said, "lost 2 records in 1 gap"), said);
  for (const std::size_t file : {1U, 2U}) {
    CHECK_MESSAGE(
        contains(said, "100 bytes of " + fs::path(archive.files()[file]).filename().string() + " from offset 0"), said);
  }
}

TEST_CASE("verifying finds that a file in the middle is missing") {
  Archive archive;
  for (const char* payload : {"0", "1", "2"}) {
    archive.append({payload});
    archive.seal();
  }
  REQUIRE(archive.files().size() == 3);
  std::filesystem::remove(archive.files()[1]);
  const Ended ended = cat({"--verify", archive.path()});
  CHECK(ended.status == 3);
  CHECK(contains(ended.err, "lost 1 record in 1 gap"));
}

TEST_CASE("an archive whose oldest files were removed is sound") {
  Archive archive;
  for (const char* payload : {"0", "1", "2"}) {
    archive.append({payload});
    archive.seal();
  }
  std::filesystem::remove(archive.files()[0]);
  const Ended ended = cat({"--verify", archive.path()});
  CHECK(ended.status == 0);
  CHECK(contains(ended.out, "first seq: 1\n"));
}

TEST_CASE("the header is shown of every file") {
  Archive archive;
  archive.append({"0"});
  archive.seal();
  archive.append({"1"});
  const Ended ended = cat({"--header", archive.path()});
  CHECK(ended.status == 0);
  for (const std::string& file : archive.files()) CHECK(contains(ended.out, "file: " + file + "\n"));
  CHECK(contains(ended.out, "first seq: 1\n"));
  CHECK(contains(ended.out, "ring: orders\n"));
}

TEST_CASE("a directory without segment files is no archive") {
  const Ended ended = cat({"/"});
  CHECK(ended.status == 2);
  CHECK(contains(ended.err, "segment files"));
}
