#include <doctest/doctest.h>

#include <filesystem>

#include "archive_support.hpp"

namespace fs = std::filesystem;

namespace {

// A name for a directory that is not there yet; what is made under it ends with the test.
class NewDirectory {
 public:
  explicit NewDirectory(const Archive& beside) : path_(beside.path() + ".recovered") {}
  NewDirectory(const NewDirectory&) = delete;
  NewDirectory& operator=(const NewDirectory&) = delete;
  ~NewDirectory() { fs::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace

TEST_CASE("what logbuf-cat shows of a damaged archive it shows of the recovered one, word for word") {
  Archive archive(true);
  archive.name_producer(3, "feed-3");
  archive.append({"before"}, 3, 9);
  archive.append({"damaged", "too"}, 3);
  archive.append_gap(7, "consumed by somebody else");
  archive.seal();
  archive.append({"after"}, 3);
  archive.damage("damaged");
  const NewDirectory copy(archive);
  const Ended ended = archive_tool({"recover", archive.path(), "--to", copy.path()});
  CHECK(ended.status == 3);
  CHECK(contains(ended.out, "damaged: lost 2 records, seqs 1 to 2, positions 24 to 72: "));
  CHECK(contains(ended.out, "records: 2\n"));
  CHECK(contains(ended.out, "gaps: 1\n"));
  CHECK(contains(ended.err, copy.path() + ": lost 2 records\n"));
  const Ended shown = cat({"-J", copy.path()});
  CHECK(shown.status == 3);
  CHECK(shown.out == cat({"-J", archive.path()}).out);
  const Ended verified = archive_tool({"verify", copy.path()});
  CHECK(contains(verified.out, "verdict: lost\n"));
  CHECK(!contains(verified.out, "damaged: "));
}

TEST_CASE("times of records without timestamps are those at which they came into the original") {
  Archive archive;
  archive.append({"0"});
  const NewDirectory copy(archive);
  const Ended ended = archive_tool({"recover", archive.path(), "--to", copy.path()});
  CHECK(ended.status == 0);
  CHECK(ended.err == "");
  CHECK(cat({"--time", "unix", copy.path()}).out == cat({"--time", "unix", archive.path()}).out);
}

TEST_CASE("recover needs a directory of its own") {
  Archive archive;
  Archive other;
  archive.append({"0"});
  other.append({"0"});
  CHECK(archive_tool({"recover", archive.path()}).status == 2);
  const Ended full = archive_tool({"recover", archive.path(), "--to", other.path()});
  CHECK(full.status == 2);
  CHECK(contains(full.err, "is not empty"));
  CHECK(archive_tool({"recover", archive.path(), "--to", archive.path() + "/copy"}).status == 2);
  CHECK(archive_tool({"recover", "/nowhere", "--to", archive.path() + ".x"}).status == 2);
}
