#include "children.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace logbuf::soak {
namespace {

constexpr int kCannotStart = 127;

[[noreturn]] void give_up(const std::string& what) {
  throw Failure(what + ": " + std::strerror(errno));
}

std::string contents(int fd) {
  std::string all;
  std::array<char, 4096> chunk{};
  for (ssize_t n = 0; (n = ::pread(fd, chunk.data(), chunk.size(), static_cast<off_t>(all.size()))) > 0;) {
    all.append(chunk.data(), static_cast<std::size_t>(n));
  }
  return all;
}

}  // namespace

const char* name_of(Role role) {
  constexpr std::array<const char*, kRoles> kNames = {"producer", "archiver", "reader"};
  return kNames[static_cast<std::size_t>(role)];
}

Children::Children() {
  sigemptyset(&held_);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) sigaddset(&held_, signal);
  ::sigprocmask(SIG_BLOCK, &held_, &before_);
  // What a dead producer has forked is ours to reap then.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  nothing_ = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (nothing_ < 0) give_up("/dev/null");
}

Children::~Children() {
  for (auto& [number, child] : children_) kill(child);
  // Those that dead producers have forked end by themselves, very soon.
  while (::waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
  }
  for (auto& [number, child] : children_) ::close(child.said);
  ::close(nothing_);
  ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

ChildNumber Children::start(const Start& start) {
  Child child;
  child.number = ++last_;
  child.role = start.role;
  child.ring = start.ring;
  child.producer = start.producer;
  child.has_limit = start.lives_for.count() != 0;
  std::vector<char*> words;
  for (const std::string& word : start.command) {
    words.push_back(const_cast<char*>(word.c_str()));
    child.command += (child.command.empty() ? "" : " ") + word;
  }
  words.push_back(nullptr);
  child.said = ::memfd_create("stderr", MFD_CLOEXEC);
  if (child.said < 0) give_up("memfd_create");
  std::array<int, 2> out = {-1, -1};
  if (start.nobody_reads && ::pipe2(out.data(), O_CLOEXEC) != 0) give_up("pipe2");
  if (start.nobody_reads) ::close(out[0]);
  const pid_t driver = ::getpid();
  child.pid = ::fork();
  if (child.pid < 0) give_up("fork");
  if (child.pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != driver) ::_exit(kCannotStart);
    ::dup2(nothing_, STDIN_FILENO);
    ::dup2(start.nobody_reads ? out[1] : nothing_, STDOUT_FILENO);
    ::dup2(child.said, STDERR_FILENO);
    if (start.inherited >= 0) ::fcntl(start.inherited, F_SETFD, 0);
    ::sigprocmask(SIG_SETMASK, &before_, nullptr);
    // Outlives exec; the signal ends whoever does not know it, as SIGKILL does.
    const itimerval limit = {
        .it_interval = {},
        .it_value = {.tv_sec = start.lives_for.count() / 1'000'000, .tv_usec = start.lives_for.count() % 1'000'000}};
    ::setitimer(ITIMER_PROF, &limit, nullptr);
    ::execv(words[0], words.data());
    ::_exit(kCannotStart);
  }
  if (start.nobody_reads) ::close(out[1]);
  children_.emplace(child.number, child);
  return child.number;
}

Child* Children::find(ChildNumber number) {
  const auto found = children_.find(number);
  return found == children_.end() ? nullptr : &found->second;
}

void Children::kill(Child& child) {
  child.killed = true;
  ::kill(child.pid, SIGKILL);
}

void Children::send(Child& child, int signal) {
  child.sent.insert(signal);
  ::kill(child.pid, signal);
}

void Children::stop(Child& child) {
  child.stopped = true;
  ::kill(child.pid, SIGSTOP);
}

void Children::go_on(Child& child) {
  child.stopped = false;
  ::kill(child.pid, SIGCONT);
}

void Children::all_go_on() {
  for (auto& [number, child] : children_) go_on(child);
}

bool Children::reap(const std::function<void(const Ended&)>& ended) {
  bool any = false;
  for (;;) {
    int status = 0;
    const pid_t pid = ::waitpid(-1, &status, WNOHANG);
    if (pid <= 0) return any;
    const auto found = std::ranges::find_if(children_, [&](const auto& entry) { return entry.second.pid == pid; });
    if (found == children_.end()) continue;  // a dead producer's child
    Ended end{.child = found->second,
              .exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 0,
              .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
              .said = contents(found->second.said)};
    ::close(found->second.said);
    children_.erase(found);
    any = true;
    ended(end);
  }
}

void Children::wait(Clock::time_point until, const std::function<void(const Ended&)>& ended) {
  for (;;) {
    if (reap(ended)) return;
    const auto left = until - Clock::now();
    if (left.count() <= 0) return;
    const timespec time = {.tv_sec = static_cast<time_t>(left / std::chrono::seconds(1)),
                           .tv_nsec = static_cast<long>((left % std::chrono::seconds(1)).count())};
    const int signal = ::sigtimedwait(&held_, nullptr, &time);
    if (signal > 0 && signal != SIGCHLD) throw Interrupted(std::string("ended by ") + ::strsignal(signal));
  }
}

}  // namespace logbuf::soak
