// A real process, single-stepped through one operation and killed behind its k-th instruction, for every k.
//
// A Scene says what happens:
//   Scene(...)           the ring and whoever stays alive, in the test's own process; a fresh one for each kill
//   void set_up()        in the child, before the operation
//   void operation()     in the child, one instruction at a time
//   void check(bool)     in the test, when the child is dead: true if the operation had ended
//
// A system call is one step. The way to instruction k is short: up to the last system call before it the child runs
// from call to call, behind that it is stepped.
#pragma once

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

// Where the system lets us trace, and no sanitizer's run-time is in the way.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
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
    stopped_ = wait_for_stop() && stop_signal_ == SIGTRAP;
    if (stopped_) ::ptrace(PTRACE_SETOPTIONS, pid_, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
  }
  SteppedChild(const SteppedChild&) = delete;
  SteppedChild& operator=(const SteppedChild&) = delete;
  ~SteppedChild() { kill(); }

  bool ready() const { return stopped_; }
  bool done() const { return done_ != 0; }
  bool at_system_call() const {
    user_regs_struct registers = {};
    if (::ptrace(PTRACE_GETREGS, pid_, nullptr, &registers) != 0) return false;
    const long code = ::ptrace(PTRACE_PEEKTEXT, pid_, registers.rip, nullptr);
    return (static_cast<unsigned long>(code) & 0xffffU) == 0x050fU;
  }
  bool step() { return go(PTRACE_SINGLESTEP); }
  // Behind the next system call.
  bool run_through_system_call() { return go(PTRACE_SYSCALL) && go(PTRACE_SYSCALL); }
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
  bool go(__ptrace_request how) {
    if (::ptrace(how, pid_, nullptr, nullptr) != 0) return false;
    return wait_for_stop();
  }
  bool wait_for_stop() {
    int status = 0;
    if (::waitpid(pid_, &status, 0) != pid_ || !WIFSTOPPED(status)) {
      pid_ = -1;
      return false;
    }
    stop_signal_ = WSTOPSIG(status);
    return true;
  }

  volatile int& done_;
  pid_t pid_ = -1;
  int stop_signal_ = 0;
  bool stopped_ = false;
};

// Where an instruction is: so many system calls, and then so many steps.
struct Instruction {
  std::size_t system_calls = 0;
  std::size_t steps = 0;
};

// Kills behind every instruction; if there are more than `most`, behind every n-th and the last one, unless
// LOGBUF_STEPS=all. Gives the number of kills.
template <typename MakeScene>
std::size_t kill_at_every_instruction(std::string_view operation, MakeScene make_scene,
                                      std::size_t most = static_cast<std::size_t>(-1)) {
  using Scene = decltype(make_scene());
  void* const page = ::mmap(nullptr, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  REQUIRE(page != MAP_FAILED);
  volatile int& done = *static_cast<volatile int*>(page);
  std::vector<Instruction> instructions;
  {
    Scene scene = make_scene();
    SteppedChild<Scene> child(scene, done);
    REQUIRE_MESSAGE(child.ready(), "the child was not stopped before the operation: is ptrace permitted?");
    Instruction at;
    while (!child.done()) {
      instructions.push_back(at);
      const bool call = child.at_system_call();
      REQUIRE(child.step());
      at = call ? Instruction{at.system_calls + 1, 0} : Instruction{at.system_calls, at.steps + 1};
    }
    instructions.push_back(at);
    child.kill();
    scene.check(true);
  }
  const char* const all = std::getenv("LOGBUF_STEPS");
  const bool every = all != nullptr && std::string_view(all) == "all";
  const std::size_t stride = every ? 1 : (instructions.size() - 1) / most + 1;
  std::size_t kills = 1;
  for (std::size_t k = 0; k < instructions.size(); k += stride) {
    CAPTURE(operation);
    CAPTURE(k);
    Scene scene = make_scene();
    SteppedChild<Scene> child(scene, done);
    REQUIRE(child.ready());
    bool going = true;
    for (std::size_t n = 0; going && n < instructions[k].system_calls; ++n) going = child.run_through_system_call();
    for (std::size_t n = 0; going && n < instructions[k].steps && !child.done(); ++n) going = child.step();
    REQUIRE(going);
    child.kill();
    scene.check(child.done());
    ++kills;
  }
  ::munmap(page, sizeof(int));
  MESSAGE(operation << ": " << instructions.size() << " instructions, " << kills << " kills");
  return kills;
}

#endif

}  // namespace test
