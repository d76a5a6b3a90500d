#include <logbuf/channel.hpp>

#include "c/consumer.hpp"
#include "c/writing_end.hpp"

using namespace logbuf;
using namespace logbuf::c;

struct logbuf_sender : WritingEnd<Sender> {
  using WritingEnd::WritingEnd;
};

struct logbuf_receiver {
  explicit logbuf_receiver(Receiver attached) : end(std::move(attached)), consumer(&end.consumer()) {}
  Receiver end;
  logbuf_consumer consumer;
};

namespace {

// Waits as logbuf_sender_claim() says.
auto patiently(std::size_t length, std::uint16_t type, std::int64_t timeout_ns) noexcept {
  return [=](auto& sender) noexcept {
    return timeout_ns < 0 ? sender.send(length, type) : sender.send_for(timeout_of(timeout_ns), length, type);
  };
}

auto at_once(std::size_t length, std::uint16_t type) noexcept {
  return [=](auto& sender) noexcept { return sender.try_send(length, type); };
}

int result_of_nothing(RecvError error) noexcept {
  switch (error) {
    case RecvError::timeout: return LOGBUF_TIMEOUT;
    case RecvError::disconnected: return LOGBUF_DISCONNECTED;
    case RecvError::busy: return LOGBUF_BUSY;
  }
  return LOGBUF_INTERNAL;
}

}  // namespace

extern "C" {

int logbuf_channel_create(const logbuf_segment_options* options, logbuf_sender** sender,
                          logbuf_receiver** receiver) noexcept {
  return create_ends(options, sender, receiver, [](const SegmentOptions& wanted, auto kind) {
    if constexpr (kind() == Kind::spsc) {
      return channel::spsc::create(wanted);
    } else {
      return channel::mpsc::create(wanted);
    }
  });
}

int logbuf_sender_attach(const char* name, const char* as, logbuf_sender** sender) noexcept {
  return logbuf_sender::attach(name, as, sender);
}

int logbuf_sender_clone(const logbuf_sender* sender, logbuf_sender** another) noexcept {
  return sender == nullptr ? int{LOGBUF_INVALID_ARGUMENT} : sender->clone(another);
}

void logbuf_sender_detach(logbuf_sender* sender) noexcept {
  delete sender;
}

int logbuf_sender_claim(logbuf_sender* sender, std::size_t length, std::uint16_t type, std::int64_t timeout_ns,
                        void** bytes) noexcept {
  if (sender == nullptr || bytes == nullptr) return LOGBUF_INVALID_ARGUMENT;
  return sender->claim(patiently(length, type, timeout_ns), bytes);
}

int logbuf_sender_try_claim(logbuf_sender* sender, std::size_t length, std::uint16_t type, void** bytes) noexcept {
  if (sender == nullptr || bytes == nullptr) return LOGBUF_INVALID_ARGUMENT;
  return sender->claim(at_once(length, type), bytes);
}

int logbuf_sender_commit(logbuf_sender* sender, std::uint64_t* position) noexcept {
  return sender == nullptr ? int{LOGBUF_INVALID_ARGUMENT} : sender->commit(position);
}

int logbuf_sender_abort(logbuf_sender* sender) noexcept {
  return sender == nullptr ? int{LOGBUF_INVALID_ARGUMENT} : sender->abort();
}

int logbuf_sender_send(logbuf_sender* sender, const void* bytes, std::size_t length, std::uint16_t type,
                       std::uint64_t* position) noexcept {
  if (sender == nullptr) return LOGBUF_INVALID_ARGUMENT;
  return sender->write(patiently(length, type, -1), bytes, length, position);
}

int logbuf_sender_try_send(logbuf_sender* sender, const void* bytes, std::size_t length, std::uint16_t type,
                           std::uint64_t* position) noexcept {
  if (sender == nullptr) return LOGBUF_INVALID_ARGUMENT;
  return sender->write(at_once(length, type), bytes, length, position);
}

void logbuf_sender_notify(logbuf_sender* sender) noexcept {
  if (sender != nullptr) sender->notify();
}

int logbuf_sender_wait_durable(const logbuf_sender* sender, std::uint64_t position, std::int64_t timeout_ns) noexcept {
  return sender == nullptr ? int{LOGBUF_INVALID_ARGUMENT} : sender->wait_durable(position, timeout_ns);
}

std::size_t logbuf_sender_max_payload(const logbuf_sender* sender) noexcept {
  return sender == nullptr ? 0 : sender->of_either([](const auto& end) { return end.max_payload(); });
}

std::uint16_t logbuf_sender_slot(const logbuf_sender* sender) noexcept {
  return sender == nullptr ? std::uint16_t{0} : sender->of_either([](const auto& end) { return end.slot(); });
}

bool logbuf_sender_is_closed(const logbuf_sender* sender) noexcept {
  return sender == nullptr || sender->of_either([](const auto& end) { return end.is_closed(); });
}

bool logbuf_sender_has_consumer(const logbuf_sender* sender) noexcept {
  return sender != nullptr && sender->of_either([](const auto& end) { return end.has_consumer(); });
}

int logbuf_receiver_attach(const char* name, const char* as, logbuf_receiver** receiver) noexcept {
  if (receiver == nullptr) return LOGBUF_INVALID_ARGUMENT;
  return guarded([&] { return hand_out(Receiver::attach(text(name), {.name = std::string(text(as))}), receiver); });
}

void logbuf_receiver_detach(logbuf_receiver* receiver) noexcept {
  delete receiver;
}

int logbuf_receiver_recv(logbuf_receiver* receiver, std::int64_t timeout_ns, logbuf_record* record) noexcept {
  if (receiver == nullptr || record == nullptr) return LOGBUF_INVALID_ARGUMENT;
  auto claim = receiver->end.recv(timeout_of(timeout_ns));
  if (!claim) return result_of_nothing(claim.error());
  *record = record_of(receiver->consumer.claim.emplace(std::move(*claim)));
  return LOGBUF_OK;
}

int logbuf_receiver_recv_batch(logbuf_receiver* receiver, std::uint64_t max_bytes, std::int64_t timeout_ns) noexcept {
  if (receiver == nullptr) return LOGBUF_INVALID_ARGUMENT;
  auto batch = receiver->end.recv_batch(max_bytes, timeout_of(timeout_ns));
  if (!batch) return result_of_nothing(batch.error());
  receiver->consumer.batch.emplace(std::move(*batch));
  return LOGBUF_OK;
}

int logbuf_receiver_next(logbuf_receiver* receiver, logbuf_record* record) noexcept {
  return logbuf_consumer_next(logbuf_receiver_consumer(receiver), record);
}

int logbuf_receiver_release(logbuf_receiver* receiver) noexcept {
  return logbuf_consumer_release(logbuf_receiver_consumer(receiver));
}

int logbuf_receiver_keep(logbuf_receiver* receiver) noexcept {
  return logbuf_consumer_keep(logbuf_receiver_consumer(receiver));
}

void logbuf_receiver_close(logbuf_receiver* receiver) noexcept {
  logbuf_consumer_close(logbuf_receiver_consumer(receiver));
}

logbuf_consumer* logbuf_receiver_consumer(logbuf_receiver* receiver) noexcept {
  return receiver == nullptr ? nullptr : &receiver->consumer;
}
}
