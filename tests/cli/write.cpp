// What logbuf-write makes of its input, and of its flags.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>

#include "write_support.hpp"

using logbuf::Kind;

namespace {

// A file of the test's own.
class File {
 public:
  explicit File(std::string_view content) {
    std::string path = std::filesystem::temp_directory_path() / "logbuf-test-XXXXXX";
    const int fd = mkstemp(path.data());
    REQUIRE(fd >= 0);
    close(fd);
    path_ = path;
    std::ofstream(path_, std::ios::binary) << content;
  }
  ~File() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string prefixed(std::string_view record) {
  std::string bytes;
  for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>((record.size() >> shift) & 0xff);
  return bytes.append(record);
}

}  // namespace

TEST_CASE("each line is a record, the last one also without a newline, and every other byte stays") {
  const RingName ring;
  make_ring(ring);
  const Ended ended = write({ring}, std::string("one\ntwo\r\nzero \0 byte\nlast", 25));
  CHECK(ended.status == 0);
  CHECK(ended.out == "");
  CHECK(ended.err == "");
  CHECK(receive_bytes(ring) == Lines{"one", "two\r", std::string("zero \0 byte", 11), "last"});
}

TEST_CASE("empty lines are no records, and are counted") {
  const RingName ring;
  make_ring(ring);
  const Ended ended = write({ring}, "\na\n\n\nb\n");
  CHECK(ended.status == 0);
  CHECK(ended.err == says("3 empty lines left out: a record has at least one byte"));
  CHECK(receive_bytes(ring) == Lines{"a", "b"});
}

TEST_CASE("a ring of kind spsc is written to as well") {
  const RingName ring;
  make_ring(ring, {.capacity = 4096, .kind = Kind::spsc});
  CHECK(write({ring}, "a\nb\n").status == 0);
  CHECK(receive_bytes(ring) == Lines{"a", "b"});
}

TEST_CASE("a delimiter of several bytes is found wherever the blocks end") {
  const RingName ring;
  make_ring(ring, {.capacity = 4 << 20});
  Lines expected;
  std::string input;
  for (std::size_t i = 0; i < 3000; ++i) {
    expected.push_back(std::string(1 + i % 1500, 'a') + "<-");
    input += expected.back() + "<->";
  }
  CHECK(write({ring, "--delimiter", "<->"}, input).status == 0);
  CHECK(receive_bytes(ring) == expected);
}

TEST_CASE("a delimiter that comes in pieces is found, and a beginning of one at the end of the input stays") {
  const RingName ring;
  make_ring(ring);
  Program program(writer({ring, "-d", "ab", "--tee"}));
  program.input("xa");
  program.wait_for_out("xa");
  program.input("bya");
  CHECK(program.finish().status == 0);
  CHECK(receive_bytes(ring) == Lines{"x", "ya"});
}

TEST_CASE("escapes in a delimiter are understood, and -0 is a zero byte") {
  const std::string zeros("a\0b", 3);
  for (const auto& [words, input] : std::vector<std::pair<Lines, std::string>>{{{"-d", "\\t"}, "a\tb"},
                                                                               {{"-d", "\\x7c\\n"}, "a|\nb"},
                                                                               {{"-d", "\\0"}, zeros},
                                                                               {{"-d", "\\\\"}, "a\\b"},
                                                                               {{"-0"}, zeros}}) {
    const RingName ring;
    make_ring(ring);
    Lines all{ring};
    all.insert(all.end(), words.begin(), words.end());
    CAPTURE(words.back());
    CHECK(write(all, input).status == 0);
    CHECK(receive_bytes(ring) == Lines{"a", "b"});
  }
}

TEST_CASE("length-prefixed records may hold anything") {
  const RingName ring;
  make_ring(ring);
  const Ended ended =
      write({ring, "--length-prefixed", "--type", "65535"}, prefixed("a\nb") + prefixed("") + prefixed("c"));
  CHECK(ended.status == 0);
  CHECK(ended.err == says("1 empty record left out: a record has at least one byte"));
  const auto records = receive(ring);
  REQUIRE(records.size() == 2);
  CHECK(records[0].bytes == "a\nb");
  CHECK(records[1].bytes == "c");
  CHECK(records[1].type == 65535);
}

TEST_CASE("length-prefixed input that ends within a record is an error that says how much was written") {
  const RingName ring;
  make_ring(ring);
  const Ended in_record = write({ring, "--length-prefixed"}, prefixed("whole") + prefixed("cut").substr(0, 6));
  CHECK(in_record.status == 1);
  CHECK(in_record.err ==
        says("stdin, record 2 is cut off by the end of the input, after 2 of 3 bytes; 1 record written"));
  const Ended in_length = write({ring, "--length-prefixed"}, prefixed("whole") + "\x01");
  CHECK(in_length.status == 1);
  CHECK(in_length.err == says("stdin, record 2 is cut off by the end of the input, after 1 of 4 bytes of its "
                              "length; 1 record written"));
  CHECK(receive_bytes(ring) == Lines{"whole", "whole"});
}

TEST_CASE("a record that is too large is named and counted, and the rest goes on") {
  for (const std::size_t length : {std::size_t{2041}, std::size_t{1'000'000}}) {
    const RingName ring;
    make_ring(ring);
    const Ended ended = write({ring}, "a\n\n" + std::string(length, 'x') + "\nb\n");
    CHECK(ended.status == 1);
    CHECK(contains(ended.err, "stdin, line 3 has " + std::to_string(length) + " bytes: ring '" + ring.str() +
                                  "' takes records of at most 2040"));
    CHECK(contains(ended.err, "1 record left out, larger than"));
    CHECK(receive_bytes(ring) == Lines{"a", "b"});
  }
}

TEST_CASE("the largest record is written") {
  const RingName ring;
  make_ring(ring);
  CHECK(write({ring}, std::string(2040, 'x') + "\n").status == 0);
  CHECK(receive_bytes(ring) == Lines{std::string(2040, 'x')});
}

TEST_CASE("a length-prefixed record that is too large is passed over") {
  const RingName ring;
  make_ring(ring);
  const Ended ended = write({ring, "--length-prefixed"}, prefixed(std::string(600'000, 'x')) + prefixed("after"));
  CHECK(ended.status == 1);
  CHECK(contains(ended.err, "stdin, record 1 has 600000 bytes"));
  CHECK(receive_bytes(ring) == Lines{"after"});
}

TEST_CASE("files are written in order, and '-' among them is stdin") {
  const RingName ring;
  make_ring(ring);
  const File first("one\ntwo");
  const File last("four\n");
  CHECK(write({ring, first.path(), "-", last.path()}, "three\n").status == 0);
  CHECK(receive_bytes(ring) == Lines{"one", "two", "three", "four"});
}

TEST_CASE("a missing file is found before anything is written") {
  const RingName ring;
  make_ring(ring);
  const File first("one\n");
  const Ended ended = write({ring, first.path(), "/no/such/file"});
  CHECK(ended.status == 2);
  CHECK(ended.err == says("cannot read '/no/such/file': No such file or directory"));
  const Ended directory = write({ring, first.path(), "/"});
  CHECK(directory.status == 2);
  CHECK(directory.err == says("cannot read '/': it is a directory"));
  CHECK(receive_bytes(ring) == Lines{});
}

TEST_CASE("--tee copies the input to stdout, delimiters and empty lines included") {
  const RingName ring;
  make_ring(ring);
  const Ended ended = write({ring, "--tee"}, "a\n\nb");
  CHECK(ended.status == 0);
  CHECK(ended.out == "a\n\nb");
  CHECK(receive_bytes(ring) == Lines{"a", "b"});
}

TEST_CASE("--verbose says what was written, on stderr") {
  const RingName ring;
  make_ring(ring);
  const Ended ended = write({ring, "-v"}, "a\nbcd\n");
  CHECK(ended.out == "");
  CHECK(ended.err == says("2 records written to ring '" + ring.str() + "', 4 bytes"));
}

TEST_CASE("--name and --type reach the ring") {
  const RingName ring;
  const logbuf::Segment segment = make_ring(ring);
  Program program(writer({ring, "--name", "feed", "--type", "7", "--tee"}));
  program.input("a\n");
  program.wait_for_out("a\n");
  CHECK(receive(ring, 1)[0].type == 7);
  const auto producers = segment.status().producers;
  REQUIRE(producers.size() == 1);
  CHECK(producers[0].name == "feed");
  CHECK(producers[0].pid == static_cast<std::uint32_t>(program.pid()));
  CHECK(program.finish().status == 0);
}

TEST_CASE("--create makes the ring, and takes the one that is there") {
  const RingName ring;
  const Ended made = write({ring, "--create", "--capacity", "8K", "--kind", "spsc", "--timestamps"}, "a\n");
  CHECK(made.status == 0);
  {
    const auto segment = logbuf::Segment::open(ring.str());
    REQUIRE(segment.has_value());
    CHECK(segment->info().capacity == 8192);
    CHECK(segment->info().kind == Kind::spsc);
    CHECK(segment->info().timestamps);
  }
  const Ended again = write({ring, "--create", "--capacity", "8K"}, "b\n");
  CHECK(again.status == 0);
  CHECK(again.err == "");
  CHECK(write({ring, "--create"}, "c\n").status == 0);
  CHECK(receive_bytes(ring) == Lines{"a", "b", "c"});
}

TEST_CASE("--create complains of a ring that is not as asked for") {
  const RingName ring;
  make_ring(ring);
  const auto exists = [&](const std::string& how) {
    return says("ring '" + ring.str() + "' exists already, " + how + ", or remove the ring first (logbuf-ctl rm " +
                ring.str() + ")");
  };
  const Ended capacity = write({ring, "--create", "--capacity", "8K"}, "a\n");
  CHECK(capacity.status == 2);
  CHECK(capacity.err == exists("with a capacity of 4K, not 8K: leave out --capacity"));
  const Ended kind = write({ring, "--create", "--kind", "spsc"}, "a\n");
  CHECK(kind.status == 2);
  CHECK(kind.err == exists("of kind mpsc, not spsc: leave out --kind"));
  const Ended timestamps = write({ring, "--create", "--timestamps"}, "a\n");
  CHECK(timestamps.status == 2);
  CHECK(timestamps.err == exists("without timestamps, not with them: leave out --timestamps"));
  CHECK(receive_bytes(ring) == Lines{});
}

TEST_CASE("of several that create one ring at the same time, all succeed") {
  for (int round = 0; round < 10; ++round) {
    const RingName ring;
    std::vector<std::unique_ptr<Program>> programs;
    for (int i = 0; i < 4; ++i) {
      programs.push_back(std::make_unique<Program>(writer({ring, "--create", "--capacity", "4K"})));
      programs.back()->input("x\n");
    }
    for (auto& program : programs) {
      const Ended ended = program->finish();
      CHECK(ended.status == 0);
      CHECK(ended.err == "");
    }
    CHECK(receive_bytes(ring).size() == 4);
  }
}

TEST_CASE("a ring that is not there is exit code 2, and so is a name that cannot be one") {
  const RingName ring;
  const Ended missing = write({ring}, "a\n");
  CHECK(missing.status == 2);
  CHECK(contains(missing.err, "there is no ring '" + ring.str() + "'"));
  const Ended bad = write({"a/b"}, "a\n");
  CHECK(bad.status == 2);
  CHECK(contains(bad.err, "'a/b' cannot be a ring's name"));
  const Ended bad_capacity = write({ring, "--create", "--capacity", "5000"}, "a\n");
  CHECK(bad_capacity.status == 2);
  CHECK(contains(bad_capacity.err, "a capacity of 5000 bytes cannot be"));
  const Ended bad_name = write({ring, "--create", "--capacity", "4K", "--name", std::string(80, 'n')}, "a\n");
  CHECK(bad_name.status == 2);
  CHECK(contains(bad_name.err, "at most 79 bytes, this one has 80"));
}

TEST_CASE("wrong usage is exit code 2 and says what is wrong") {
  for (const auto& [words, what] : std::vector<std::pair<Lines, std::string>>{
           {{}, "RING is missing"},
           {{"r", "--capacity", "4K"}, "--capacity says how to make a ring: give --create as well"},
           {{"r", "--kind", "spsc"}, "--kind says how to make a ring: give --create as well"},
           {{"r", "--timestamps"}, "--timestamps says how to make a ring: give --create as well"},
           {{"r", "--create", "--kind", "x"}, "--kind: 'x' is no kind of ring: give mpsc or spsc"},
           {{"r", "-0", "-d", "x"}, "--delimiter, -0 and --length-prefixed exclude each other"},
           {{"r", "-0", "--length-prefixed"}, "--delimiter, -0 and --length-prefixed exclude each other"},
           {{"r", "-d", "\\q"},
            "--delimiter: '\\q' has a backslash that means nothing: use \\n \\r \\t \\0 \\\\ or \\xNN"},
           {{"r", "-d", "\\x4"},
            "--delimiter: '\\x4' has a backslash that means nothing: use \\n \\r \\t \\0 \\\\ or \\xNN"},
           {{"r", "--delimiter", ""}, "--delimiter: a delimiter has at least one byte"},
           {{"r", "--type", "65536"}, "--type: 65536 is too large: give 0 to 65535"},
           {{"r", "--on-full", "x"}, "--on-full: 'x' is neither wait nor drop"}}) {
    CAPTURE(what);
    const Ended ended = write(words);
    CHECK(ended.status == 2);
    CHECK(ended.err == says(what + " (try --help)"));
  }
}
