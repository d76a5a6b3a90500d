#include "process_group.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "failure.hpp"

namespace logbuf::bench {
namespace {

constexpr int kCannotStart = 127;

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) return std::string("was killed: ") + ::strsignal(WTERMSIG(status));
  if (WEXITSTATUS(status) == kCannotStart) return "could not be started";
  return "failed, exit status " + std::to_string(WEXITSTATUS(status));
}

[[noreturn]] void become_worker(char* const* arguments, const std::vector<int>& descriptors, pid_t parent,
                                const sigset_t& mask) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(kCannotStart);  // it died before the line above
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
  for (const int descriptor : descriptors) ::fcntl(descriptor, F_SETFD, 0);
  ::execv("/proc/self/exe", arguments);
  ::_exit(kCannotStart);
}

}  // namespace

HeldSignals::HeldSignals() {
  sigemptyset(&held_);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) sigaddset(&held_, signal);
  ::sigprocmask(SIG_BLOCK, &held_, &before_);
}

HeldSignals::~HeldSignals() {
  ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

ProcessGroup::~ProcessGroup() {
  for (const pid_t pid : running_) ::kill(pid, SIGKILL);
  for (const pid_t pid : running_) ::waitpid(pid, nullptr, 0);
}

void ProcessGroup::start(const std::vector<std::string>& arguments, const std::vector<int>& descriptors) {
  std::vector<char*> words;
  for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  const pid_t self = ::getpid();
  const pid_t pid = ::fork();
  if (pid == -1) cli::die(std::string("cannot start a worker: fork: ") + std::strerror(errno));
  if (pid == 0) become_worker(words.data(), descriptors, self, signals_.before());
  running_.push_back(pid);
}

// True if nobody is left.
bool ProcessGroup::take_ended() {
  for (std::size_t i = 0; i < running_.size();) {
    int status = 0;
    if (::waitpid(running_[i], &status, WNOHANG) == 0) {
      ++i;
      continue;
    }
    running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) cli::die("a worker " + how_it_ended(status));
  }
  return running_.empty();
}

void ProcessGroup::wait(std::chrono::seconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!take_ended()) {
    const timespec at_most = {.tv_sec = 1, .tv_nsec = 0};
    const int signal = ::sigtimedwait(&signals_.held(), nullptr, &at_most);
    if (signal > 0 && signal != SIGCHLD) cli::die(std::string("ended by ") + ::strsignal(signal));
    if (std::chrono::steady_clock::now() > end) {
      cli::die("the workers of one run were not done after " + std::to_string(limit.count()) + " s");
    }
  }
}

}  // namespace logbuf::bench
