#include <doctest/doctest.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "archive_support.hpp"

namespace fs = std::filesystem;

namespace {

struct Packet {
  std::uint64_t time = 0;
  std::string bytes;
  std::string comment;
};

struct Capture {
  std::uint16_t link_type = 0;
  int time_resolution = -1;
  std::vector<Packet> packets;
};

// A reader of its own of what the format's document says.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : rest_(bytes) {}
  bool empty() const { return rest_.empty(); }
  std::string_view take(std::size_t count) {
    REQUIRE(count <= rest_.size());
    const auto taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  std::string_view take_padded(std::size_t count) { return take((count + 3) / 4 * 4).substr(0, count); }
  template <typename T>
  T number() {
    T value{};
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }

 private:
  std::string_view rest_;
};

template <typename Take>
void read_options(Bytes& body, Take take) {
  while (!body.empty()) {
    const auto code = body.number<std::uint16_t>();
    const auto length = body.number<std::uint16_t>();
    if (code == 0) {
      CHECK(length == 0);
      CHECK(body.empty());
      return;
    }
    take(code, body.take_padded(length));
  }
}

Packet read_packet(Bytes& body) {
  CHECK(body.number<std::uint32_t>() == 0);  // interface
  Packet packet;
  packet.time = std::uint64_t{body.number<std::uint32_t>()} << 32;
  packet.time |= body.number<std::uint32_t>();
  const auto captured = body.number<std::uint32_t>();
  CHECK(body.number<std::uint32_t>() == captured);
  packet.bytes = body.take_padded(captured);
  read_options(body, [&](std::uint16_t code, std::string_view value) {
    if (code == 1) packet.comment = value;
  });
  return packet;
}

Capture read_capture(std::string_view file) {
  Capture capture;
  Bytes bytes(file);
  for (int block = 0; !bytes.empty(); ++block) {
    const auto type = bytes.number<std::uint32_t>();
    const auto total = bytes.number<std::uint32_t>();
    REQUIRE(total % 4 == 0);
    REQUIRE(total >= 12);
    Bytes body(bytes.take(total - 12));
    CHECK(bytes.number<std::uint32_t>() == total);
    if (block == 0) {
      CHECK(type == 0x0a0d0d0a);
      CHECK(body.number<std::uint32_t>() == 0x1a2b3c4d);
      CHECK(body.number<std::uint16_t>() == 1);
      CHECK(body.number<std::uint16_t>() == 0);
      CHECK(body.number<std::int64_t>() == -1);
    } else if (block == 1) {
      CHECK(type == 1);
      capture.link_type = body.number<std::uint16_t>();
      body.take(6);
      read_options(body, [&](std::uint16_t code, std::string_view value) {
        if (code == 9) capture.time_resolution = value.at(0);
      });
    } else {
      CHECK(type == 6);
      capture.packets.push_back(read_packet(body));
    }
  }
  return capture;
}

std::string contents_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("json and length-prefixed are what logbuf-cat prints, gaps and exit status too") {
  Archive archive(true);
  archive.name_producer(3, "feed-3");
  archive.append({"0", "\xff"}, 3, 9);
  archive.append_gap(7, "consumed");
  archive.append({"2"});
  for (const char* output : {"json", "length-prefixed"}) {
    const Ended ended = archive_tool({"export", "-o", output, archive.path()});
    const Ended shown = cat({"-o", output, archive.path()});
    CHECK(ended.status == 3);
    CHECK(ended.status == shown.status);
    CHECK(ended.out == shown.out);
    CHECK(contains(ended.err, "lost 7 records in 1 gap"));
  }
  CHECK(archive_tool({"export", archive.path()}).out == cat({"-J", archive.path()}).out);
}

TEST_CASE("records are selected by seq and by time as logbuf-cat selects them") {
  Archive archive(true);
  archive.append({"0", "1", "2", "3"});
  for (const Words& which : {Words{"--seq", "1..2"}, Words{"--since", "@1.000000001"}, Words{"--until", "@1.000000001"},
                             Words{"--since", "1970-01-01T00:00:02", "--utc"}}) {
    Words words{"export", archive.path()};
    words.insert(words.end(), which.begin(), which.end());
    Words shown{"-J", archive.path()};
    shown.insert(shown.end(), which.begin(), which.end());
    CHECK(archive_tool(words).out == cat(shown).out);
  }
  CHECK(archive_tool({"export", "--seq", "1", archive.path()}).out != "");
}

TEST_CASE("in pcapng each record is a packet with its bytes and its time in nanoseconds") {
  Archive archive(true);
  archive.name_producer(3, "feed-3");
  const std::vector<std::string> payloads{
      "a", "ab", "abc", "abcd", std::string("\0\xff\n", 3), std::string(100'000, 'x')};
  archive.append(payloads, 3, 9);
  const Ended ended = archive_tool({"export", "-o", "pcapng", archive.path()});
  CHECK(ended.status == 0);
  const Capture capture = read_capture(ended.out);
  CHECK(capture.link_type == 147);
  CHECK(capture.time_resolution == 9);
  REQUIRE(capture.packets.size() == payloads.size());
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    CHECK(capture.packets[i].bytes == payloads[i]);
    CHECK(capture.packets[i].time == 1'000'000'001);
    CHECK(capture.packets[i].comment == "seq " + std::to_string(i) + ", slot 3, type 9, producer feed-3");
  }
}

TEST_CASE("tshark, where there is one, reads the packets as they were written") {
  const char* const tshark = "/usr/bin/tshark";
  if (!fs::exists(tshark)) {
    MESSAGE("there is no tshark to read with");
    return;
  }
  Archive archive(true);
  archive.name_producer(3, "feed-3");
  archive.append({"a", "abc", std::string(1000, 'x')}, 3, 9);
  const std::string file = archive.path() + "/export.pcapng";
  REQUIRE(archive_tool({"export", "-o", "pcapng", "--to", file, archive.path()}).status == 0);
  const Ended ended = run(
      {tshark, "-n", "-r", file, "-T", "fields", "-e", "frame.time_epoch", "-e", "frame.len", "-e", "frame.comment"});
  CHECK(ended.status == 0);
  CHECK(ended.out ==
        "1.000000001\t1\tseq 0, slot 3, type 9, producer feed-3\n"
        "1.000000001\t3\tseq 1, slot 3, type 9, producer feed-3\n"
        "1.000000001\t1000\tseq 2, slot 3, type 9, producer feed-3\n");
}

TEST_CASE("a record without a time is a packet of the time at which it came into the archive") {
  Archive archive;
  archive.append({"0"});
  const Ended ended = archive_tool({"export", "-o", "pcapng", "--link-type", "1", archive.path()});
  const Capture capture = read_capture(ended.out);
  CHECK(capture.link_type == 1);
  REQUIRE(capture.packets.size() == 1);
  const std::string time = "@" + std::to_string(capture.packets[0].time / 1'000'000'000) + ".";
  CHECK(cat({"--time", "unix", archive.path()}).out.starts_with(time));
}

TEST_CASE("--to makes a file, and never writes over one") {
  Archive archive;
  archive.append({"0", "1"});
  const std::string file = archive.path() + "/export.json";
  CHECK(archive_tool({"export", archive.path(), "--to", file}).status == 0);
  const std::string written = contents_of(file);
  CHECK(written == cat({"-J", archive.path()}).out);
  const Ended again = archive_tool({"export", archive.path(), "--seq", "0", "--to", file});
  CHECK(again.status == 2);
  CHECK(contents_of(file) == written);
}

TEST_CASE("export refuses what does not go together") {
  for (const Words& words : {Words{"export", "-o", "xml", "/tmp"}, Words{"export", "--link-type", "1", "/tmp"},
                             Words{"export", "-o", "pcapng", "--link-type", "65536", "/tmp"},
                             Words{"export", "/nowhere"}, Words{"export", "--since", "soon", "/tmp"}}) {
    CHECK(archive_tool(words).status == 2);
  }
}
