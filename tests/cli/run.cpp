#include "run.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

namespace {

struct Pipe {
  Pipe() { REQUIRE(pipe2(ends.data(), O_CLOEXEC) == 0); }
  std::array<int, 2> ends{};
};

void close_if_open(int& fd) {
  if (fd >= 0) close(fd);
  fd = -1;
}

}  // namespace

Program::Program(const std::vector<std::string>& words) {
  std::signal(SIGPIPE, SIG_IGN);
  const Pipe in;
  const Pipe out;
  const Pipe err;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.ends[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err.ends[1], STDERR_FILENO);
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const int error = posix_spawnp(&pid_, words[0].c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(in.ends[0]);
  close(out.ends[1]);
  close(err.ends[1]);
  in_fd_ = in.ends[1];
  out_fd_ = out.ends[0];
  err_fd_ = err.ends[0];
  fcntl(in_fd_, F_SETFL, O_NONBLOCK);
  INFO("starting ", words[0]);
  REQUIRE(error == 0);
}

Program::~Program() {
  close_if_open(in_fd_);
  close_if_open(out_fd_);
  close_if_open(err_fd_);
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void Program::signal(int number) const {
  REQUIRE(kill(pid_, number) == 0);
}

bool Program::take(int& fd, std::string& text) {
  std::array<char, 65536> chunk{};
  const ssize_t count = read(fd, chunk.data(), chunk.size());
  if (count > 0) text.append(chunk.data(), static_cast<std::size_t>(count));
  if (count == 0) close_if_open(fd);
  return count > 0;
}

void Program::pump(std::chrono::milliseconds most) {
  if (to_write_.empty() && end_input_) close_if_open(in_fd_);
  std::array<pollfd, 3> fds{{{.fd = to_write_.empty() ? -1 : in_fd_, .events = POLLOUT, .revents = 0},
                             {.fd = out_fd_, .events = POLLIN, .revents = 0},
                             {.fd = err_fd_, .events = POLLIN, .revents = 0}}};
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(limit_ - Clock::now());
  INFO("stdout so far: ", out_);
  INFO("stderr so far: ", err_);
  REQUIRE_MESSAGE(left.count() > 0, "the program takes too long");
  if (poll(fds.data(), fds.size(), static_cast<int>(std::min(left, most).count())) <= 0) return;
  if (fds[0].revents != 0) {
    const ssize_t count = write(in_fd_, to_write_.data(), to_write_.size());
    if (count > 0) to_write_.erase(0, static_cast<std::size_t>(count));
    if (count < 0 && errno == EPIPE) to_write_.clear();  // it reads no more
  }
  if (fds[1].revents != 0) take(out_fd_, out_);
  if (fds[2].revents != 0) take(err_fd_, err_);
}

void Program::pump_until(const std::string& text, std::string_view wanted) {
  while (!contains(text, wanted)) {
    INFO("waiting for: ", std::string(wanted));
    INFO("stdout so far: ", out_);
    INFO("stderr so far: ", err_);
    REQUIRE((out_fd_ >= 0 || err_fd_ >= 0));  // else it has ended without saying so
    pump();
  }
}

Ended Program::finish() {
  end_input_ = true;
  return wait();
}

Ended Program::wait() {
  while (out_fd_ >= 0 || err_fd_ >= 0) pump();
  int status = 0;
  REQUIRE(waitpid(pid_, &status, 0) == pid_);
  pid_ = -1;
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return {code, out_, err_};
}

Ended run(const std::vector<std::string>& words, std::string_view input) {
  Program program(words);
  program.input(input);
  return program.finish();
}

bool has_program(const std::string& name) {
  if (run({"/bin/sh", "-c", "command -v " + name}).status == 0) return true;
  MESSAGE("not run: no ", name, " here");
  return false;
}
