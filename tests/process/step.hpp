// A real process, single-stepped through one operation and killed on its way, wherever that makes a difference.
//
// A Scene says what happens:
//   Scene(...)            the ring and whoever stays alive, in the test's own process; a fresh one for each kill
//   void set_up()         in the child, before the operation
//   void operation()      in the child, one instruction at a time
//   std::span<const std::byte> shared() const   in the test: the memory that the child shares with others
//   void check(bool)      in the test, when the child is dead: true if the operation had ended
//
// A process that is killed leaves what it has stored to shared memory, and what its system calls have done. An
// instruction that changes neither can be followed by a kill or not: what is left is what the last one left that did.
// So the child is killed behind each system call (which is one step) and behind each instruction that changes the
// shared memory; that is every instruction, for whoever is left. LOGBUF_STEPS=all kills behind every single one.
//
// The way to a kill is short: the child runs from system call to system call up to the last one before it, and is
// stepped from there. Where others write to the shared memory meanwhile, there are some kills more than need be.
#pragma once

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

// Where the system lets us trace.
#if defined(__x86_64__)
#define LOGBUF_CAN_STEP 1
#else
#define LOGBUF_CAN_STEP 0
#endif

namespace test {

#if LOGBUF_CAN_STEP

// The child of one kill. Dead at the latest when this is.
template <typename Scene>
class SteppedChild {
 public:
  SteppedChild(Scene& scene, volatile int& done) : done_(done) {
    done_ = 0;
    pid_ = ::fork();
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
      try {
        if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(10);
        scene.set_up();
        asm volatile("int3" ::: "memory");
        scene.operation();
        done_ = 1;
        ::_exit(0);
      } catch (...) {
        ::_exit(11);
      }
    }
    stopped_ = wait_for_stop();
    if (stopped_) ::ptrace(PTRACE_SETOPTIONS, pid_, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
  }
  SteppedChild(const SteppedChild&) = delete;
  SteppedChild& operator=(const SteppedChild&) = delete;
  ~SteppedChild() { kill(); }

  bool ready() const { return stopped_; }
  bool done() const { return done_ != 0; }
  // The next instruction is a system call that counts.
  bool at_system_call() const {
    const auto registers = read_registers();
    if (!registers) return false;
    const long code = ::ptrace(PTRACE_PEEKTEXT, pid_, registers->rip, nullptr);
    return (static_cast<unsigned long>(code) & 0xffffU) == 0x050fU && counts(registers->rax);
  }
  bool step() { return go(PTRACE_SINGLESTEP); }
  // Behind the next system call that counts.
  bool run_through_system_call() {
    for (;;) {
      if (!go(PTRACE_SYSCALL)) return false;
      const auto registers = read_registers();
      if (!registers || !go(PTRACE_SYSCALL)) return false;
      if (counts(registers->orig_rax)) return true;
    }
  }
  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    int status = 0;
    // A stop that was on its way may be reported before the end.
    while (::waitpid(pid_, &status, 0) == pid_ && !WIFSIGNALED(status) && !WIFEXITED(status)) {
    }
    pid_ = -1;
  }

 private:
  // What an allocation asks for: nobody else sees it, and when it comes depends on what the test did before.
  static bool counts(unsigned long long system_call) {
    constexpr std::array<unsigned long long, 6> private_calls = {SYS_brk,      SYS_mmap,    SYS_munmap,
                                                                 SYS_mprotect, SYS_madvise, SYS_mremap};
    return std::ranges::find(private_calls, system_call) == private_calls.end();
  }
  std::optional<user_regs_struct> read_registers() const {
    user_regs_struct registers = {};
    if (::ptrace(PTRACE_GETREGS, pid_, nullptr, &registers) != 0) return std::nullopt;
    return registers;
  }
  bool go(__ptrace_request how) {
    if (::ptrace(how, pid_, nullptr, nullptr) != 0) return false;
    return wait_for_stop();
  }
  // False if it has ended, or was stopped by a signal that is none of ours: it crashed.
  bool wait_for_stop() {
    int status = 0;
    if (::waitpid(pid_, &status, 0) != pid_ || !WIFSTOPPED(status)) {
      pid_ = -1;
      return false;
    }
    return (WSTOPSIG(status) & 0x7f) == SIGTRAP;
  }

  volatile int& done_;
  pid_t pid_ = -1;
  bool stopped_ = false;
};

// Says whether memory has changed since it was asked last.
class Watch {
 public:
  explicit Watch(std::span<const std::byte> memory) : memory_(memory), before_(memory.begin(), memory.end()) {}
  bool changed() {
    if (std::memcmp(before_.data(), memory_.data(), memory_.size()) == 0) return false;
    std::memcpy(before_.data(), memory_.data(), memory_.size());
    return true;
  }

 private:
  std::span<const std::byte> memory_;
  std::vector<std::byte> before_;
};

// LOGBUF_STEPS=all
inline bool kill_everywhere() {
  const char* const all = std::getenv("LOGBUF_STEPS");
  return all != nullptr && std::string_view(all) == "all";
}

// Where the next kill is: behind so many system calls, and then so many of the steps that matter.
struct KillPoint {
  std::size_t system_calls = 0;
  std::size_t steps = 0;
};

// How far a child came on its way there.
struct Way {
  bool over = false;        // the operation has ended
  bool at_call = false;     // the next instruction is a system call: nothing more between the two
  std::size_t stepped = 0;  // instructions behind the last system call
};

template <typename Scene>
Way go_to(const KillPoint& point, SteppedChild<Scene>& child, const Scene& scene) {
  for (std::size_t n = 0; n < point.system_calls; ++n) {
    const bool going = child.run_through_system_call();
    if (child.done()) return {.over = true};
    REQUIRE_MESSAGE(going, "the child ended before the operation had");
  }
  const bool every_step = kill_everywhere();
  Watch watch(scene.shared());
  std::size_t left = point.steps;
  for (std::size_t stepped = 0;; ++stepped) {
    const Way way = {.over = child.done(), .at_call = child.at_system_call(), .stepped = stepped};
    if (left == 0 || way.over || way.at_call) return way;
    REQUIRE_MESSAGE(child.step(), "the child ended before the operation had");
    if (every_step || watch.changed()) --left;
  }
}

// Gives the number of kills.
template <typename MakeScene>
std::size_t kill_at_every_instruction(std::string_view operation, MakeScene make_scene) {
  using Scene = decltype(make_scene());
  void* const page = ::mmap(nullptr, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  REQUIRE(page != MAP_FAILED);
  volatile int& done = *static_cast<volatile int*>(page);
  std::size_t instructions = 0;
  std::size_t killed = 0;
  KillPoint point;
  for (bool over = false; !over;) {
    CAPTURE(operation);
    CAPTURE(point.system_calls);
    CAPTURE(point.steps);
    Scene scene = make_scene();
    SteppedChild<Scene> child(scene, done);
    REQUIRE_MESSAGE(child.ready(), "the child was not stopped before the operation: is ptrace permitted?");
    const Way way = go_to(point, child, scene);
    child.kill();
    scene.check(way.over);
    ++killed;
    over = way.over;
    if (way.over || way.at_call) instructions += way.stepped + (way.at_call ? 1 : 0);
    point = way.at_call ? KillPoint{point.system_calls + 1, 0} : KillPoint{point.system_calls, point.steps + 1};
  }
  ::munmap(page, sizeof(int));
  MESSAGE(operation << ": " << instructions << " instructions, " << killed << " kills");
  return killed;
}

#endif

}  // namespace test
