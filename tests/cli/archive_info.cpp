#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "archive_support.hpp"

namespace fs = std::filesystem;
using nlohmann::json;

TEST_CASE("logbuf-archive says what it is for, and refuses a command that it has not") {
  const Ended help = archive_tool({"--help"});
  CHECK(help.status == 0);
  CHECK(contains(help.out, "info"));
  CHECK(archive_tool({"inform", "."}).status == 2);
  CHECK(archive_tool({"info"}).status == 2);
  CHECK(archive_tool({"info", "--help"}).status == 0);
}

TEST_CASE("info says of an archive which files it has and what they hold together") {
  Archive archive(true);
  archive.append({"0", "12"});
  archive.seal();
  archive.append({"345"});
  const Ended ended = archive_tool({"info", archive.path()});
  CHECK(ended.status == 0);
  CHECK(ended.err == "");
  for (const char* line :
       {"ring: orders\n", "ring uuid: 01000000-0000-0000-0000-000000000000\n", "timestamps: yes\n", "seqs: 0 to 2\n",
        "times: 1970-01-01T00:00:01.000000001Z to 1970-01-01T00:00:01.000000001Z\n", "files: 2\n", "records: 3\n",
        "raw bytes: 72 bytes (72)\n", "  state: sealed\n", "  state: in use\n", "  seqs: 2 to 2\n",
        "  positions: 48 to 72\n"}) {
    CHECK_MESSAGE(contains(ended.out, line), line << ended.out);
  }
}

TEST_CASE("info says which seqs no file has, and exits with 3") {
  Archive archive;
  for (const char* text : {"0", "12", "345"}) {
    archive.append({text});
    archive.seal();
  }
  fs::remove(archive.files()[1]);
  const Ended ended = archive_tool({"info", archive.path()});
  CHECK(ended.status == 3);
  CHECK(contains(ended.out, "missing: seqs 1 to 1, in no file\n"));
  CHECK(contains(ended.err, "1 record is in no file"));
  const Ended as = archive_tool({"info", "--json", archive.path()});
  CHECK(as.status == 3);
  CHECK(json::parse(as.out).at("files").at(1).at("missing_before") == 1);
  fs::remove(archive.files()[0]);
  CHECK(archive_tool({"info", archive.path()}).status == 0);
}

TEST_CASE("info's json has the same, and the bytes that the files take on disk") {
  Archive archive;
  archive.append({"0", "12"});
  archive.seal();
  archive.append({"345"});
  const Ended ended = archive_tool({"info", "--json", archive.path()});
  CHECK(ended.status == 0);
  const json all = as_json(ended);
  CHECK(all.at("first_seq") == 0);
  CHECK(all.at("end_seq") == 3);
  CHECK(all.at("records") == 3);
  CHECK(all.at("timestamps") == false);
  const auto files = archive.files();
  CHECK(all.at("file_bytes") == fs::file_size(files[0]) + fs::file_size(files[1]));
  REQUIRE(all.at("files").size() == 2);
  const json& sealed = all.at("files").at(0);
  CHECK(sealed.at("file") == fs::path(files[0]).filename().string());
  CHECK(sealed.at("sealed") == true);
  CHECK(sealed.at("compressed") == false);
  CHECK(sealed.at("blocks") == 1);
  CHECK(sealed.at("raw_bytes") == 32);
  CHECK(all.at("files").at(1).at("sealed") == false);
  CHECK(all.at("files").at(1).at("begin") == 32);
  CHECK(all.at("files").at(1).at("end") == 48);
}

TEST_CASE("info reads no record: damage among them is not its business") {
  Archive archive;
  archive.append({"damaged"});
  archive.seal();
  archive.append({"damaged"});
  archive.damage("damaged");
  const Ended ended = archive_tool({"info", "--json", archive.path()});
  CHECK(ended.status == 0);
  CHECK(as_json(ended).at("records") == 2);
}

TEST_CASE("info says which file is damaged at its header or has lost its seal, and describes the others") {
  Archive archive;
  for (const char* payload : {"0", "1", "2"}) {
    archive.append({payload});
    archive.seal();
  }
  const auto files = archive.files();
  REQUIRE(files.size() == 3);
  fs::resize_file(files[2], fs::file_size(files[2]) - 8);
  archive.damage("orders");  // in the first file's header
  const Ended ended = archive_tool({"info", archive.path()});
  CHECK(ended.status == 3);
  CHECK(contains(ended.err, "2 files are damaged"));
  CHECK(contains(ended.out, "  state: damaged: its seal is missing\n"));
  CHECK(contains(ended.out, "  state: damaged: its header's checksum does not match\n"));
  CHECK(contains(ended.out, "  state: sealed\n"));
  CHECK(contains(ended.out, "records: 2\n"));
  const json all = as_json(archive_tool({"info", "--json", archive.path()}));
  CHECK(all.at("files").at(2).at("damage") == "its seal is missing");
  CHECK(!all.at("files").at(1).contains("damage"));
}

TEST_CASE("info of what is no archive is refused") {
  CHECK(archive_tool({"info", "/nowhere"}).status == 2);
  CHECK(archive_tool({"info", "/usr"}).status == 2);
  CHECK(archive_tool({"info", LOGBUF_ARCHIVE}).status == 2);
}
