#include <logbuf/layout.hpp>
#include <logbuf/peek.hpp>

#include <string>
#include <variant>

#include "c/status.hpp"

using namespace logbuf;
using namespace logbuf::c;

struct logbuf_peek {
  explicit logbuf_peek(Peek opened) : peek(std::move(opened)) {}
  Peek peek;
  std::string producer;  // of the last record, zero-terminated
};

namespace {

logbuf_peeked give(const PeekedRecord& record, std::string& producer) {
  producer = record.producer;
  logbuf_peeked with{};
  with.position = record.position;
  with.seq = record.seq;
  with.bytes = record.bytes.data();
  with.length = record.bytes.size();
  with.producer = producer.c_str();
  with.time_ns = record.time_ns.value_or(0);
  with.slot = record.slot;
  with.type = record.type;
  with.has_time = record.time_ns.has_value();
  return with;
}

logbuf_peeked give(const Missed& missed, std::string& producer) {
  producer.clear();
  logbuf_peeked with{};
  with.missed = missed.records;
  with.position = missed.from;
  with.end = missed.to;
  with.producer = producer.c_str();
  return with;
}

}  // namespace

extern "C" {

int logbuf_peek_open(const char* name, logbuf_peek** peek) noexcept {
  if (peek == nullptr) return LOGBUF_INVALID_ARGUMENT;
  return guarded([&] { return hand_out(Peek::open(text(name)), peek); });
}

void logbuf_peek_close(logbuf_peek* peek) noexcept {
  delete peek;
}

int logbuf_peek_next(logbuf_peek* peek, logbuf_peeked* peeked) noexcept {
  if (peek == nullptr || !has_room(peeked)) return LOGBUF_INVALID_ARGUMENT;
  return guarded([&] {
    peek->producer.reserve(layout::kMaxEndName);  // before a record is taken that would be lost without it
    const auto next = peek->peek.next();
    if (!next) return result_of(next.error());
    if (!*next) return int{LOGBUF_NOTHING};
    fill(*peeked, std::visit([&](const auto& seen) { return give(seen, peek->producer); }, **next));
    return int{LOGBUF_OK};
  });
}

void logbuf_peek_wait(logbuf_peek* peek, std::int64_t timeout_ns) noexcept {
  if (peek != nullptr) peek->peek.wait(timeout_of(timeout_ns));
}

std::uint64_t logbuf_peek_position(const logbuf_peek* peek) noexcept {
  return peek == nullptr ? 0 : peek->peek.position();
}

std::uint64_t logbuf_peek_tail(const logbuf_peek* peek) noexcept {
  return peek == nullptr ? 0 : peek->peek.tail();
}

int logbuf_peek_info(const logbuf_peek* peek, logbuf_ring_info* info) noexcept {
  return peek == nullptr ? int{LOGBUF_INVALID_ARGUMENT} : give_info(peek->peek.info(), info);
}

bool logbuf_peek_is_closed(const logbuf_peek* peek) noexcept {
  return peek == nullptr || peek->peek.is_closed();
}
}
