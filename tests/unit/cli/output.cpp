#include "output.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <thread>

#include "child.hpp"

using logbuf::cli::ExitCode;
using logbuf::cli::Output;

namespace {

struct Pipe {
  Pipe() { REQUIRE(pipe2(ends, O_CLOEXEC) == 0); }
  ~Pipe() {
    close(ends[0]);
    close(ends[1]);
  }
  int ends[2];
};

int with_full_disk() {
  dup2(open("/dev/full", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
  Output out;
  out.put("data");
  return static_cast<int>(out.finish());
}

}  // namespace

TEST_CASE("output comes out whole and in order, whatever the sizes of its pieces") {
  std::string expected;
  for (std::size_t size : {std::size_t{1}, std::size_t{0}, Output::buffer_bytes - 1, Output::buffer_bytes,
                           Output::buffer_bytes + 1, std::size_t{17}}) {
    expected += std::string(size, static_cast<char>('a' + size % 26));
    expected += '\n';
  }
  const Ended ended = in_child([&] {
    Output out;
    for (std::string_view rest = expected; !rest.empty();) {
      const std::size_t length = rest.find('\n');
      out.put(rest.substr(0, length));
      out.put('\n');
      rest.remove_prefix(length + 1);
    }
    return static_cast<int>(out.finish());
  });
  CHECK(ended.status == 0);
  CHECK(ended.out == expected);
}

TEST_CASE("nothing is written before the buffer is full or flushed") {
  Pipe pipe;
  fcntl(pipe.ends[0], F_SETFL, O_NONBLOCK);
  char byte = 0;
  Output out(pipe.ends[1]);
  CHECK(out.put("x"));
  CHECK(read(pipe.ends[0], &byte, 1) == -1);
  CHECK(out.flush());
  CHECK(read(pipe.ends[0], &byte, 1) == 1);
  CHECK(byte == 'x');
}

TEST_CASE("destruction writes what is still in the buffer") {
  const Ended ended = in_child([] {
    Output().put("kept");
    return 0;
  });
  CHECK(ended.out == "kept");
}

TEST_CASE("a reader that is gone ends the output without a word") {
  const Ended ended = in_child([] {
    std::signal(SIGPIPE, SIG_IGN);
    int ends[2];
    if (pipe(ends) != 0) return 99;
    close(ends[0]);
    Output out(ends[1]);
    if (!out.put("data") || out.flush()) return 98;
    if (!out.reader_gone() || out.put("more") || out.put(std::string(Output::buffer_bytes, 'x'))) return 97;
    return static_cast<int>(out.finish());
  });
  CHECK(ended.status == 0);
  CHECK(ended.err == "");
}

TEST_CASE("finishing keeps the exit code when the reader is gone or everything was written") {
  Pipe pipe;
  Output out(pipe.ends[1]);
  CHECK(out.put("x"));
  CHECK(out.finish(ExitCode::lost) == ExitCode::lost);
}

TEST_CASE("a full disk is complained of and fails the program") {
  const Ended ended = in_child(with_full_disk);
  CHECK(ended.status == 1);
  CHECK(ended.err == "logbuf: cannot write to standard output: No space left on device\n");
}

TEST_CASE("a pipe that somebody made non-blocking is waited for") {
  Pipe pipe;
  fcntl(pipe.ends[1], F_SETFL, O_NONBLOCK);
  const std::string data(1 << 20, 'x');
  std::size_t received = 0;
  std::thread reader([&] {
    char chunk[4096];
    for (ssize_t n; received < data.size() && (n = read(pipe.ends[0], chunk, sizeof chunk)) > 0;) {
      received += static_cast<std::size_t>(n);
    }
  });
  {
    Output out(pipe.ends[1]);
    CHECK(out.put(data));
    CHECK(out.finish() == ExitCode::ok);
  }
  reader.join();
  CHECK(received == data.size());
}
