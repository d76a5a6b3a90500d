#include "program.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>
#include <utility>

namespace test {
namespace {

using namespace std::chrono_literals;

// Long enough for a sanitizer on a busy machine: it is there so that a test fails rather than hangs.
constexpr auto kPatience = 300s;

void close_fd(int& fd) {
  if (const int old = std::exchange(fd, -1); old >= 0) ::close(old);
}

}  // namespace

Program::Program(const std::vector<std::string>& command, const std::function<void()>& prepare) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  std::array<int, 2> in{};
  std::array<int, 2> out{};
  REQUIRE(::pipe2(in.data(), O_CLOEXEC) == 0);
  REQUIRE(::pipe2(out.data(), O_CLOEXEC) == 0);
  err_ = ::memfd_create("stderr", MFD_CLOEXEC);
  REQUIRE(err_ >= 0);
  const int appending = ::open(("/proc/self/fd/" + std::to_string(err_)).c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  REQUIRE(appending >= 0);
  pid_ = ::fork();
  REQUIRE(pid_ >= 0);
  if (pid_ == 0) {
    ::dup2(in[0], STDIN_FILENO);
    ::dup2(out[1], STDOUT_FILENO);
    ::dup2(appending, STDERR_FILENO);
    if (prepare) prepare();
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
  ::close(appending);
  ::close(in[0]);
  ::close(out[1]);
  in_ = in[1];
  out_ = out[0];
}

Program::Program(Program&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      in_(std::exchange(other.in_, -1)),
      out_(std::exchange(other.out_, -1)),
      err_(std::exchange(other.err_, -1)),
      code_(other.code_) {}

Program::~Program() {
  if (pid_ > 0 && !code_) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  close_fd(in_);
  close_fd(out_);
  close_fd(err_);
}

bool Program::collect(int options) {
  if (code_) return true;
  int status = 0;
  const pid_t ended = ::waitpid(pid_, &status, options);
  if (ended != pid_) return false;
  code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return true;
}

void Program::signal(int number) const {
  if (!code_) ::kill(pid_, number);
}

void Program::kill() {
  signal(SIGKILL);
  collect(0);
}

void Program::stop() {
  signal(SIGSTOP);
  siginfo_t info = {};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(pid_), &info, WSTOPPED) == 0);
}

int Program::wait() {
  wait_until("the program ends", [this] { return collect(WNOHANG); });
  return *code_;
}

bool Program::running() {
  return !collect(WNOHANG);
}

void Program::close_stdin() {
  close_fd(in_);
}

bool Program::read_byte() {
  char byte = 0;
  return ::read(out_, &byte, 1) == 1;
}

void Program::close_stdout() {
  close_fd(out_);
}

std::string Program::rest_of_stdout() {
  std::string all;
  std::array<char, 65536> chunk{};
  for (ssize_t n = 0; (n = ::read(out_, chunk.data(), chunk.size())) > 0;) {
    all.append(chunk.data(), static_cast<std::size_t>(n));
  }
  return all;
}

std::string Program::said() const {
  std::string all;
  std::array<char, 4096> chunk{};
  for (ssize_t n = 0; (n = ::pread(err_, chunk.data(), chunk.size(), static_cast<off_t>(all.size()))) > 0;) {
    all.append(chunk.data(), static_cast<std::size_t>(n));
  }
  return all;
}

WithoutLeakCheck::WithoutLeakCheck() {
  if (const char* const options = std::getenv("ASAN_OPTIONS")) before_ = options;
  ::setenv("ASAN_OPTIONS", (before_.value_or("") + ":detect_leaks=0").c_str(), 1);
}

WithoutLeakCheck::~WithoutLeakCheck() {
  if (before_) {
    ::setenv("ASAN_OPTIONS", before_->c_str(), 1);
  } else {
    ::unsetenv("ASAN_OPTIONS");
  }
}

std::unique_ptr<Program> attach_strace(pid_t pid, const std::vector<std::string>& options) {
  std::vector<std::string> command = {"strace", "-f", "-p", std::to_string(pid)};
  command.insert(command.end(), options.begin(), options.end());
  auto trace = std::make_unique<Program>(command);
  wait_until("strace is attached", [&] { return trace->has_said("attached") || !trace->running(); });
  if (trace->running() && trace->has_said("attached")) return trace;
  MESSAGE("skipped: strace cannot trace here: ", trace->said());
  return nullptr;
}

std::string path_of(const char* variable) {
  const char* const path = std::getenv(variable);
  REQUIRE_MESSAGE(path != nullptr, variable, " is not set: run this with meson test");
  return path;
}

void wait_until(const std::string& what, const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    REQUIRE_MESSAGE(std::chrono::steady_clock::now() < deadline, "waited in vain until ", what);
    std::this_thread::sleep_for(1ms);
  }
}

std::string contents_of_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace test
