// A sender that is killed behind any instruction of a commit, of leaving or of closing, while the receiver sleeps in
// recv(): what was committed arrives, the others' records arrive, and nobody sleeps for ever.
//
// Nothing here measures how long a wake-up takes: the kernel is asked whether the receiver still sleeps the sleep in
// which the operation found it. Only a wake-up that died with its sender may leave it asleep. Then somebody else wakes
// it, where there is somebody; its own bound, a second, is waited out once in each operation.
#include "step.hpp"

#if LOGBUF_CAN_STEP

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <thread>

#include <logbuf/channel.hpp>

#include "step_scene.hpp"
#include "survivors.hpp"

using logbuf::Kind;
using logbuf::Receiver;
using logbuf::Sender;
using test::attach;
using test::Mpsc;
using test::Records;
using test::required;
using test::Spsc;

namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

// A Receiver in a thread of its own, which takes records until it is told "disconnected".
class Sleeper {
 public:
  explicit Sleeper(const std::string& ring) : receiver_(required(Receiver::attach(ring))) {
    records_ = std::async(std::launch::async, [this] { return receive(); });
    const auto deadline = Clock::now() + kPatience;
    while (thread_ == 0 || !in_futex()) {
      if (Clock::now() >= deadline) give_up("the receiver does not go to sleep, or /proc does not say so");
      std::this_thread::yield();
    }
    sleeps_ = status().sleeps;
    asleep_since_ = Clock::now();
  }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;
  ~Sleeper() {
    if (!records_.valid()) return;
    receiver_.close();
    (void)finish();
  }

  // Nobody has woken it.
  bool asleep() const {
    if (!in_futex()) return false;
    const Status now = status();
    return now.state == "S" && now.sleeps == sleeps_;
  }
  // Its sleep may have ended by itself.
  bool slept_long() const { return Clock::now() - asleep_since_ >= kBound; }
  // It has taken a record or is told "disconnected", if only because its sleep has ended by itself.
  void wait_for_answer() const { sleeps_until_answer_.wait(kNoAnswer); }
  // It went to sleep again before that, woken for nothing.
  bool slept_again() const { return sleeps_until_answer_ != sleeps_; }
  void interrupt() { receiver_.consumer().interrupt(); }
  // What it has taken. Behind that, there is only the one thread.
  Records finish() {
    if (records_.wait_for(kPatience) != std::future_status::ready) give_up("the receiver does not come to an end");
    return records_.get();
  }
  Receiver& receiver() { return receiver_; }

 private:
  static constexpr auto kPatience = 60s;
  static constexpr auto kBound = 900ms;  // of a Receiver's sleep: a second
  static constexpr long kNoAnswer = -1;

  // Its thread could not be ended: the test program has to.
  [[noreturn]] static void give_up(const char* why) {
    FAIL_CHECK(why);
    std::abort();
  }
  Records receive() {
    thread_ = static_cast<pid_t>(::syscall(SYS_gettid));
    Records got;
    for (;;) {
      auto claim = receiver_.recv();
      if (sleeps_until_answer_ == kNoAnswer) {
        rusage usage = {};
        ::getrusage(RUSAGE_THREAD, &usage);
        sleeps_until_answer_ = usage.ru_nvcsw;
        sleeps_until_answer_.notify_all();
      }
      if (!claim) return got;
      got.push_back(test::text_of(claim->bytes()));
    }
  }

  std::ifstream about(const char* what) const {
    return std::ifstream("/proc/self/task/" + std::to_string(thread_) + "/" + what);
  }
  // The kernel says so only of a thread that it has put aside.
  bool in_futex() const {
    long call = -1;
    return (about("syscall") >> call) && call == SYS_futex;
  }
  struct Status {
    std::string state;  // S: sleeping; a thread that is being woken has another one
    long sleeps = 0;    // how often it has gone to sleep
  };
  Status status() const {
    Status now;
    auto file = about("status");
    for (std::string word; file >> word;) {
      if (word == "State:") file >> now.state;
      if (word == "voluntary_ctxt_switches:" && file >> now.sleeps) return now;
    }
    give_up("/proc does not say how often the receiver slept");
  }

  Receiver receiver_;
  std::atomic<pid_t> thread_ = 0;
  std::atomic<long> sleeps_until_answer_ = kNoAnswer;
  std::future<Records> records_;
  long sleeps_ = 0;
  Clock::time_point asleep_since_;
};

// What the kills of one operation have shown, taken together.
struct Seen {
  std::size_t asleep = 0;     // kills before anybody has taken `parked`
  std::size_t wake_owed = 0;  // `parked` was taken, and its wake-up died
  std::size_t woken = 0;
  std::size_t committed = 0;
  std::size_t closed = 0;
  std::size_t holes = 0;
  bool bound_waited_out = false;
};

template <Kind K>
struct Operation {
  bool alone = K == Kind::spsc;  // there is no other sender
  bool commits = false;
  std::function<void(std::optional<Sender<K>>&, const std::string& ring)> set_up = attach<Sender<K>>;
  std::function<void(std::optional<Sender<K>>&, const std::string& ring)> run;
};

template <Kind K>
class Scene {
 public:
  Scene(const Operation<K>& operation, Seen& seen) : operation_(operation), seen_(seen), ring_(0) {
    if (!operation.alone) attach(other_, ring_.name());
    sleeper_.emplace(ring_.name());
  }

  void set_up() { operation_.set_up(own_, ring_.name()); }
  void operation() { operation_.run(own_, ring_.name()); }
  std::span<const std::byte> shared() const { return ring_.shared(); }

  void check(bool ended) {
    const bool asleep = sleeper_->asleep();
    const bool parked = ring_.raw().words().park.parked != 0;
    const bool slept_long = sleeper_->slept_long();
    ++(asleep ? parked ? seen_.asleep : seen_.wake_owed : seen_.woken);
    if (ended) {
      // It needs no more than this one wake-up.
      CHECK_FALSE(asleep);
      sleeper_->wait_for_answer();
      CHECK((!sleeper_->slept_again() || slept_long));
    }
    const bool closed = ring_.status().closed;
    Records after;
    if (other_ && other_->send(test::bytes_of("after"))) {
      after = {"after"};
      // Whoever comes next wakes it, unless the dead one has promised to.
      if (parked) CHECK_FALSE(sleeper_->asleep());
    }
    CHECK(after.empty() == (!other_ || closed));
    const bool wait_out = asleep && !parked && !seen_.bound_waited_out;
    seen_.bound_waited_out |= wait_out;
    if (wait_out) sleeper_->wait_for_answer();
    if (!wait_out && !other_) sleeper_->interrupt();
    other_.reset();  // wakes it

    const Records got = sleeper_->finish();
    const bool committed = got.size() > after.size();
    Records expected = after;
    if (committed) expected.insert(expected.begin(), kRecord);
    CHECK(got == expected);
    // A commit does not wake it before there is something to take.
    if (operation_.commits) CHECK((asleep || committed || slept_long));
    seen_.committed += committed ? 1 : 0;
    seen_.closed += closed ? 1 : 0;
    seen_.holes += ring_.status().holes;
    if (!closed) go_on(got.size());
  }

  static inline const std::string kRecord = std::string(40, 'x');

 private:
  // The ring is as good as new.
  void go_on(std::size_t records) {
    auto newcomers = ring_.fill_up(0);
    REQUIRE(test::put(newcomers.front(), "newcomer"));
    {
      const auto last = sleeper_->receiver().recv();
      REQUIRE(last);
      CHECK(test::text_of(last->bytes()) == "newcomer");
    }
    test::check_at_rest(ring_, records + 1);
  }

  const Operation<K>& operation_;
  Seen& seen_;
  test::SteppedRing<K> ring_;
  std::optional<Sender<K>> other_;
  std::optional<Sender<K>> own_;
  std::optional<Sleeper> sleeper_;
};

template <Kind K>
Seen kill_in(const std::string& name, const Operation<K>& operation) {
  Seen seen;
  test::kill_at_every_instruction(test::with_kind<K>(name), [&] { return Scene<K>(operation, seen); });
  // Kills before it is woken, behind it, and in between: else the test has not stepped through what it should.
  CHECK(seen.asleep > 0);
  CHECK(seen.wake_owed > 0);
  CHECK(seen.woken > 0);
  return seen;
}

template <Kind K>
void send_one(std::optional<Sender<K>>& own, const std::string&) {
  auto claim = own->try_send(Scene<K>::kRecord.size());
  std::memset(claim->bytes().data(), 'x', Scene<K>::kRecord.size());
  claim->commit();
}

template <Kind K>
void leave(std::optional<Sender<K>>& own, const std::string&) {
  own.reset();
}

}  // namespace

TEST_CASE_TEMPLATE("a sender killed behind any instruction of a commit that wakes the receiver", K, Mpsc, Spsc) {
  const auto seen = kill_in<K::value>("commit, wake", {.commits = true, .run = send_one<K::value>});
  CHECK(seen.committed > 0);
  CHECK(seen.holes > 0);
}

TEST_CASE_TEMPLATE("the last sender killed behind any instruction of leaving a receiver that sleeps", K, Mpsc, Spsc) {
  const auto seen = kill_in<K::value>("leave, wake", {.alone = true, .run = leave<K::value>});
  CHECK(seen.committed == 0);
}

TEST_CASE("somebody killed behind any instruction of closing a ring whose receiver sleeps") {
  const auto seen = kill_in<Kind::mpsc>("close, wake", {.set_up = [](auto&, const auto&) {},
                                                        .run =
                                                            [](auto&, const std::string& ring) {
                                                              auto segment = logbuf::Segment::open(ring);
                                                              if (segment) (void)segment->close();
                                                            }});
  CHECK(seen.closed > 0);
  CHECK(seen.committed == 0);
}

#endif
