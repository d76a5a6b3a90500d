// docs/examples/spdlog_logger.cpp: what all threads have logged is archived, and the last line is when it has returned.
#include <map>
#include <string>

#include "../archiver/archiver.hpp"
#include "../cli/run.hpp"

using test::archive_ring;
using test::contents_of;
using test::ScratchRing;
using test::TemporaryDirectory;

TEST_CASE("each thread's lines are archived in their order, and all are durable when the program ends") {
  const ScratchRing ring;
  const TemporaryDirectory directory;
  auto archiver = archive_ring(ring.name(), directory.path(), {"--sync", "batch"});
  test::wait_until("it is attached", [&] { return ring.has_consumer() || !archiver.running(); });
  const Ended ended = run({SPDLOG_LOGGER, ring.name(), "4", "500"});
  CHECK(ended.err == "");
  REQUIRE(ended.status == 0);
  std::map<char, int> filled;
  std::map<char, int> late;
  std::string last;
  for (const std::string& line : contents_of(directory.path() / ring.name())) {
    last = line.substr(line.find("] ") + 2);
    if (last.find(" has filled order ") != last.npos) {
      const char worker = last.at(7);
      CHECK(last.find(" order " + std::to_string(filled[worker]++) + ": ") != last.npos);
    }
    if (last.ends_with(" is late")) ++late[last.at(7)];
  }
  for (const char worker : {'0', '1', '2', '3'}) {
    CHECK(filled[worker] == 500);
    CHECK(late[worker] == 5);
  }
  CHECK(last == "the market is closed: 2000 orders");
}

TEST_CASE("a ring that is not there is told") {
  const test::ScratchName none;
  const Ended ended = run({SPDLOG_LOGGER, none.name(), "1", "1"});
  CHECK(ended.status == 1);
  CHECK(ended.err.find(none.name()) != std::string::npos);
}
