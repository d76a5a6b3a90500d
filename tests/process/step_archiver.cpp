// An archiver that is killed behind any instruction of what it does, from attaching to sealing: its successor goes on
// with the same directory, and the archive holds each record once.
#include "step.hpp"

#if LOGBUF_CAN_STEP

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <logbuf/archive.hpp>
#include <logbuf/queue.hpp>

#include "../unit/archive_support.hpp"
#include "../unit/cli/child.hpp"
#include "drain.hpp"
#include "peer.hpp"
#include "step_scene.hpp"
#include "survivors.hpp"

namespace fs = std::filesystem;
using logbuf::Consumer;
using logbuf::Kind;
using logbuf::Position;
using logbuf::Producer;
using logbuf::archive::Writer;
using logbuf::archive::test::read_all;
using logbuf::archiver::Drain;
using logbuf::archiver::SyncPolicy;
using test::Mpsc;
using test::put;
using test::Records;
using test::required;
using test::Spsc;

namespace {

// Who wrote what; in the archive the one goes with the other.
struct Written {
  std::string producer;
  std::string payload;
};

std::string text_of(const std::vector<Written>& all) {
  std::string text;
  for (const auto& [producer, payload] : all) text += producer + ": " + payload + "\n";
  return text;
}

const Written kA = {"first", std::string(40, 'a')};
const Written kB = {"second", std::string(100, 'b')};
const Written kC = {"first", std::string(24, 'c')};
const Written kD = {"second", std::string(300, 'd')};
const Written kE = {"first", "e"};

// From here to the end of the lap there is room for all but kD and kE: kD begins the next one, behind a skip.
constexpr Position kStart = test::kStepCapacity - 416;

// The first file takes all that is in this lap; the block with kD begins the second.
template <Kind K>
constexpr std::uint64_t kRotateSize_bytes = K == Kind::mpsc ? 5500 : 5000;

// What the kills of one operation have found, taken together.
struct Seen {
  std::size_t unfinished_files = 0;
  std::size_t without_open_file = 0;
  std::size_t ahead_of_ring = 0;  // archived and not released
  std::size_t holes = 0;          // not recovered by the dead
};

// What a ring has for its archiver: records of several batches, an abort, a claim whose producer died.
template <Kind K>
struct Contents {
  std::optional<Producer<K>> first;
  std::optional<Producer<K>> second;
  std::vector<Written> records;
};

template <Kind K>
void abort_one(Producer<K>& producer) {
  auto claim = producer.try_claim(100);
  std::memset(claim->bytes().data(), 'z', 100);
  claim->abort();
}

template <Kind K>
void die_in_a_claim(Producer<K>& producer) {
  auto claim = producer.try_claim(60);
  std::memset(claim->bytes().data(), 0x5a, 60);
  ::_exit(0);
}

// Three batches: the hole ends the first, the lap's end the second.
void fill(Contents<Kind::mpsc>& contents, const std::string& ring) {
  using P = Producer<Kind::mpsc>;
  auto& first = contents.first.emplace(required(P::attach(ring, {.name = "first"})));
  auto& second = contents.second.emplace(required(P::attach(ring, {.name = "second"})));
  REQUIRE(put(first, kA.payload));
  abort_one(first);
  REQUIRE(put(second, kB.payload));
  CHECK(test::in_child([&]() -> int {
          auto mortal = P::attach(ring, {.name = "mortal"});
          if (mortal) die_in_a_claim(*mortal);
          return 1;
        }) == 0);
  REQUIRE(put(first, kC.payload));
  REQUIRE(put(second, kD.payload));
  REQUIRE(put(first, kE.payload));
  contents.records = {kA, kB, kC, kD, kE};
}

// A skip that is released before there is a block for it, two batches, and a hole at the end: there is nobody else.
void fill(Contents<Kind::spsc>& contents, const std::string& ring) {
  using P = Producer<Kind::spsc>;
  CHECK(test::in_child([&]() -> int {
          auto mortal = P::attach(ring, {.name = "mortal"});
          if (!mortal) return 1;
          abort_one(*mortal);
          for (const auto* written : {&kA, &kB, &kC, &kD, &kE}) (void)put(*mortal, written->payload);
          die_in_a_claim(*mortal);
          return 1;
        }) == 0);
  for (const auto* written : {&kA, &kB, &kC, &kD, &kE}) contents.records.push_back({"mortal", written->payload});
}

logbuf::archive::RingIdentity identity_of(const std::string& ring) {
  const auto& info = required(logbuf::Segment::open(ring)).info();
  return {.name = ring, .uuid = info.uuid, .capacity = info.capacity, .timestamps = info.timestamps};
}

// An archive that ends where the ring begins.
Writer write_up_to(const fs::path& archive, const std::string& ring, Position start) {
  auto writer = required(Writer::open(archive, identity_of(ring)));
  REQUIRE(writer.append({.begin = 0, .end = start, .records = 0, .first_record = 0, .bytes = {}}));
  return writer;
}

// What an archiver leaves that was killed, over the machine's own death: a file that nobody has sealed, the next with a
// batch that was not released and an unfinished write behind it, and one that never got its name.
void leave_everything(const fs::path& archive, const std::string& ring, Position start) {
  {
    Writer writer = write_up_to(archive, ring, start);
    REQUIRE(writer.seal());
    auto consumer = required(Consumer::attach(ring));
    auto batch = consumer.try_claim_batch(test::kStepCapacity);
    REQUIRE(batch);
    while (batch->next()) {
    }
    for (std::uint16_t slot = 0; consumer.incarnation(slot) != 0; ++slot) {
      const auto producer = consumer.producer(slot);
      REQUIRE(writer.append(logbuf::archive::ProducerName{
          .slot = slot, .from = producer.attached_at, .pid = producer.pid, .name = producer.name}));
    }
    REQUIRE(
        writer.append({.begin = start, .end = batch->data_position(), .records = 0, .first_record = 0, .bytes = {}}));
    REQUIRE(writer.append({.begin = batch->data_position(),
                           .end = batch->end_position(),
                           .records = batch->records(),
                           .first_record = batch->first_record(),
                           .bytes = batch->data()}));
    batch->keep();
  }
  const auto files = logbuf::archive::test::segment_files(archive);
  REQUIRE(files.size() == 2);
  fs::rename(files[0], fs::path(files[0]).replace_extension(".open"));
  const std::string newest = logbuf::archive::test::contents_of(files[1]);
  logbuf::archive::test::set_contents(files[1], newest + newest.substr(4096, 100) + std::string(2000, 'z'));
  logbuf::archive::test::set_contents(fs::path(files[1]).replace_extension(".new"), newest.substr(0, 1000));
}

struct Operation {
  Position start = kStart;
  std::function<void(const fs::path& archive, const std::string& ring, Position start)> prepare;
  bool attached = false;  // it begins behind attach()
  SyncPolicy sync = {.when = SyncPolicy::When::batch, .interval = {}};
};

template <Kind K>
class Scene {
 public:
  Scene(const Operation& operation, Seen& seen)
      : operation_(operation), seen_(seen), ring_(operation.start), archive_(directory_ / ring_.name()) {
    options_.directory = directory_.path();
    options_.rotate_size_bytes = kRotateSize_bytes<K>;
    options_.sync = operation.sync;
    options_.once = true;
    fill(contents_, ring_.name());
    operation.prepare(archive_, ring_.name(), operation.start);
  }

  void set_up() {
    ::dup2(::open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
    if (operation_.attached) attach();
  }
  void operation() {
    if (!operation_.attached) attach();
    (void)own_->run();
  }
  std::span<const std::byte> shared() const { return ring_.shared(); }

  void check(bool ended) {
    check_what_is_left(ended);
    // Whoever lives goes on, before the successor and behind it.
    auto expected = contents_.records;
    if (contents_.first) {
      REQUIRE(put(*contents_.first, "after"));
      expected.push_back({"first", "after"});
    }
    archive_the_rest();
    auto newcomers = ring_.fill_up(K == Kind::mpsc ? 2 : 0);
    REQUIRE(put(newcomers.front(), "newcomer's"));
    expected.push_back({"newcomer", "newcomer's"});
    archive_the_rest();
    check_archive(expected);
    test::check_at_rest(ring_, expected.size());
  }

 private:
  void attach() {
    auto drain = Drain::attach(ring_.name(), options_);
    if (!drain) throw drain.error();
    own_ = std::move(*drain);
  }

  // What a reader finds now, and the ring has released, is the beginning of what there is.
  void check_what_is_left(bool ended) {
    const auto status = ring_.status();
    seen_.holes += status.holes == 0 ? 1 : 0;
    if (!fs::exists(archive_ / "LOCK")) {
      CHECK(status.records_consumed == 0);
      return;
    }
    const auto left = read_all(archive_);
    CHECK(left.records.size() >= status.records_consumed);
    REQUIRE(left.records.size() <= contents_.records.size());
    for (std::size_t i = 0; i < left.records.size(); ++i) {
      CHECK(left.records[i].seq == i);
      CHECK(left.records[i].payload == contents_.records[i].payload);
    }
    CHECK(left.totals.damaged_bytes == 0);
    CHECK(left.totals.lost == 0);
    if (ended) {
      CHECK(left.records.size() == contents_.records.size());
      CHECK(status.head == status.tail);
    }
    std::size_t open_files = 0;
    for (const auto& entry : fs::directory_iterator(archive_)) {
      if (entry.path().extension() == ".new") ++seen_.unfinished_files;
      if (entry.path().extension() == ".open") ++open_files;
    }
    seen_.without_open_file += open_files == 0 ? 1 : 0;
    seen_.ahead_of_ring += left.records.size() > status.records_consumed ? 1 : 0;
  }

  void archive_the_rest() {
    const Ended successor = ::in_child([&] {
      auto drain = Drain::attach(ring_.name(), options_);
      if (!drain) {
        logbuf::cli::complain(logbuf::error_detail());
        return 2;
      }
      return (*drain)->run() == Drain::Outcome::done ? 0 : 1;
    });
    CHECK_MESSAGE(successor.status == 0, successor.err);
  }

  void check_archive(const std::vector<Written>& expected) {
    const auto seen = read_all(archive_);
    CHECK_FALSE(seen.error);
    std::vector<Written> got;
    for (const auto& record : seen.records) got.push_back({record.producer, record.payload});
    CHECK(text_of(got) == text_of(expected));
    CHECK(seen.seqs() == logbuf::archive::test::range(0, expected.size()));
    CHECK(seen.totals.next_seq == expected.size());
    CHECK(seen.totals.damaged_bytes == 0);
    CHECK(seen.totals.torn_bytes == 0);
    // The dead producer's claim, in its place, and no other gap.
    REQUIRE(seen.gaps.size() == 1);
    CHECK(seen.totals.holes == 1);
    CHECK(seen.gaps[0].lost == std::uint64_t{0});
    CHECK(seen.gaps[0].to - seen.gaps[0].from == 72);
    for (const auto& entry : fs::directory_iterator(archive_)) {
      CAPTURE(entry.path().filename().string());
      CHECK((entry.path().extension() == ".seg" || entry.path().filename() == "LOCK"));
    }
  }

  const Operation& operation_;
  Seen& seen_;
  test::SteppedRing<K> ring_;
  logbuf::archive::test::TemporaryDirectory directory_;
  const fs::path archive_;
  logbuf::archiver::Options options_;
  Contents<K> contents_;
  std::unique_ptr<Drain> own_;
};

template <Kind K>
Seen kill_in(const std::string& name, const Operation& operation) {
  Seen seen;
  test::kill_at_every_instruction(test::with_kind<K>(name), [&] { return Scene<K>(operation, seen); });
  return seen;
}

}  // namespace

TEST_CASE_TEMPLATE("an archiver killed behind any instruction of its way from the ring to disk", K, Mpsc, Spsc) {
  Operation operation = {.prepare = [](const auto&... where) { (void)write_up_to(where...); }, .attached = true};
  const auto check = [](const Seen& seen) {
    CHECK(seen.unfinished_files > 0);
    CHECK(seen.without_open_file > 0);
    CHECK(seen.ahead_of_ring > 0);
    CHECK(seen.holes > 0);
  };
  check(kill_in<K::value>("read, write, sync, release, rotate, seal", operation));
  // It is always time to sync.
  operation.sync = {.when = SyncPolicy::When::interval, .interval = std::chrono::nanoseconds(1)};
  check(kill_in<K::value>("read, write, release, sync, rotate, seal", operation));
}

TEST_CASE_TEMPLATE("an archiver killed behind any instruction of taking over from one that was killed", K, Mpsc, Spsc) {
  const auto seen = kill_in<K::value>("recover the archive, go on", {.prepare = leave_everything});
  CHECK(seen.ahead_of_ring > 0);
}

TEST_CASE("an archiver killed behind any instruction of beginning an archive") {
  const auto seen = kill_in<Kind::spsc>("make an archive, drain", {.start = 0, .prepare = [](const auto&...) {}});
  CHECK(seen.unfinished_files > 0);
}

#endif
