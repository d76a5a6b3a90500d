// A sealed file is compressed by one that takes its place: nobody sees a difference, and nothing is lost on the way.
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <random>

#include <logbuf/keeper.hpp>

#include "archive/block_walk.hpp"
#include "archive_forgery.hpp"
#include "archive_support.hpp"

namespace logbuf::archive::test {
namespace {

namespace fs = std::filesystem;
using Method = Compression::Method;
using Lines = std::vector<std::string>;

bool never() {
  return false;
}

Keeper keeper_of(const Writer& writer) {
  auto keeper = writer.keeper();
  REQUIRE_MESSAGE(keeper.has_value(), error_detail());
  return std::move(*keeper);
}

std::expected<Keeper::Outcome, std::error_code> compress(Keeper& keeper, const fs::path& file,
                                                         Method method = Method::zstd) {
  return keeper.compress(file.filename().string(), {.method = method}, never);
}

// Everything that a Reader says, an entry a line.
Lines transcript(Reader& reader) {
  Lines lines;
  for (;;) {
    const auto entry = reader.next();
    REQUIRE_MESSAGE(entry.has_value(), error_detail());
    if (!*entry) return lines;
    if (const auto* gap = std::get_if<Gap>(&**entry)) {
      lines.push_back("gap " + std::to_string(gap->lost.value_or(999'999)) + " " + std::to_string(gap->from) + " " +
                      std::to_string(gap->to) + " " + gap->why);
      continue;
    }
    const auto& r = std::get<Record>(**entry);
    lines.push_back(std::to_string(r.seq) + " " + std::to_string(r.position) + " " +
                    std::to_string(r.time_ns.value_or(0)) + " " + std::to_string(r.drain_time_ns) + " " +
                    std::to_string(r.slot) + " " + std::to_string(r.type) + " " + std::string(r.producer) + " " +
                    std::string(reinterpret_cast<const char*>(r.bytes.data()), r.bytes.size()));
  }
}
Lines transcript(const fs::path& target) {
  Reader reader = open_reader(target);
  return transcript(reader);
}

std::string noise(std::size_t bytes) {
  static std::mt19937 chance(1);
  std::string text(bytes, '\0');
  for (char& c : text) c = static_cast<char>(chance());
  return text;
}

// One of everything that an archive may hold.
void append_everything(Writer& writer) {
  const auto at = [&] { return writer.end_position().value_or(0); };
  REQUIRE(writer.append(ProducerName{.slot = 3, .from = at(), .pid = 7, .name = "feed-3"}).has_value());
  for (int block = 0; block < 3; ++block) {
    Bytes bytes(at(), true);
    for (int i = 0; i < 200; ++i)
      bytes.record("the same again and again, " + std::to_string(i), 3, 5, 1'000'000'000 * block + i);
    bytes.skip(64).record("e", 4, 0, 17);
    REQUIRE(writer.append(bytes.span(48)).has_value());
  }
  REQUIRE(writer.append(Gap{.lost = 5, .from = at(), .to = at() + 80, .why = "nobody knows"}).has_value());
  REQUIRE(
      writer.append(Refused{.slot = 3, .at = at(), .total = writer.refused(3) + 9, .producer = "feed-3"}).has_value());
  REQUIRE(writer.append(ProducerName{.slot = 3, .from = at(), .pid = 8, .name = "feed-4"}).has_value());
  Bytes bytes(at(), true);
  bytes.record(noise(40'000), 3, 5, 99).record("x", 3, 5, 100);
  REQUIRE(writer.append(bytes.span()).has_value());
  Bytes large(at(), true);
  large.record(std::string(200'000, 'l'), 3, 5, 101);
  REQUIRE(writer.append(large.span()).has_value());
  const Span skips{.begin = at(), .end = at() + 800, .records = 0, .first_record = 0, .bytes = {}};
  REQUIRE(writer.append(skips).has_value());
}

RingIdentity ring() {
  return ring_of(1, true, 1 << 20);
}

// Every block but index and seal, without what compression changes.
Lines blocks_of(const fs::path& file) {
  auto opened = platform::File::open(file, O_RDONLY);
  REQUIRE(opened.has_value());
  BlockWalk walk(std::move(*opened), end_of(file).header);
  Lines blocks;
  for (;;) {
    REQUIRE(walk.look() == BlockWalk::Sight::block);
    format::BlockHeader header = walk.header();
    if (block::is_type(header, format::BlockType::index)) return blocks;
    REQUIRE(walk.load() == BlockWalk::Sight::block);
    header.salt = header.offset = header.stored_length = header.header_crc = header.codec = 0;
    blocks.emplace_back(reinterpret_cast<const char*>(&header), sizeof header);
    blocks.emplace_back(reinterpret_cast<const char*>(walk.payload().data()), walk.payload().size());
    walk.pass();
  }
}

bool has_unfinished(const fs::path& directory) {
  return std::ranges::any_of(fs::directory_iterator(directory),
                             [](const auto& entry) { return entry.path().extension() == ".new"; });
}

// A sealed file that is compressible, of a few blocks; another one follows.
struct Setting {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path(), ring());
  Keeper keeper = keeper_of(writer);
  fs::path file;
  std::string before;

  Setting() {
    append_everything(writer);
    REQUIRE(writer.seal().has_value());
    append_everything(writer);
    file = segment_files(dir.path())[0];
    before = contents_of(file);
  }
};

}  // namespace

TEST_CASE("a compressed file reads as it did before, and is shorter") {
  for (const Method method : {Method::lz4, Method::zstd}) {
    TemporaryDirectory dir;
    Writer writer = open_writer(dir.path(), ring());
    for (int file = 0; file < 3; ++file) {
      append_everything(writer);
      REQUIRE(writer.seal().has_value());
    }
    const Lines before = transcript(dir.path());
    const auto files = segment_files(dir.path());
    Keeper keeper = keeper_of(writer);
    for (const auto& file : files) {
      const Sealed sealed = end_of(file);
      const Lines blocks = blocks_of(file);
      const auto size = fs::file_size(file);
      const auto outcome = compress(keeper, file, method);
      REQUIRE_MESSAGE(outcome.has_value(), error_detail());
      CHECK(*outcome == Keeper::Outcome::compressed);
      CHECK(fs::file_size(file) < size / 2);
      const Sealed compressed = end_of(file);
      CHECK(compressed.end.seal.seal == sealed.end.seal.seal);
      CHECK(compressed.end.seal.previous_seal == sealed.end.seal.previous_seal);
      CHECK(compressed.end.seal.payload_bytes == sealed.end.seal.payload_bytes);
      CHECK(compressed.end.end_record() == sealed.end.end_record());
      CHECK(compressed.end.refused.at(3).total == sealed.end.refused.at(3).total);
      CHECK(compressed.header.salt != sealed.header.salt);
      CHECK((blocks_of(file) == blocks));
      CHECK((transcript(dir.path()) == before));
    }
    CHECK(segment_files(dir.path()) == files);
    CHECK_FALSE(has_unfinished(dir.path()));
    CHECK(read_all(dir.path()).totals.damaged_bytes == 0);
  }
}

TEST_CASE("in a compressed file each seq and each time is found, with the names there") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path(), ring());
  for (int i = 0; i < 6; ++i) {
    const Position at = writer.end_position().value_or(0);
    REQUIRE(
        writer.append(ProducerName{.slot = 1, .from = at, .pid = 1, .name = "name " + std::to_string(i)}).has_value());
    Bytes bytes(at, true);
    bytes.record(std::string(60'000, 'a'), 1, 0, 100 * i);
    for (const int later : {30, 60}) bytes.record(noise(60'000), 1, 0, 100 * i + later);
    REQUIRE(writer.append(bytes.span()).has_value());
  }
  REQUIRE(writer.seal().has_value());
  const auto all = [&] {
    std::vector<Lines> seen;
    Reader reader = open_reader(dir.path());
    for (std::uint64_t seq = 0; seq < 18; ++seq) {
      REQUIRE(reader.seek_seq(seq).has_value());
      seen.push_back(transcript(reader));
    }
    return seen;
  };
  const auto before = all();
  Keeper keeper = keeper_of(writer);
  const auto file = segment_files(dir.path())[0];
  REQUIRE(compress(keeper, file).has_value());
  CHECK(end_of(file).end.entries.size() > 10);
  CHECK((all() == before));
  Reader reader = open_reader(dir.path());
  REQUIRE(reader.seek_time(450).has_value());
  const Lines late = transcript(reader);
  REQUIRE(late.size() == 4);
  CHECK(late.front().starts_with("14 "));
}

TEST_CASE("a Writer goes on behind a compressed file as behind any other") {
  TemporaryDirectory dir;
  const auto count = [&] { return read_all(dir.path()).totals.next_seq; };
  {
    Writer writer = open_writer(dir.path(), ring());
    append_everything(writer);
    REQUIRE(writer.seal().has_value());
    Keeper keeper = keeper_of(writer);
    REQUIRE(compress(keeper, segment_files(dir.path())[0]).has_value());
  }
  const auto records = count();
  Writer writer = open_writer(dir.path(), ring());
  CHECK(writer.next_seq() == records);
  CHECK(writer.refused(3) == 9);
  append_everything(writer);
  REQUIRE(writer.seal().has_value());
  const auto files = segment_files(dir.path());
  CHECK(end_of(files[1]).header.previous_seal == end_of(files[0]).end.seal.seal);
  CHECK(count() == 2 * records);
  CHECK(read_all(dir.path()).totals.damaged_bytes == 0);
}

TEST_CASE("a Reader that has the file open reads on in it when another takes its place") {
  Setting s;
  const Lines whole = transcript(s.dir.path());
  Reader reader = open_reader(s.dir.path());
  REQUIRE(reader.next().has_value());
  REQUIRE(compress(s.keeper, s.file).has_value());
  Lines rest = transcript(reader);
  rest.insert(rest.begin(), whole.front());
  CHECK((rest == whole));
}

TEST_CASE("records that do not become shorter are stored as they are, and the file is not compressed again") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path(), ring());
  Bytes bytes(0, true);
  for (int i = 0; i < 4; ++i) bytes.record(noise(60'000), 1);
  REQUIRE(writer.append(bytes.span()).has_value());
  REQUIRE(writer.seal().has_value());
  const auto file = segment_files(dir.path())[0];
  const auto size = fs::file_size(file);
  const Lines before = transcript(dir.path());
  Keeper keeper = keeper_of(writer);
  for (const Method method : {Method::lz4, Method::zstd}) {
    const auto outcome = compress(keeper, file, method);
    REQUIRE(outcome.has_value());
    CHECK(*outcome == (method == Method::lz4 ? Keeper::Outcome::compressed : Keeper::Outcome::already_compressed));
    CHECK(fs::file_size(file) == size);
    CHECK((transcript(dir.path()) == before));
  }
}

TEST_CASE("a file that is not sound is not compressed, stays as it is, and the reason is given") {
  Setting s;
  const std::uint64_t index = unsealed_size_of(s.before);
  for (const std::uint64_t offset : std::vector<std::uint64_t>{70, 3000, 4096 + 20, 4096 + 130, index / 2, index - 9,
                                                               index + 20, index + 140, s.before.size() - 1}) {
    CAPTURE(offset);
    flip(s.file, offset);
    const std::string damaged = contents_of(s.file);
    const auto outcome = compress(s.keeper, s.file);
    REQUIRE_FALSE(outcome.has_value());
    CHECK(outcome.error() == Errc::damaged_archive);
    CHECK(error_detail().find(s.file.string()) != std::string::npos);
    CHECK(contents_of(s.file) == damaged);
    CHECK_FALSE(has_unfinished(s.dir.path()));
    set_contents(s.file, s.before);
  }
  set_contents(s.file, s.before.substr(0, index));
  CHECK(error_of(compress(s.keeper, s.file)) == Errc::damaged_archive);
}

TEST_CASE("a file whose blocks are not those that it was sealed with is not compressed") {
  Setting s;
  const Sealed sealed = end_of(s.file);
  std::string changed = s.before;
  // The second data block: another byte in a record, and checksums that match it.
  const std::uint64_t offset = sealed.end.entries.at(1).offset;
  changed[offset + sizeof(format::BlockHeader) + 40] ^= 1;
  change_block(changed, offset, [](format::BlockHeader&) {});
  set_contents(s.file, changed);
  CHECK(read_all(s.dir.path()).totals.damaged_bytes == 0);
  CHECK(error_of(compress(s.keeper, s.file)) == Errc::damaged_archive);
  CHECK(contents_of(s.file) == changed);
}

TEST_CASE("compressing that is stopped at any moment leaves the file as it was, and nothing else") {
  Setting s;
  int asked = 0;
  for (int stop_at = 0;; ++stop_at) {
    asked = 0;
    const auto outcome = s.keeper.compress(s.file.filename().string(), {}, [&] { return asked++ == stop_at; });
    REQUIRE(outcome.has_value());
    CHECK_FALSE(has_unfinished(s.dir.path()));
    if (*outcome == Keeper::Outcome::compressed) break;
    CHECK(*outcome == Keeper::Outcome::stopped);
    CHECK(contents_of(s.file) == s.before);
  }
  CHECK(asked > 8);  // blocks
  CHECK(contents_of(s.file) != s.before);
}

TEST_CASE("compressing on a full disk leaves the file as it was, and works when there is room") {
  Setting s;
  for (const rlim_t room : {100U, 4096U, 5000U, 30'000U}) {
    const FileSizeLimit full(room);
    const auto outcome = compress(s.keeper, s.file);
    REQUIRE_FALSE(outcome.has_value());
    CHECK(outcome.error().category() == std::system_category());
    CHECK(contents_of(s.file) == s.before);
    CHECK_FALSE(has_unfinished(s.dir.path()));
  }
  CHECK(compress(s.keeper, s.file).has_value());
}

// A compressed block of one record that takes `bytes` with its header, and one more block behind it.
std::string with_large_block(const fs::path& dir, std::uint64_t bytes) {
  {
    Writer writer = open_writer(dir, ring_of(1, false, 1 << 30));
    append_blocks(writer, 2);
  }
  std::string file = contents_of(segment_files(dir)[0]);
  format::BlockHeader large{};
  format::BlockHeader next{};
  const std::uint64_t at = sizeof(format::FileHeader);
  std::memcpy(&large, file.data() + at, sizeof large);
  std::memcpy(&next, file.data() + at + sizeof large + large.payload_length, sizeof next);
  const std::string next_payload = file.substr(file.size() - next.payload_length);

  std::string payload(bytes, '\0');
  const std::uint64_t word = record::pack({.length = static_cast<std::uint32_t>(bytes) - record::kHeaderSize});
  std::memcpy(payload.data(), &word, sizeof word);
  std::string stored(ZSTD_compressBound(payload.size()), '\0');
  stored.resize(ZSTD_compress(stored.data(), stored.size(), payload.data(), payload.size(), 1));
  large.codec = static_cast<std::uint16_t>(format::Codec::zstd);
  large.payload_length = bytes;
  large.stored_length = stored.size();
  large.end = large.begin + bytes;
  block::sign(large, std::as_bytes(std::span(payload)));
  stored.resize(record::align_up(stored.size()));

  next.offset = at + sizeof large + stored.size();
  next.begin += large.end - large.begin - 24;
  next.end = next.begin + 24;
  block::sign(next, std::as_bytes(std::span(next_payload)));
  file.resize(at);
  const auto append = [&file](const format::BlockHeader& header) {
    file.append(reinterpret_cast<const char*>(&header), sizeof header);
  };
  append(large);
  file += stored;
  append(next);
  file += next_payload;
  return file;
}

TEST_CASE("a block that says that it is more than 64 MiB without its compression is refused for that alone") {
  constexpr std::uint64_t kMost = std::uint64_t{64} << 20;
  for (const bool too_large : {false, true}) {
    CAPTURE(too_large);
    TemporaryDirectory dir;
    const std::string file = with_large_block(dir.path(), too_large ? kMost + 8 : kMost);
    set_contents(segment_files(dir.path())[0], file);
    const Seen seen = read_all(dir.path());
    CHECK_FALSE(seen.error);
    CHECK(seen.seqs() == (too_large ? std::vector<std::uint64_t>{1} : range(0, 2)));
    REQUIRE(seen.gaps.size() == (too_large ? 1 : 0));
    if (!too_large) continue;
    CHECK(seen.gaps[0].lost == std::uint64_t{1});
    CHECK_MESSAGE(seen.gaps[0].why.find("the block's length is impossible") != std::string::npos, seen.gaps[0].why);
  }
}

}  // namespace logbuf::archive::test
