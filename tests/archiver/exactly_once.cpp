// Everything that is sent is archived: once, in order, bit for bit. Each test twice: a quick one, and one in the suite
// "heavy".
#include <chrono>
#include <cstdio>
#include <thread>

#include "archiver.hpp"
#include "record_stream.hpp"

namespace test {
namespace {

constexpr std::size_t kCapacity = std::size_t{1} << 20;

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr std::uint64_t kQuick = 40'000;
#else
constexpr std::uint64_t kQuick = 400'000;
#endif
constexpr std::uint64_t kHeavy = 20'000'000;

class Figures {
 public:
  explicit Figures(std::string what) : what_(std::move(what)) {}
  void print(const Verified& seen, const char* moment) const {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began_;
    std::printf("%s: %s: %llu records, %llu MB, %.1f s\n", what_.c_str(), moment,
                static_cast<unsigned long long>(seen.records), static_cast<unsigned long long>(seen.bytes / 1'000'000),
                took.count());
  }

 private:
  std::string what_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

void through_the_archiver(const std::string& kind, const std::string& end, int producers, std::uint64_t records) {
  const ScratchRing ring({.capacity = kCapacity, .kind = kind == "spsc" ? logbuf::Kind::spsc : logbuf::Kind::mpsc});
  const TemporaryDirectory directory;
  const std::uint64_t each = records / static_cast<std::uint64_t>(producers);
  Feeders feeders(ring.name(), kind, end, producers, each);
  Program daemon = archive_ring(ring.name(), directory.path());
  wait_until("the archiver attaches", [&] { return ring.has_consumer() || !daemon.running(); });
  const Figures figures(std::to_string(producers) + " " + kind + " " + end + " process(es)");
  feeders.open_gate();
  const auto sent = feeders.wait();
  ring.close();
  CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
  figures.print({.records = records, .bytes = 0, .files = 0, .problem = {}}, "archived");
  const Verified seen = verify(directory.path() / ring.name(), sent, kCapacity / 4);
  figures.print(seen, "verified");
  CHECK(seen.problem == "");
  CHECK(seen.records == records);
}

template <typename Producer>
void send_stream(Producer& producer, std::uint16_t number, std::uint64_t count) {
  RecordStream stream(number, kCapacity / 4);
  for (std::uint64_t n = 0; n < count; ++n) {
    const std::size_t length = stream.begin();
    auto claim = [&] {
      if constexpr (requires { producer.send(length, number); }) {
        return producer.send(length, number);
      } else {
        auto space = producer.try_claim(length, number);
        while (!space && space.error() == logbuf::ClaimError::full) {
          std::this_thread::sleep_for(std::chrono::microseconds(50));
          space = producer.try_claim(length, number);
        }
        return space;
      }
    }();
    if (!claim) return;
    stream.fill(claim->bytes());
    claim->commit();
  }
}

// Eight senders of this process, and an archive::Writer that is fed by hand.
void threads_to_an_archive(std::uint64_t records) {
  const TemporaryDirectory directory;
  const std::uint64_t each = records / 8;
  auto [first, receiver] = required(logbuf::channel::mpsc::create(kCapacity));
  std::vector<logbuf::channel::mpsc::Sender> senders;
  senders.push_back(std::move(first));
  while (senders.size() < 8) senders.push_back(required(senders.front().clone()));
  auto writer = required(logbuf::archive::Writer::open(
      directory.path(), {.name = "threads", .uuid = receiver.consumer().info().uuid, .capacity = kCapacity}));
  for (const auto& sender : senders) {
    const auto slot = sender.slot();
    REQUIRE(writer.append({.slot = slot, .from = 0, .pid = 0, .name = "feeder-" + std::to_string(slot)}).has_value());
  }
  const Figures figures("8 threads to a Writer");
  std::vector<std::jthread> threads;
  for (auto& sender : senders) {
    threads.emplace_back([mine = std::move(sender), each]() mutable { send_stream(mine, mine.slot(), each); });
  }
  for (;;) {
    auto batch = receiver.recv_batch(kCapacity / 8, std::chrono::minutes(5));
    if (!batch) {
      CHECK(batch.error() == logbuf::RecvError::disconnected);
      break;
    }
    while (batch->next()) {
    }
    const auto end = writer.end_position().value_or(batch->data_position());
    if (end < batch->data_position()) {
      REQUIRE(writer.append({.begin = end,
                             .end = batch->data_position(),
                             .records = 0,
                             .first_record = batch->first_record(),
                             .bytes = {}}));
    }
    const auto appended = writer.append({.begin = batch->data_position(),
                                         .end = batch->end_position(),
                                         .records = batch->records(),
                                         .first_record = batch->first_record(),
                                         .bytes = batch->data()});
    REQUIRE_MESSAGE(appended.has_value(), logbuf::error_detail());
  }
  REQUIRE(writer.seal().has_value());
  const Verified seen = verify(directory.path(), std::vector(8, each), kCapacity / 4);
  figures.print(seen, "verified");
  CHECK(seen.problem == "");
  CHECK(seen.records == records);
}

// Eight producers of this process; the records are compared where they lie in the ring.
void threads_to_a_consumer(std::uint64_t records) {
  const std::uint64_t each = records / 8;
  auto [first, consumer] = required(logbuf::queue::mpsc::create(kCapacity));
  std::vector<logbuf::queue::mpsc::Producer> producers;
  producers.push_back(std::move(first));
  while (producers.size() < 8) producers.push_back(required(producers.front().clone()));
  const Figures figures("8 threads to a Consumer");
  std::vector<std::jthread> threads;
  for (auto& producer : producers) {
    threads.emplace_back([mine = std::move(producer), each]() mutable { send_stream(mine, mine.slot(), each); });
  }
  std::vector<RecordStream> streams;
  for (std::uint16_t number = 0; number < 8; ++number) streams.emplace_back(number, kCapacity / 4);
  Verified seen;
  std::uint64_t wrong = 0;
  while (seen.records < records) {
    auto batch = consumer.try_claim_batch(kCapacity / 8);
    if (!batch) {
      if (!consumer.has_producers() && consumer.state() == logbuf::RingState::empty) break;
      std::this_thread::yield();
      continue;
    }
    for (const logbuf::Record& record : *batch) {
      RecordStream& stream = streams.at(record.producer());
      stream.begin();
      if (!stream.matches(record.bytes()) || record.type() != record.producer()) ++wrong;
      seen.records += 1;
      seen.bytes += record.bytes().size();
    }
  }
  figures.print(seen, "compared");
  CHECK(wrong == 0);
  CHECK(seen.records == records);
  CHECK(consumer.state() == logbuf::RingState::empty);
}

}  // namespace

TEST_CASE("what eight processes send through queues is archived once, in order, bit for bit") {
  through_the_archiver("mpsc", "queue", 8, kQuick);
}
TEST_CASE("what eight processes send through channels is archived once, in order, bit for bit") {
  through_the_archiver("mpsc", "channel", 8, kQuick);
}
TEST_CASE("what one process sends through an spsc queue is archived once, in order, bit for bit") {
  through_the_archiver("spsc", "queue", 1, kQuick);
}
TEST_CASE("what one process sends through an spsc channel is archived once, in order, bit for bit") {
  through_the_archiver("spsc", "channel", 1, kQuick);
}
TEST_CASE("what eight threads send through a channel is archived by hand once, in order, bit for bit") {
  threads_to_an_archive(kQuick);
}
TEST_CASE("what eight threads put into a queue is consumed once, in order, bit for bit") {
  threads_to_a_consumer(kQuick);
}

TEST_SUITE("heavy") {
  TEST_CASE("20 million records of eight processes are archived once, in order, bit for bit") {
    through_the_archiver("mpsc", "queue", 8, kHeavy);
  }
  TEST_CASE("20 million records of one spsc process are archived once, in order, bit for bit") {
    through_the_archiver("spsc", "queue", 1, kHeavy);
  }
  TEST_CASE("20 million records of eight threads are archived by hand once, in order, bit for bit") {
    threads_to_an_archive(kHeavy);
  }
}

}  // namespace test
