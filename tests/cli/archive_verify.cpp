#include <doctest/doctest.h>

#include <filesystem>

#include "archive_support.hpp"

namespace fs = std::filesystem;
using nlohmann::json;

TEST_CASE("a sound archive is verified without a word, and with what was compared") {
  Archive archive;
  for (const char* payload : {"0", "1"}) {
    archive.append({payload});
    archive.seal();
  }
  archive.append({"2"});
  const Ended ended = archive_tool({"verify", archive.path()});
  CHECK(ended.status == 0);
  CHECK(ended.err == "");
  for (const char* line : {"files: 3\n", "sealed files: 2\n", "chained files: 2\n", "records: 3\n", "first seq: 0\n",
                           "last seq: 2\n", "lost: 0\n", "damaged bytes: 0\n", "verdict: sound\n"}) {
    CHECK_MESSAGE(contains(ended.out, line), ended.out);
  }
}

TEST_CASE("damage is told exactly: file, offset, bytes, records, seqs and positions") {
  Archive archive;
  archive.append({"before"});
  archive.append({"damaged", "too"});
  archive.append({"after"});
  archive.seal();
  archive.damage("damaged");
  const Ended ended = archive_tool({"verify", archive.path()});
  CHECK(ended.status == 3);
  CHECK(contains(ended.out, "damaged: lost 2 records, seqs 1 to 2, positions 16 to 48: "));
  CHECK(contains(ended.out,
                 "; 160 bytes of " + fs::path(archive.files()[0]).filename().string() + " from offset 4240\n"));
  CHECK(contains(ended.out, "verdict: damaged\n"));
  CHECK(contains(ended.err, "lost 2 records, 160 bytes damaged\n"));
  const json all = as_json(archive_tool({"verify", "--json", archive.path()}));
  CHECK(all.at("verdict") == "damaged");
  REQUIRE(all.at("findings").size() == 1);
  const json& finding = all.at("findings").at(0);
  CHECK(finding.at("kind") == "damaged");
  CHECK(finding.at("lost") == 2);
  CHECK(finding.at("seq") == 1);
  CHECK(finding.at("seqs") == 2);
  CHECK(finding.at("places").at(0).at("offset") == 4240);
  CHECK(finding.at("places").at(0).at("bytes") == 160);
}

TEST_CASE("records that the archive itself says are lost make the exit status 3, and are no damage") {
  Archive archive;
  archive.append({"0"});
  archive.append_gap(7, "consumed by somebody else");
  archive.append({"1"});
  const Ended ended = archive_tool({"verify", archive.path()});
  CHECK(ended.status == 3);
  CHECK(contains(ended.out, "told: lost 7 records, before seq 1, positions 16 to 128: consumed by somebody else\n"));
  CHECK(contains(ended.out, "verdict: lost\n"));
  CHECK(contains(ended.err, "lost 7 records, 0 bytes damaged\n"));
}

TEST_CASE("logbuf-cat and logbuf-archive verify alike, a file that was exchanged too") {
  Archive archive;
  for (const char* payload : {"first", "second", "third"}) {
    archive.append({payload});
    if (payload != std::string("first")) archive.seal();
  }
  const std::string file = archive.files()[0];
  archive.damage("second");
  const std::string repaired = archive.path() + "/repaired";
  CHECK(archive_tool({"recover", file, "--to", repaired}).status == 3);
  for (const auto& entry : fs::directory_iterator(repaired)) {
    if (entry.path().extension() == ".seg") fs::copy_file(entry.path(), file, fs::copy_options::overwrite_existing);
  }
  const Ended ended = archive_tool({"verify", archive.path()});
  CHECK(ended.status == 3);
  CHECK(contains(ended.out, "contradiction: "));
  CHECK(contains(ended.err, "lost 1 record, 0 bytes damaged, 1 contradiction\n"));
  const Ended cats = cat({"--verify", archive.path()});
  CHECK(cats.status == 3);
  CHECK(contains(cats.out, "verdict: lost or damaged\n"));
  CHECK(contains(cats.err, "1 contradiction: "));
  const json findings = as_json(archive_tool({"verify", "--json", archive.path()})).at("findings");
  const json* contradiction = nullptr;
  for (const json& one : findings) contradiction = one.at("kind") == "contradiction" ? &one : contradiction;
  REQUIRE(contradiction != nullptr);
  const std::uint64_t offset = contradiction->at("places").at(0).at("offset");
  CHECK_MESSAGE(contains(cats.err, " from offset " + std::to_string(offset)), cats.err);
}

TEST_CASE("what is no archive is not verified") {
  CHECK(archive_tool({"verify", "/nowhere"}).status == 2);
  CHECK(archive_tool({"verify", "/usr"}).status == 2);
}
