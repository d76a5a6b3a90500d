#include "child.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include "failure.hpp"

namespace logbuf::bench {
namespace {

constexpr uid_t kNobody = 65534;  // Debian's nobody and nogroup
constexpr int kCannotStart = 127;

[[noreturn]] void give_up(const std::string& command, const std::string& call) {
  cli::die("cannot start " + command + ": " + call + ": " + std::strerror(errno));
}

[[noreturn]] void become(int program, char* const* command, char* const* environment, const ChildOptions& options,
                         pid_t parent) {
  if (options.as_nobody && ::geteuid() == 0 &&
      (::setgroups(0, nullptr) != 0 || ::setgid(kNobody) != 0 || ::setuid(kNobody) != 0)) {
    ::_exit(kCannotStart);
  }
  // After setuid(), which takes it back.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(kCannotStart);  // it died before the line above
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int ignored : {SIGPIPE, SIGXFSZ}) ::signal(ignored, SIG_DFL);
  if (options.cpu != -1) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<unsigned>(options.cpu), &one);
    if (::sched_setaffinity(0, sizeof one, &one) != 0) ::_exit(kCannotStart);
  }
  for (const int descriptor : options.descriptors) ::fcntl(descriptor, F_SETFD, 0);
  if (options.log != -1) ::dup2(options.log, STDERR_FILENO);
  const int output = options.output != -1 ? options.output : options.log;
  if (output != -1) ::dup2(output, STDOUT_FILENO);
  // By its descriptor: nobody may not be allowed to walk to where this checkout is.
  ::fexecve(program, command, environment);
  ::_exit(kCannotStart);
}

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream file(entry.path() / "stat");
    std::string line;
    if (!std::getline(file, line)) continue;
    // The name, in parentheses, may hold anything.
    const std::size_t name = line.rfind(')');
    if (name == std::string::npos || name + 4 > line.size()) continue;
    const std::string behind = line.substr(name + 4);  // ") S ", then the parent
    if (std::atoi(behind.c_str()) == parent) found.push_back(std::atoi(line.c_str()));
  }
  return found;
}

}  // namespace

Child::Child(const std::vector<std::string>& command, const ChildOptions& options) {
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  std::vector<char*> environment;
  for (const std::string& variable : options.environment) environment.push_back(const_cast<char*>(variable.c_str()));
  // Of two of the same name, the first one counts.
  for (char** variable = ::environ; *variable != nullptr; ++variable) environment.push_back(*variable);
  environment.push_back(nullptr);
  const int program = ::open(command[0].c_str(), O_PATH | O_CLOEXEC);
  if (program == -1) give_up(command[0], "open");
  const pid_t self = ::getpid();
  pid_ = ::fork();
  if (pid_ == -1) give_up(command[0], "fork");
  if (pid_ == 0) become(program, words.data(), environment.data(), options, self);
  ::close(program);
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), status_(other.status_), usage_(other.usage_) {}

Child& Child::operator=(Child&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(status_, other.status_);
  std::swap(usage_, other.usage_);
  return *this;
}

bool Child::collect(int options) {
  if (pid_ == -1 || status_) return true;
  int status = 0;
  if (::wait4(pid_, &status, options, &usage_) != pid_) return false;
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return true;
}

bool Child::running() {
  return !collect(WNOHANG);
}

void Child::signal(int number) noexcept {
  if (pid_ != -1 && !status_) ::kill(pid_, number);
}

void Child::kill() {
  signal(SIGKILL);
  collect(0);
}

void Child::kill_with_descendants() {
  if (collect(WNOHANG)) return;  // its number may be another's by now
  std::vector<pid_t> family = {pid_};
  for (std::size_t i = 0; i < family.size(); ++i) {
    const auto next = children_of(family[i]);
    family.insert(family.end(), next.begin(), next.end());
  }
  for (const pid_t pid : family) ::kill(pid, SIGKILL);
  collect(0);
  // They are this process's own now: see adopt_orphans().
  for (std::size_t i = 1; i < family.size(); ++i) ::waitpid(family[i], nullptr, 0);
}

std::optional<int> Child::wait(const Waiter& waiter, Waiter::Duration limit) {
  waiter.until([this] { return collect(WNOHANG); }, limit);
  return status_;
}

std::string find_program(const std::string& name) {
  const char* const given = std::getenv("PATH");
  const std::string path = std::string(given == nullptr ? "" : given) + ":/usr/bin:/usr/sbin";
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t colon = std::min(path.find(':', at), path.size());
    const std::string file = path.substr(at, colon - at) + "/" + name;
    if (::access(file.c_str(), X_OK) == 0) return file;
    at = colon + 1;
  }
  return {};
}

std::optional<int> run_to_end(const std::vector<std::string>& command, const ChildOptions& options,
                              const Waiter& waiter, Waiter::Duration limit) {
  Child child(command, options);
  return child.wait(waiter, limit);
}

std::optional<int> read_lines(const std::vector<std::string>& command, ChildOptions options, const Waiter& waiter,
                              Waiter::Duration limit, const std::function<void(std::string_view)>& line) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) give_up(command[0], "pipe");
  ::fcntl(pipe[0], F_SETPIPE_SZ, 1 << 20);
  options.output = pipe[1];
  Child child(command, options);
  ::close(pipe[1]);
  std::string text;
  std::array<char, 65536> chunk;
  const auto read_some = [&]() -> bool {  // true: the end
    pollfd ready = {.fd = pipe[0], .events = POLLIN, .revents = 0};
    // Not in one step of the waiter for each piece: a signal is seen between them.
    for (int pieces = 0; pieces < 64; ++pieces) {
      if (::poll(&ready, 1, 0) != 1) return false;
      const ssize_t got = ::read(pipe[0], chunk.data(), chunk.size());
      if (got <= 0) return true;
      text.append(chunk.data(), static_cast<std::size_t>(got));
      std::size_t begin = 0;
      for (std::size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1)
        line(std::string_view(text).substr(begin, end - begin));
      text.erase(0, begin);
    }
    return false;
  };
  const bool whole = waiter.until(read_some, limit, std::chrono::microseconds(100));
  ::close(pipe[0]);
  if (!whole) return std::nullopt;
  return child.wait(waiter, std::chrono::seconds(10));
}

void adopt_orphans() {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
}

void end_orphans() {
  // As often as there may be generations.
  for (int round = 0; round < 8; ++round) {
    const std::vector<pid_t> orphans = children_of(::getpid());
    if (orphans.empty()) return;
    for (const pid_t pid : orphans) ::kill(pid, SIGKILL);
    for (const pid_t pid : orphans) ::waitpid(pid, nullptr, 0);
  }
}

}  // namespace logbuf::bench
