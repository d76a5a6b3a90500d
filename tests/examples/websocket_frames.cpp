// docs/examples/websocket_frames.cpp: what a server has sent is in the archive, message by message.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "../archiver/archiver.hpp"
#include "../cli/run.hpp"
#include "websocket_server.hpp"

namespace {

using test::archive_ring;
using test::ScratchRing;
using test::Step;
using test::TemporaryDirectory;
using test::WebsocketServer;
using Steps = std::vector<Step>;

// Type and payload.
using Messages = std::vector<std::pair<std::uint16_t, std::string>>;

struct Scene {
  explicit Scene(std::size_t capacity = 65536) : ring({.capacity = capacity}) {}
  ScratchRing ring;
  TemporaryDirectory directory;

  std::vector<std::string> client(const WebsocketServer& server) const {
    return {WEBSOCKET_FRAMES, ring.name(), "127.0.0.1", server.port(), "/feed"};
  }
  // What has come into the archive when all is drained.
  Messages archived() const { return archived(archive_ring(ring.name(), directory.path())); }
  Messages archived(test::Program archiver) const {
    ring.close();
    CHECK_MESSAGE(archiver.wait() == 0, archiver.said());
    Messages messages;
    auto reader = test::required(logbuf::archive::Reader::open(directory.path() / ring.name()));
    while (const auto entry = test::required(reader.next())) {
      const auto* const record = std::get_if<logbuf::archive::Record>(&*entry);
      if (record == nullptr) continue;  // a claim whose producer died
      messages.emplace_back(record->type,
                            std::string(reinterpret_cast<const char*>(record->bytes.data()), record->bytes.size()));
    }
    return messages;
  }
};

// Real logs where they lie beside the checkout; else what is in it.
std::vector<std::string> lines() {
  namespace fs = std::filesystem;
  const fs::path source = LOGBUF_SOURCE;
  const fs::path logs = source / "../shared/data/loghub";
  std::vector<std::string> all;
  for (const auto& file : fs::directory_iterator(fs::exists(logs) ? logs : source / "docs")) {
    if (!file.is_regular_file()) continue;
    std::ifstream in(file.path());
    for (std::string line; std::getline(in, line);) {
      if (!line.empty()) all.push_back(line);
    }
  }
  return all;
}

bool is_ascii(const std::string& text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

constexpr std::size_t longest = 65536 / 2 - 8;  // a record in the ring of a Scene

}  // namespace

TEST_CASE("each message is a record with its opcode for type, as it was sent and in that order") {
  Scene s;
  Steps steps;
  Messages sent;
  for (const std::string& line : lines()) {
    steps.push_back({is_ascii(line) ? Step::text : Step::binary, line});
    if (steps.size() % 100 == 0) steps.push_back({Step::ping});
  }
  for (const std::size_t length :
       {std::size_t{1}, std::size_t{2}, std::size_t{125}, std::size_t{126}, std::size_t{1535}, std::size_t{1536},
        std::size_t{1537}, std::size_t{1540}, longest, std::size_t{1}}) {
    std::string bytes(length, '\0');
    for (std::size_t n = 0; n < length; ++n) bytes[n] = static_cast<char>(n * 7 + n / 256);
    steps.push_back({Step::binary, bytes});
  }
  for (const Step& step : steps) {
    if (step.kind != Step::ping) sent.emplace_back(step.kind == Step::text ? 1 : 2, step.bytes);
  }
  REQUIRE(sent.size() > 500);
  const WebsocketServer server(steps);
  auto archiver = archive_ring(s.ring.name(), s.directory.path());
  const Ended ended = run(s.client(server));
  CHECK(ended.err == "");
  CHECK(ended.status == 0);
  CHECK((s.archived(std::move(archiver)) == sent));
}

TEST_CASE("a message in pieces is one record, whatever is said between them") {
  Scene s;
  const std::string large(3000, 'x');
  const WebsocketServer server({{Step::piece, "a"},
                                {Step::text, "b"},
                                {Step::piece, large},
                                {Step::ping},
                                {Step::piece, large},
                                {Step::binary, large},
                                {Step::piece, ""},
                                {Step::text, "only this"},
                                {Step::piece, "not this"},
                                {Step::binary, ""},
                                {Step::piece, large},
                                {Step::text, "end"},
                                {Step::text, "whole"}});
  const Ended ended = run(s.client(server));
  CHECK(ended.err == "");
  CHECK(ended.status == 0);
  CHECK((
      s.archived() ==
      Messages{
          {1, "ab"}, {2, large + large + large}, {1, "only this"}, {2, "not this"}, {1, large + "end"}, {1, "whole"}}));
}

TEST_CASE("what no record can hold is named and left out, and the rest is recorded") {
  Scene s;
  const std::string large(longest + 1, 'x');
  const std::string half(longest / 2 + 1, 'x');
  const WebsocketServer server({{Step::text, "first"},
                                {Step::binary, large},
                                {Step::text, "second"},
                                {Step::text, ""},
                                {Step::piece, half},
                                {Step::text, half},
                                {Step::piece, ""},
                                {Step::text, ""},
                                {Step::text, "third"}});
  const Ended ended = run(s.client(server));
  CHECK(ended.status == 3);
  const auto told = [](std::size_t bytes, const char* why) {
    return "websocket_frames: a message of " + std::to_string(bytes) + " bytes is not recorded: " + why + "\n";
  };
  const char* const no_room = "the ring has no room for so long a record";
  const char* const empty = "a record has at least one byte";
  CHECK(ended.err == told(longest + 1, no_room) + told(0, empty) + told(2 * half.size(), no_room) + told(0, empty));
  CHECK((s.archived() == Messages{{1, "first"}, {1, "second"}, {1, "third"}}));
}

TEST_CASE("of a message that breaks off nothing is recorded") {
  Scene s;
  const WebsocketServer server(
      {{Step::text, "whole"}, {Step::raw, "\x82\x7d" + std::string(100, 'x')}, {Step::vanish}});
  const Ended ended = run(s.client(server));
  CHECK(ended.status == 1);
  CHECK(ended.err != "");
  CHECK(s.ring.status().total_aborted == 1);
  CHECK((s.archived() == Messages{{1, "whole"}}));
}

TEST_CASE("a client that is killed within a message leaves what came before, and the next goes on") {
  Scene s;
  const WebsocketServer server({{Step::text, "whole"}, {Step::raw, "\x82\x7d" + std::string(100, 'x')}, {Step::stay}});
  {
    Program client(s.client(server));
    client.wait_until([&] { return s.ring.status().tail > 100; });  // the second one is claimed
    client.signal(SIGKILL);
    CHECK(client.wait().status == 128 + SIGKILL);
  }
  const WebsocketServer next({{Step::text, "next"}});
  CHECK(run(s.client(next)).status == 0);
  CHECK((s.archived() == Messages{{1, "whole"}, {1, "next"}}));
}

TEST_CASE("at a full ring it waits for an archiver, and ends when the ring is closed") {
  Scene s(4096);
  Steps steps;
  Messages sent;
  for (char c = 'a'; c <= 'z'; ++c) {
    steps.push_back({Step::text, std::string(1016, c)});
    sent.emplace_back(1, steps.back().bytes);
  }
  const WebsocketServer server(steps);
  Program client(s.client(server));
  client.wait_until([&] { return s.ring.status().tail == 4096; });
  auto archiver = archive_ring(s.ring.name(), s.directory.path());
  CHECK(client.wait().status == 0);
  CHECK((s.archived(std::move(archiver)) == sent));
  const WebsocketServer again(steps);
  CHECK(contains(run(s.client(again)).err, "closed"));
}

TEST_CASE("where nobody listens it says so") {
  const Scene s;
  std::string port;
  {
    const WebsocketServer gone({});
    port = gone.port();
  }
  const Ended ended = run({WEBSOCKET_FRAMES, s.ring.name(), "127.0.0.1", port, "/"});
  CHECK(ended.status == 1);
  CHECK_MESSAGE(contains(ended.err, "Connection refused"), ended.err);
}
