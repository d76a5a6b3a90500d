#include "archive_support.hpp"

#include <stdlib.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <numeric>

namespace logbuf::archive::test {

namespace fs = std::filesystem;

TemporaryDirectory::TemporaryDirectory() {
  std::string name = (fs::temp_directory_path() / "logbuf-archive-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code error;
  fs::remove_all(path_, error);
}

RingIdentity ring_of(std::uint8_t uuid, bool timestamps, std::uint64_t capacity) {
  RingIdentity ring{.name = "orders", .uuid = {}, .capacity = capacity, .timestamps = timestamps};
  ring.uuid.fill(std::byte{uuid});
  return ring;
}

void Bytes::put(std::uint64_t word) {
  const auto* bytes = reinterpret_cast<const std::byte*>(&word);
  bytes_.insert(bytes_.end(), bytes, bytes + sizeof word);
}

Bytes& Bytes::record(std::string_view payload, std::uint16_t slot, std::uint16_t type, std::int64_t time_ns) {
  put(record::pack({.length = static_cast<std::uint32_t>(payload.size()), .skip = false, .slot = slot, .type = type}));
  if (timestamps_) put(static_cast<std::uint64_t>(time_ns));
  const auto* bytes = reinterpret_cast<const std::byte*>(payload.data());
  bytes_.insert(bytes_.end(), bytes, bytes + payload.size());
  bytes_.resize(record::align_up(bytes_.size()));
  records_ += 1;
  return *this;
}

Bytes& Bytes::skip(std::uint32_t extent, std::uint16_t type) {
  put(record::pack({.length = extent, .skip = true, .type = type}));
  bytes_.resize(bytes_.size() + extent - record::kHeaderSize);
  return *this;
}

Span Bytes::span(std::uint64_t trailing_skip) const {
  return {.begin = begin_, .end = end() + trailing_skip, .records = records_, .first_record = 0, .bytes = bytes_};
}

Writer open_writer(const fs::path& directory, const RingIdentity& ring, WriterOptions options) {
  auto writer = Writer::open(directory, ring, options);
  INFO(error_detail());
  REQUIRE(writer.has_value());
  return std::move(*writer);
}

Reader open_reader(const fs::path& target) {
  auto reader = Reader::open(target);
  INFO(error_detail());
  REQUIRE(reader.has_value());
  return std::move(*reader);
}

std::string payload_of(std::uint64_t seq) {
  return "record no. " + std::to_string(seq);
}

void append_blocks(Writer& writer, int count, int records) {
  for (int i = 0; i < count; ++i) {
    Bytes bytes(writer.end_position().value_or(0));
    for (int j = 0; j < records; ++j) bytes.record(payload_of(writer.next_seq() + static_cast<std::uint64_t>(j)));
    const auto appended = writer.append(bytes.span());
    INFO(error_detail());
    REQUIRE(appended.has_value());
  }
}

std::vector<std::uint64_t> Seen::seqs() const {
  std::vector<std::uint64_t> all;
  for (const auto& record : records) all.push_back(record.seq);
  return all;
}

bool Seen::is_true() const {
  return std::ranges::all_of(records, [](const SeenRecord& r) { return r.payload == payload_of(r.seq); });
}

Seen read_on(Reader& reader, Reading reading) {
  Seen seen;
  const auto take = [&](const Record& r) {
    seen.records.push_back({.seq = r.seq,
                            .position = r.position,
                            .payload = std::string(reinterpret_cast<const char*>(r.bytes.data()), r.bytes.size()),
                            .slot = r.slot,
                            .type = r.type,
                            .producer = std::string(r.producer),
                            .time_ns = r.time_ns});
  };
  for (int entries = 0; entries < 100'000; ++entries) {
    const auto entry = reader.next();
    if (!entry) seen.error = entry.error();
    if (!entry || !*entry) {
      seen.totals = reader.totals();
      return seen;
    }
    if (const auto* gap = std::get_if<Gap>(&**entry)) {
      seen.gaps.push_back(*gap);
      seen.records_before.push_back(seen.records.size());
    } else {
      take(std::get<Record>(**entry));
    }
    if (reading == Reading::one_by_one) continue;
    for (const Record& record : reader.more()) take(record);
  }
  FAIL("the reader does not come to an end");
  return seen;
}

// Whatever is read in the tests shows besides that both ways come to the same.
Seen read_all(const fs::path& target) {
  Reader reader = open_reader(target);
  Seen seen = read_on(reader);
  Reader other = open_reader(target);
  const Seen by_many = read_on(other, Reading::many_at_once);
  CHECK((by_many.records == seen.records));
  CHECK((by_many.records_before == seen.records_before));
  CHECK(std::ranges::equal(by_many.gaps, seen.gaps, {}, &Gap::why, &Gap::why));
  CHECK(std::ranges::equal(by_many.gaps, seen.gaps, {}, &Gap::from, &Gap::from));
  CHECK((by_many.totals == seen.totals));
  CHECK(by_many.error == seen.error);
  return seen;
}

std::vector<fs::path> segment_files(const fs::path& directory) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(directory)) {
    const auto extension = entry.path().extension();
    if (extension == ".seg" || extension == ".open") files.push_back(entry.path());
  }
  // By first seq, then by start: the last digits, then what is before them.
  std::ranges::sort(files, {}, [](const fs::path& p) {
    const std::string stem = p.stem().string();
    return stem.substr(stem.size() - 20) + stem;
  });
  return files;
}

std::string contents_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  REQUIRE(in.good());
  return {std::istreambuf_iterator<char>(in), {}};
}

void set_contents(const fs::path& file, std::string_view contents) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(contents.data(), static_cast<std::streamsize>(contents.size()));
  out.close();
  REQUIRE(out.good());
}

void flip(const fs::path& file, std::uint64_t offset, int mask) {
  std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
  stream.seekg(static_cast<std::streamoff>(offset));
  const int byte = stream.get();
  REQUIRE(byte >= 0);
  stream.seekp(static_cast<std::streamoff>(offset));
  stream.put(static_cast<char>(byte ^ mask));
  stream.close();
  REQUIRE(stream.good());
}

std::vector<std::uint64_t> range(std::uint64_t begin, std::uint64_t end) {
  std::vector<std::uint64_t> all(end - begin);
  std::iota(all.begin(), all.end(), begin);
  return all;
}

}  // namespace logbuf::archive::test
