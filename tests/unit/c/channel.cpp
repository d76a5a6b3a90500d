// Channels through the C API: sending waits at a full ring, receiving at an empty one, neither for somebody who is
// gone.
#include <cstring>
#include <string>
#include <thread>

#include "handles.hpp"

using namespace test;

namespace {

struct Ends {
  Ends() {
    logbuf_segment_options options = LOGBUF_SEGMENT_OPTIONS_INIT;
    options.capacity = 4096;
    logbuf_sender* first = nullptr;
    logbuf_receiver* second = nullptr;
    REQUIRE(logbuf_channel_create(&options, &first, &second) == LOGBUF_OK);
    sender.reset(first);
    receiver.reset(second);
  }
  CSender sender;
  CReceiver receiver;
};

int send(const CSender& sender, const std::string& text, std::uint64_t* position = nullptr) {
  return logbuf_sender_send(sender.get(), text.data(), text.size(), 3, position);
}

std::string receive(const CReceiver& receiver) {
  logbuf_record record{};
  REQUIRE(logbuf_receiver_recv(receiver.get(), -1, &record) == LOGBUF_OK);
  const std::string text = text_of(record);
  CHECK(logbuf_receiver_release(receiver.get()) == LOGBUF_OK);
  return text;
}

}  // namespace

TEST_CASE("Records sent from C through a ring that is often full come in order, all of them") {
  constexpr int kRecords = 20000;
  Ends ends;
  std::thread producer([&] {
    for (int i = 0; i < kRecords; ++i) {
      if (send(ends.sender, std::to_string(i)) != LOGBUF_OK) return;
    }
    ends.sender.reset();
  });
  for (int i = 0; i < kRecords; ++i) REQUIRE(receive(ends.receiver) == std::to_string(i));
  logbuf_record record{};
  CHECK(logbuf_receiver_recv(ends.receiver.get(), -1, &record) == LOGBUF_DISCONNECTED);
  producer.join();
}

TEST_CASE("A claim of a C sender is written in place, and committed or aborted") {
  const ScratchRing ring;
  const auto sender = c_sender(ring, "feed");
  const auto receiver = c_receiver(ring);
  void* bytes = nullptr;
  std::uint64_t position = 99;
  CHECK(logbuf_sender_commit(sender.get(), nullptr) == LOGBUF_NO_CLAIM);
  REQUIRE(logbuf_sender_claim(sender.get(), 5, 2, 0, &bytes) == LOGBUF_OK);
  CHECK(logbuf_sender_abort(sender.get()) == LOGBUF_OK);
  REQUIRE(logbuf_sender_try_claim(sender.get(), 5, 2, &bytes) == LOGBUF_OK);
  CHECK(logbuf_sender_try_claim(sender.get(), 5, 2, &bytes) == LOGBUF_BUSY);
  std::memcpy(bytes, "hello", 5);
  CHECK(logbuf_sender_commit(sender.get(), &position) == LOGBUF_OK);
  logbuf_record record{};
  REQUIRE(logbuf_receiver_recv(receiver.get(), -1, &record) == LOGBUF_OK);
  CHECK(text_of(record) == "hello");
  CHECK(record.type == 2);
  CHECK(record.position == position);
  CHECK(logbuf_receiver_recv(receiver.get(), -1, &record) == LOGBUF_BUSY);
  CHECK(logbuf_receiver_recv_batch(receiver.get(), 4096, -1) == LOGBUF_BUSY);
  CHECK(logbuf_receiver_release(receiver.get()) == LOGBUF_OK);
  CHECK(logbuf_sender_wait_durable(sender.get(), position, 0) == LOGBUF_TIMEOUT);
  CHECK(logbuf_sender_has_consumer(sender.get()));
  CHECK_FALSE(logbuf_sender_is_closed(sender.get()));
  CHECK(logbuf_sender_max_payload(sender.get()) == 2040);
}

TEST_CASE("A full ring: a C sender gives up when its time is over, drops and counts where it may not wait") {
  const ScratchRing ring;
  const auto receiver = c_receiver(ring);
  const auto sender = c_sender(ring);
  const std::string large(logbuf_sender_max_payload(sender.get()), 'x');
  CHECK(send(sender, large) == LOGBUF_OK);
  CHECK(send(sender, large) == LOGBUF_OK);
  void* bytes = nullptr;
  CHECK(logbuf_sender_claim(sender.get(), 8, 0, 1000, &bytes) == LOGBUF_FULL);
  CHECK(ring.status().total_refused == 0);
  CHECK(logbuf_sender_try_send(sender.get(), "x", 1, 0, nullptr) == LOGBUF_FULL);
  CHECK(logbuf_sender_try_claim(sender.get(), 8, 0, &bytes) == LOGBUF_FULL);
  CHECK(ring.status().total_refused == 2);
}

TEST_CASE("A C sender does not wait at a full ring for a receiver that is gone") {
  const ScratchRing ring;
  const auto sender = c_sender(ring);
  const std::string large(logbuf_sender_max_payload(sender.get()), 'x');
  CHECK(send(sender, large) == LOGBUF_OK);
  CHECK(send(sender, large) == LOGBUF_OK);
  CHECK(send(sender, "x") == LOGBUF_DISCONNECTED);
}

TEST_CASE("Several records are received from C at once, and given back at once") {
  const Ends ends;
  for (const char* text : {"a", "b", "c"}) CHECK(send(ends.sender, text) == LOGBUF_OK);
  REQUIRE(logbuf_receiver_recv_batch(ends.receiver.get(), 4096, -1) == LOGBUF_OK);
  logbuf_record record{};
  REQUIRE(logbuf_receiver_next(ends.receiver.get(), &record) == LOGBUF_OK);
  CHECK(logbuf_receiver_keep(ends.receiver.get()) == LOGBUF_OK);
  REQUIRE(logbuf_receiver_recv_batch(ends.receiver.get(), 4096, -1) == LOGBUF_OK);
  for (const char* text : {"a", "b", "c"}) {
    REQUIRE(logbuf_receiver_next(ends.receiver.get(), &record) == LOGBUF_OK);
    CHECK(text_of(record) == text);
  }
  CHECK(logbuf_receiver_release(ends.receiver.get()) == LOGBUF_OK);
  CHECK(logbuf_receiver_recv(ends.receiver.get(), 0, &record) == LOGBUF_TIMEOUT);
  CHECK(logbuf_receiver_recv_batch(ends.receiver.get(), 4096, 0) == LOGBUF_TIMEOUT);
  CHECK(logbuf_consumer_records_consumed(logbuf_receiver_consumer(ends.receiver.get())) == 3);
}

TEST_CASE("A ring closed by its C receiver takes no more, and gives what it has") {
  const Ends ends;
  CHECK(send(ends.sender, "last") == LOGBUF_OK);
  const auto another = made<CSender>([&](auto** to) { return logbuf_sender_clone(ends.sender.get(), to); });
  CHECK(logbuf_sender_slot(another.get()) != logbuf_sender_slot(ends.sender.get()));
  logbuf_receiver_close(ends.receiver.get());
  CHECK(send(another, "late") == LOGBUF_DISCONNECTED);
  CHECK(receive(ends.receiver) == "last");
  logbuf_record record{};
  CHECK(logbuf_receiver_recv(ends.receiver.get(), -1, &record) == LOGBUF_DISCONNECTED);
}

TEST_CASE("NULL is refused by every call on a channel, and ends nothing") {
  logbuf_sender_detach(nullptr);
  logbuf_receiver_detach(nullptr);
  logbuf_sender_notify(nullptr);
  logbuf_receiver_close(nullptr);
  CHECK(logbuf_receiver_consumer(nullptr) == nullptr);
  CHECK(logbuf_sender_is_closed(nullptr));
  for (const int result :
       {logbuf_channel_create(nullptr, nullptr, nullptr), logbuf_sender_attach("x", nullptr, nullptr),
        logbuf_receiver_attach("x", nullptr, nullptr), logbuf_sender_clone(nullptr, nullptr),
        logbuf_sender_claim(nullptr, 1, 0, 0, nullptr), logbuf_sender_try_claim(nullptr, 1, 0, nullptr),
        logbuf_sender_commit(nullptr, nullptr), logbuf_sender_abort(nullptr),
        logbuf_sender_send(nullptr, "x", 1, 0, nullptr), logbuf_sender_try_send(nullptr, "x", 1, 0, nullptr),
        logbuf_sender_wait_durable(nullptr, 0, 0), logbuf_receiver_recv(nullptr, 0, nullptr),
        logbuf_receiver_recv_batch(nullptr, 1, 0), logbuf_receiver_next(nullptr, nullptr),
        logbuf_receiver_release(nullptr), logbuf_receiver_keep(nullptr)}) {
    CHECK(result == LOGBUF_INVALID_ARGUMENT);
  }
}
