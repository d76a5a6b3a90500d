// A black box: what a process did last, to be read when it is dead, whatever has killed it.
//
// The process writes its events into a ring of its own: a claim, a copy, a store, no system call. The ring lies in shared
// memory and outlives it: SIGSEGV, SIGKILL and the OOM killer leave it as it is, and no handler has to run. A ring is a
// queue and refuses what finds it full; so the recorder is the ring's consumer, too, and drops the oldest records.
// (What has to outlive the machine belongs on disk: there the consumer is a logbuf-archiver with --retain-size.)
//
// By hand:
//   printf 'apples=3\npears=4\nplums\n' | black_box run sums     # dies of the third line
//   black_box read sums                                        # what it did last; so does: logbuf-cat sums
//   logbuf-ctl rm --force sums                                 # it still holds records
//
// For your own use: take class BlackBox. One a process; each further thread needs a Producer of its own (clone() makes
// one), and make_room() then a mutex. The next run goes on in the same ring, so that a program which is started again and
// again still shows its first death.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <logbuf/logbuf.hpp>

using Producer = logbuf::queue::mpsc::Producer;

int fail() { return std::fprintf(stderr, "black_box: %s\n", logbuf::error_detail().c_str()), 1; }

class BlackBox {
 public:
  static std::optional<BlackBox> open(const std::string& ring) {
    const auto made = logbuf::Segment::create(ring, {.capacity = 256 << 10, .timestamps = true});
    if (!made && made.error() != logbuf::Errc::ring_exists) return std::nullopt;
    auto consumer = logbuf::Consumer::attach(ring, {.name = "black box"});
    if (!consumer) return std::nullopt;
    auto producer = Producer::attach(ring);
    if (!producer) return std::nullopt;
    return BlackBox(std::move(*producer), std::move(*consumer));
  }

  // Never waits. An event that finds no room all the same is lost, and counted in the ring.
  void note(std::string_view event) {
    event = event.substr(0, producer_.max_payload());
    auto claim = producer_.try_claim(event.size());
    for (bool room = true; !claim && claim.error() == logbuf::ClaimError::full && room;) {
      room = make_room();
      claim = producer_.try_claim(event.size(), 0, room ? logbuf::IfFull::retry : logbuf::IfFull::drop);
    }
    if (!claim) return;
    std::memcpy(claim->bytes().data(), event.data(), event.size());
    claim->commit();
  }

 private:
  BlackBox(Producer producer, logbuf::Consumer consumer)
      : producer_(std::move(producer)), consumer_(std::move(consumer)) {}

  // Drops the oldest eighth. False: what is oldest is a claim that a living producer has not finished.
  bool make_room() {
    auto oldest = consumer_.try_claim_batch(consumer_.info().capacity / 8);
    if (!oldest) return consumer_.unblock().kind != logbuf::Blockage::Kind::waiting;
    oldest->walk();
    return true;  // the batch ends, and gives back what it has walked
  }

  Producer producer_;
  logbuf::Consumer consumer_;
};

// The program that is watched: it adds up lines like "apples=3". Its bug is a real one: a line without '='.
int run(const std::string& ring) {
  auto box = BlackBox::open(ring);
  if (!box) return fail();
  long sum = 0;
  char line[256];
  while (std::fgets(line, sizeof line, stdin) != nullptr) {
    line[std::strcspn(line, "\n")] = '\0';
    box->note(std::string("got ") + line);  // before anything is done with it
    sum += std::strtol(std::strchr(line, '=') + 1, nullptr, 10);
    box->note("the sum is " + std::to_string(sum));
    std::printf("%ld\n", sum);
    std::fflush(stdout);
  }
  return 0;
}

std::string line_of(const logbuf::PeekedRecord& record) {
  const std::time_t second = record.time_ns.value_or(0) / 1'000'000'000;
  char time[32] = "";
  std::strftime(time, sizeof time, "%F %T  ", std::localtime(&second));
  return time + std::string(reinterpret_cast<const char*>(record.bytes.data()), record.bytes.size());
}

// A Peek stands before a claim that its dead producer has not finished. A consumer passes over it, and takes what lies
// before. Whose claim it was; nothing: it cannot be passed over.
std::optional<std::string> pass_over(const std::string& ring) {
  auto consumer = logbuf::Consumer::attach(ring);
  if (!consumer) return std::nullopt;
  while (auto before = consumer->try_claim_batch(consumer->info().capacity)) before->walk();
  const logbuf::Blockage claim = consumer->unblock();
  if (claim.kind != logbuf::Blockage::Kind::recovered) return std::nullopt;
  return "-- unfinished: " + std::to_string(claim.extent_bytes) + " bytes claimed by " + claim.producer.name + " (pid " +
         std::to_string(claim.producer.pid) + "), which died --";
}

int read(const std::string& ring, std::size_t count) {
  const auto segment = logbuf::Segment::open(ring);
  if (!segment) return fail();
  auto peek = logbuf::Peek::open(ring);
  if (!peek) return fail();
  bool all_dead = true;
  for (const auto& producer : segment->status().producers) {  // those that have ended in good order are not among them
    std::printf("%s (pid %u) %s after %llu records, %llu lost\n", producer.name.c_str(), producer.pid,
                producer.alive ? "lives," : "died", static_cast<unsigned long long>(producer.records),
                static_cast<unsigned long long>(producer.refused));
    all_dead = all_dead && !producer.alive;
  }
  std::deque<std::string> last;
  for (;;) {
    const auto entry = peek->next();
    if (!entry) return fail();
    if (*entry) {
      const auto* const record = std::get_if<logbuf::PeekedRecord>(&**entry);
      last.push_back(record ? line_of(*record) : "-- dropped while this was read --");
    } else if (const auto whose = all_dead && peek->position() < peek->tail() ? pass_over(ring) : std::nullopt) {
      last.push_back(*whose);
    } else {
      break;
    }
    if (last.size() > count) last.pop_front();
  }
  for (const std::string& line : last) std::puts(line.c_str());
  return 0;
}

int main(int argc, char** argv) {
  const std::string_view what = argc > 2 ? argv[1] : "";
  if (what == "run" && argc == 3) return run(argv[2]);
  if (what == "read" && argc <= 4) return read(argv[2], argc == 4 ? std::strtoul(argv[3], nullptr, 10) : 20);
  return std::fprintf(stderr, "usage: black_box run RING < LINES | black_box read RING [COUNT]\n"), 2;
}
