// Reading beside a Writer, seeking, describing.
#include <atomic>
#include <thread>

#include "archive_support.hpp"

namespace logbuf::archive::test {

namespace fs = std::filesystem;

TEST_CASE("a Reader at the end sees what is appended after, in the same file and in new ones") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path());
  Reader reader = open_reader(dir.path());
  CHECK(read_on(reader).records.empty());
  append_blocks(writer, 2);
  CHECK(read_on(reader).seqs() == range(0, 2));
  append_blocks(writer, 1);
  CHECK(read_on(reader).seqs() == range(2, 3));
  CHECK(read_on(reader).records.empty());
  REQUIRE(writer.seal().has_value());
  CHECK(read_on(reader).records.empty());
  append_blocks(writer, 1);
  CHECK(read_on(reader).seqs() == range(3, 4));
  // Appended and sealed, and the next file begun, while nobody looked.
  append_blocks(writer, 1);
  REQUIRE(writer.seal().has_value());
  append_blocks(writer, 1);
  REQUIRE(writer.seal().has_value());
  const Seen last = read_on(reader);
  CHECK(last.seqs() == range(4, 6));
  CHECK(last.totals.gaps == 0);
  CHECK(last.totals.files == 3);
}

TEST_CASE("a block in the middle of being written is read when it is whole") {
  TemporaryDirectory dir;
  {
    Writer writer = open_writer(dir.path());
    append_blocks(writer, 3);
  }
  const auto file = segment_files(dir.path())[0];
  const std::string whole = contents_of(file);
  const std::size_t one = 152;
  set_contents(file, whole.substr(0, whole.size() - 2 * one));
  Reader reader = open_reader(dir.path());
  CHECK(read_on(reader).seqs() == range(0, 1));
  for (std::size_t size = whole.size() - 2 * one + 1; size < whole.size(); ++size) {
    set_contents(file, whole.substr(0, size));
    const Seen seen = read_on(reader);
    CHECK(seen.gaps.empty());
    CHECK(seen.totals.torn_bytes == (size - 4096) % one);
    CHECK(seen.records.size() == (size == whole.size() - one ? 1 : 0));
  }
  set_contents(file, whole);
  const Seen last = read_on(reader);
  CHECK(last.seqs() == range(2, 3));
  CHECK(last.totals.torn_bytes == 0);
}

TEST_CASE("behind a damaged block in the open file, the next one is found as soon as it is whole") {
  TemporaryDirectory dir;
  {
    Writer writer = open_writer(dir.path());
    append_blocks(writer, 3);
  }
  const auto file = segment_files(dir.path())[0];
  flip(file, 4096 + 152);
  const std::string whole = contents_of(file);
  for (std::size_t missing = 152; missing > 0; --missing) {
    CAPTURE(missing);
    set_contents(file, whole.substr(0, whole.size() - missing));
    Reader reader = open_reader(dir.path());
    const Seen before = read_on(reader);
    CHECK(before.seqs() == range(0, 1));
    CHECK(before.gaps.empty());
    CHECK(before.totals.torn_bytes == 2 * 152 - missing);
    set_contents(file, whole);
    const Seen after = read_on(reader);
    CHECK(after.seqs() == range(2, 3));
    REQUIRE(after.gaps.size() == 1);
    CHECK(after.gaps[0].lost == std::uint64_t{1});
    CHECK(after.totals.torn_bytes == 0);
  }
}

TEST_CASE("a Reader follows a Writer at full speed, without a gap, a double or a half-written record") {
  // Many small files; then few blocks of many pages, which a Reader may see half written.
  struct Load {
    std::uint64_t rotate_size;
    int blocks;
    int records;
  };
  for (const Load& load : {Load{4096 + 2 * 152, 1000, 1}, Load{256 << 20, 60, 1500}}) {
    CAPTURE(load.blocks);
    TemporaryDirectory dir;
    std::atomic<bool> done = false;
    std::thread writing([&] {
      auto writer = Writer::open(dir.path(), ring_of(), {.rotate_size = load.rotate_size});
      for (int i = 0; writer && i < load.blocks; ++i) {
        Bytes bytes(writer->end_position().value_or(0));
        for (int j = 0; j < load.records; ++j)
          bytes.record(payload_of(writer->next_seq() + static_cast<std::uint64_t>(j)));
        if (!writer->append(bytes.span())) break;
      }
      done = true;
    });
    while (!fs::exists(dir / "LOCK")) std::this_thread::yield();
    Reader reader = open_reader(dir.path());
    std::vector<std::uint64_t> seqs;
    bool all_true = true;
    for (bool last = false; !last;) {
      last = done;
      const Seen seen = read_on(reader);
      const auto more = seen.seqs();
      seqs.insert(seqs.end(), more.begin(), more.end());
      all_true = all_true && seen.is_true() && seen.gaps.empty() && !seen.error;
      for (const auto& gap : seen.gaps) MESSAGE(gap.why);
    }
    writing.join();
    CHECK(all_true);
    CHECK(seqs == range(0, static_cast<std::uint64_t>(load.blocks) * static_cast<std::uint64_t>(load.records)));
  }
}

TEST_CASE("files that retention removes before they are read are one gap") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path());
  Reader reader = open_reader(dir.path());
  append_blocks(writer, 2);
  CHECK(read_on(reader).records.size() == 2);
  for (int i = 0; i < 3; ++i) {
    append_blocks(writer, 2);
    REQUIRE(writer.seal().has_value());
  }
  const auto files = segment_files(dir.path());
  REQUIRE(files.size() == 3);
  fs::remove(files[0]);
  fs::remove(files[1]);
  const Seen seen = read_on(reader);
  CHECK(seen.seqs() == std::vector<std::uint64_t>{2, 3, 6, 7});
  REQUIRE(seen.gaps.size() == 1);
  CHECK(seen.gaps[0].lost == std::uint64_t{2});
}

TEST_CASE("more() gives the records at hand up to a hole, which next() tells in its place") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path());
  REQUIRE(writer.append(ProducerName{.slot = 1, .from = 0, .pid = 10, .name = "first"}).has_value());
  REQUIRE(writer.append(ProducerName{.slot = 1, .from = 56, .pid = 11, .name = "second"}).has_value());
  const auto bytes =
      Bytes(0).record("a", 1).skip(8).record("b", 1).skip(16, record::kHoleType).record("c", 1).record("d", 2);
  REQUIRE(writer.append(bytes.span()).has_value());
  Reader reader = open_reader(dir.path());
  CHECK(reader.more().empty());
  const auto first = reader.next();
  REQUIRE((first && *first));
  CHECK(std::get<Record>(**first).seq == 0);
  const auto more = reader.more();
  REQUIRE(more.size() == 1);
  CHECK(more[0].seq == 1);
  CHECK(more[0].producer == "first");
  CHECK(reader.more().empty());
  CHECK(reader.totals().records == 2);
  const auto hole = reader.next();
  REQUIRE((hole && *hole));
  CHECK(std::get<Gap>(**hole).from == 40);
  const auto rest = reader.more();
  REQUIRE(rest.size() == 2);
  CHECK(rest[0].producer == "second");
  CHECK(rest[1].producer == "");
  CHECK(reader.totals().records == 4);
  CHECK(reader.more().empty());
  CHECK_FALSE(*reader.next());
  // Behind a seek nothing is at hand.
  REQUIRE(reader.seek_seq(1).has_value());
  CHECK(reader.more().empty());
  CHECK(read_on(reader, Reading::many_at_once).seqs() == range(1, 4));
  CHECK(read_all(dir.path()).seqs() == range(0, 4));
}

TEST_CASE("seek finds any seq, forwards and back") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path(), ring_of(), {.rotate_size = 4096 + 800});
  append_blocks(writer, 20, 3);
  REQUIRE(segment_files(dir.path()).size() > 4);
  for (const auto& target : {dir.path(), segment_files(dir.path())[0]}) {
    const std::uint64_t end = read_all(target).totals.next_seq;
    Reader reader = open_reader(target);
    for (std::uint64_t i = 0; i < 2 * end; ++i) {
      const std::uint64_t seq = i * 7 % end;
      CAPTURE(seq);
      REQUIRE(reader.seek_seq(seq).has_value());
      const Seen seen = read_on(reader);
      CHECK(seen.seqs() == range(seq, end));
      CHECK(seen.is_true());
      CHECK(seen.gaps.empty());
    }
  }
  Reader reader = open_reader(dir.path());
  REQUIRE(reader.seek_seq(62).has_value());
  CHECK(read_on(reader).records.empty());
  append_blocks(writer, 1, 3);
  CHECK(read_on(reader).seqs() == range(62, 63));
}

TEST_CASE("seek does not read the payloads it passes, but takes names and gaps along") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path());
  append_blocks(writer, 1);
  const auto file = segment_files(dir.path())[0];
  const auto payload = fs::file_size(file) - 1;
  REQUIRE(writer.append(ProducerName{.slot = 0, .from = 0, .pid = 1, .name = "feed"}).has_value());
  append_blocks(writer, 1);
  const Position end = *writer.end_position();
  REQUIRE(writer.append(Gap{.lost = 5, .from = end, .to = end + 8, .why = "counted"}).has_value());
  append_blocks(writer, 1);
  flip(file, payload);
  Reader reader = open_reader(dir.path());
  REQUIRE(reader.seek_seq(1).has_value());
  const Seen from_one = read_on(reader);
  CHECK(from_one.seqs() == range(1, 3));
  CHECK(from_one.totals.damaged_bytes == 0);
  CHECK(from_one.records[0].producer == "feed");
  REQUIRE(from_one.gaps.size() == 1);
  CHECK(from_one.gaps[0].why == "counted");
  REQUIRE(reader.seek_seq(2).has_value());
  CHECK(read_on(reader).gaps.size() == 1);
  REQUIRE(reader.seek_seq(0).has_value());
  CHECK(read_on(reader).gaps.size() == 2);
}

TEST_CASE("a gap that ends before the seq sought is not told, one that covers it is") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path());
  append_blocks(writer, 8);
  flip(segment_files(dir.path())[0], 4096 + 2 * 152);
  flip(segment_files(dir.path())[0], 4096 + 5 * 152);
  Reader reader = open_reader(dir.path());
  REQUIRE(reader.seek_seq(4).has_value());
  const Seen from_four = read_on(reader);
  CHECK(from_four.seqs() == std::vector<std::uint64_t>{4, 6, 7});
  CHECK(from_four.gaps.size() == 1);
  REQUIRE(reader.seek_seq(5).has_value());
  const Seen from_five = read_on(reader);
  CHECK(from_five.seqs() == range(6, 8));
  CHECK(from_five.gaps.size() == 1);
}

TEST_CASE("one file is read by itself, without a gap for what came before") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path());
  append_blocks(writer, 2);
  REQUIRE(writer.seal().has_value());
  append_blocks(writer, 2);
  const auto files = segment_files(dir.path());
  const Seen seen = read_all(files[1]);
  CHECK(seen.seqs() == range(2, 4));
  CHECK(seen.gaps.empty());
  fs::copy_file(files[0], dir / "copy.bin");
  CHECK(read_all(dir / "copy.bin").seqs() == range(0, 2));
}

TEST_CASE("the first file's ring and header are there before the first record") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path(), ring_of(0xab, true));
  CHECK_FALSE(is_archive(dir.path()));
  REQUIRE(writer.append(Bytes(4096, true).record("x").span()).has_value());
  CHECK(is_archive(dir.path()));
  const auto file = segment_files(dir.path())[0];
  CHECK(is_archive(file));
  const Reader reader = open_reader(dir.path());
  CHECK(reader.ring().name == "orders");
  CHECK(reader.ring().uuid == ring_of(0xab).uuid);
  CHECK(reader.ring().capacity == 64 << 10);
  CHECK(reader.ring().timestamps);
  const auto text = describe_header(file);
  REQUIRE(text.has_value());
  for (const char* line : {"format version: 2\n", "ring: orders\n", "ring uuid: abababab-abab-abab-abab-abababababab\n",
                           "ring capacity: 65536\n", "timestamps: yes\n", "first seq: 0\n", "first position: 4096\n"}) {
    CAPTURE(line);
    CHECK(text->find(line) != std::string::npos);
  }
}

}  // namespace logbuf::archive::test
