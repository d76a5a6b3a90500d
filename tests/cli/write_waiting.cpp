// logbuf-write before a ring that is full or closed, and what signals do to it.
#include <csignal>

#include "write_support.hpp"

TEST_CASE("a full ring without a consumer is waited for, which is said once, until one comes") {
  const RingName ring;
  make_ring(ring);
  Lines expected;
  std::string input;
  for (int i = 0; i < 2000; ++i) {
    expected.push_back("record " + std::to_string(i));
    input += expected.back() + "\n";
  }
  Program program(writer({ring}));
  program.input(input);
  program.wait_for_err("is full and has no consumer: waiting for one\n");
  CHECK(receive_bytes(ring, 2000) == expected);
  const Ended ended = program.finish();
  CHECK(ended.status == 0);
  CHECK(ended.err == says("ring '" + ring.str() + "' is full and has no consumer: waiting for one"));
}

TEST_CASE("waiting counts nothing as refused") {
  const RingName ring;
  const logbuf::Segment segment = make_ring(ring);
  Program program(writer({ring}));
  std::string input;
  for (int i = 0; i < 1000; ++i) input += "12345678\n";
  program.input(input);
  program.wait_for_err("waiting for one");
  CHECK(receive_bytes(ring, 1000).size() == 1000);
  CHECK(program.finish().status == 0);
  CHECK(segment.status().total_refused == 0);
}

TEST_CASE("--on-full drop never waits, counts, and ends with exit code 3") {
  const RingName ring;
  const logbuf::Segment segment = make_ring(ring);
  std::string input;
  for (int i = 0; i < 1000; ++i) input += "12345678\n";
  const Ended ended = write({ring, "--on-full", "drop"}, input);
  CHECK(ended.status == 3);
  CHECK(ended.err == says("744 records dropped, ring '" + ring.str() + "' was full; 256 records written"));
  CHECK(segment.status().total_refused == 744);
  CHECK(receive_bytes(ring).size() == 256);
}

TEST_CASE("a ring that is closed while it is waited for ends the program") {
  const RingName ring;
  logbuf::Segment segment = make_ring(ring);
  Program program(writer({ring}));
  std::string input;
  for (int i = 0; i < 1000; ++i) input += "12345678\n";
  program.input(input);
  program.wait_for_err("waiting for one");
  REQUIRE(segment.close().has_value());
  const Ended ended = program.finish();
  CHECK(ended.status == 1);
  CHECK(contains(ended.err, says("ring '" + ring.str() +
                                 "' has been closed; 256 records written (see "
                                 "logbuf-ctl inspect " +
                                 ring.str() + ")")));
}

TEST_CASE("a ring that is closed already is refused") {
  const RingName ring;
  REQUIRE(make_ring(ring).close().has_value());
  const Ended ended = write({ring}, "a\n");
  CHECK(ended.status == 1);
  CHECK(ended.err == says("ring '" + ring.str() + "' is closed: remove it and make it anew"));
}

TEST_CASE("SIGTERM and SIGINT end a program that waits for input, and nothing that was read is lost") {
  for (const int number : {SIGTERM, SIGINT}) {
    const RingName ring;
    make_ring(ring);
    Program program(writer({ring, "--tee", "-v"}));
    program.input("a\nb");
    program.wait_for_out("a\nb");
    program.signal(number);
    const Ended ended = program.wait();
    CHECK(ended.status == 0);
    CHECK(ended.err == "");
    CHECK(receive_bytes(ring) == Lines{"a", "b"});
  }
}

TEST_CASE("SIGTERM ends a program that waits for space, which says what is not written") {
  for (const bool with_consumer : {false, true}) {
    const RingName ring;
    const logbuf::Segment segment = make_ring(ring);
    std::expected<logbuf::Consumer, std::error_code> consumer = std::unexpected(std::error_code());
    Program program(writer({ring}));
    std::string input;
    for (int i = 0; i < 1000; ++i) input += "12345678\n";
    program.input(input);
    program.wait_for_err("waiting for one");
    if (with_consumer) consumer = logbuf::Consumer::attach(ring.str());  // and takes nothing
    program.signal(SIGTERM);
    const Ended ended = program.wait();
    CHECK(ended.status == 3);
    CHECK(contains(ended.err, says("stopped while ring '" + ring.str() +
                                   "' was full: stdin, line 257 and what follows is not written; 256 records "
                                   "written")));
  }
}
