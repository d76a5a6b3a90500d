// Where a sandbox forbids membarrier: the sender makes its own fences, the receiver looks a second time, and a record
// still wakes who sleeps. That a wake-up is lost without this is a matter of nanoseconds, which no test meets at will
// (the models do): here it is seen that the path is taken, and does not wait for ever.
#include <doctest/doctest.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <fstream>
#include <string>

#include <logbuf/channel.hpp>

#include "child.hpp"
#include "scratch_ring.hpp"

namespace {

using logbuf::channel::mpsc::Receiver;
using logbuf::channel::mpsc::Sender;

constexpr int kRounds = 200;
constexpr int kCannotForbid = 2;

// From now on membarrier fails in this process. False: a sandbox around us does not let us forbid it.
bool forbid_barriers() {
  std::array<sock_filter, 4> program{{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  }};
  const sock_fprog filter{.len = program.size(), .filter = program.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

bool sleeps_in_futex(pid_t pid) {
  std::string where;
  std::ifstream("/proc/" + std::to_string(pid) + "/wchan") >> where;
  return where.find("futex") != std::string::npos;
}

// Takes kRounds records; sleeps for each.
int receive(const std::string& ring, bool forbidden) {
  if (forbidden && !forbid_barriers()) return kCannotForbid;
  auto receiver = Receiver::attach(ring);
  if (!receiver) return 1;
  for (int i = 0; i < kRounds; ++i) {
    if (!receiver->recv()) return 1;
  }
  return 0;
}

// A record whenever the receiver sleeps: at once, or when it has slept through a millisecond.
int send(const std::string& ring, bool forbidden, pid_t receiver) {
  if (forbidden && !forbid_barriers()) return kCannotForbid;
  auto sender = Sender::attach(ring);
  if (!sender) return 1;
  const auto segment = logbuf::Segment::open(ring);
  if (!segment) return 1;
  for (int i = 0; i < kRounds; ++i) {
    const auto all_taken = [&] {
      const auto status = segment->status();
      return status.consumed == status.tail;
    };
    while (!all_taken() || !sleeps_in_futex(receiver)) ::usleep(10);
    if (i % 2 == 0) ::usleep(2000);
    if (!sender->send(test::bytes_of("x"))) return 1;
  }
  return 0;
}

}  // namespace

TEST_CASE("a record wakes a receiver where membarrier is forbidden to it, to the sender, or to both") {
  for (const auto& [receiver_forbidden, sender_forbidden] :
       {std::pair{true, false}, std::pair{false, true}, std::pair{true, true}}) {
    CAPTURE(receiver_forbidden);
    CAPTURE(sender_forbidden);
    const test::ScratchRing ring;
    const pid_t receiver = ::fork();
    REQUIRE(receiver >= 0);
    if (receiver == 0) {
      ::alarm(60);
      ::_exit(receive(ring.name(), receiver_forbidden));
    }
    const int sent = test::in_child([&] { return send(ring.name(), sender_forbidden, receiver); });
    if (sent != 0) ::kill(receiver, SIGKILL);
    const int received = test::wait_for(receiver);
    if (sent == kCannotForbid || received == kCannotForbid) {
      MESSAGE("seccomp is not to be had here: not tried");
      return;
    }
    CHECK(sent == 0);
    CHECK(received == 0);
  }
}
