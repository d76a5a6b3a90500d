#include <logbuf/archive.hpp>

#include <cstring>
#include <string>
#include <variant>
#include <vector>

#include "archive/entry_stream.hpp"
#include "c/status.hpp"

using namespace logbuf;
using namespace logbuf::c;

struct logbuf_archive_reader {
  explicit logbuf_archive_reader(archive::Reader opened) : reader(std::move(opened)) {}
  archive::Reader reader;
  std::string why;  // of the last gap, zero-terminated, as the next
  std::string producer;
  std::vector<logbuf_archive_record> more;
};

namespace {

logbuf_archive_record record_of(const archive::Record& record) noexcept {
  return {.seq = record.seq,
          .position = record.position,
          .time_ns = record.time_ns.value_or(0),
          .drain_time_ns = record.drain_time_ns,
          .bytes = record.bytes.data(),
          .length = record.bytes.size(),
          .producer = record.producer.empty() ? nullptr : record.producer.data(),
          .producer_bytes = record.producer.size(),
          .slot = record.slot,
          .type = record.type,
          .has_time = record.time_ns.has_value(),
          .reserved = {}};
}

// The strings of the gap become the reader's.
logbuf_archive_gap gap_of(archive::Gap& gap, logbuf_archive_reader& reader) noexcept {
  reader.why.swap(gap.why);
  reader.producer.swap(gap.producer);
  return {.lost = gap.lost.value_or(0),
          .from = gap.from,
          .to = gap.to,
          .why = reader.why.c_str(),
          .producer = reader.producer.c_str(),
          .slot = slot_or_none(gap.slot),
          .lost_known = gap.lost.has_value(),
          .reserved = {}};
}

}  // namespace

extern "C" {

int logbuf_archive_open(const char* path, logbuf_archive_reader** reader) noexcept {
  if (reader == nullptr) return LOGBUF_INVALID_ARGUMENT;
  return guarded([&] { return hand_out(archive::Reader::open(text(path)), reader); });
}

void logbuf_archive_close(logbuf_archive_reader* reader) noexcept {
  delete reader;
}

int logbuf_archive_next(logbuf_archive_reader* reader, logbuf_archive_entry* entry) noexcept {
  if (reader == nullptr || !has_room(entry)) return LOGBUF_INVALID_ARGUMENT;
  return guarded([&] {
    auto next = reader->reader.next();
    if (!next) return result_of(next.error());
    if (!*next) return int{LOGBUF_NOTHING};
    if (const auto* const record = std::get_if<archive::Record>(&**next)) {
      entry->kind = LOGBUF_ARCHIVE_RECORD;
      entry->record = record_of(*record);
    } else {
      entry->kind = LOGBUF_ARCHIVE_GAP;
      entry->gap = gap_of(std::get<archive::Gap>(**next), *reader);
    }
    return int{LOGBUF_OK};
  });
}

int logbuf_archive_more(logbuf_archive_reader* reader, const logbuf_archive_record** records,
                        std::size_t* count) noexcept {
  if (reader == nullptr || records == nullptr || count == nullptr) return LOGBUF_INVALID_ARGUMENT;
  return guarded([&] {
    // Room before any is taken: what does not fit would be lost.
    reader->more.reserve(archive::EntryStream::kAtOnce);
    reader->more.clear();
    for (const archive::Record& record : reader->reader.more()) reader->more.push_back(record_of(record));
    if (reader->more.empty()) return int{LOGBUF_NOTHING};
    *records = reader->more.data();
    *count = reader->more.size();
    return int{LOGBUF_OK};
  });
}

int logbuf_archive_seek_seq(logbuf_archive_reader* reader, std::uint64_t seq) noexcept {
  if (reader == nullptr) return LOGBUF_INVALID_ARGUMENT;
  return guarded([&] { return result_of(reader->reader.seek_seq(seq)); });
}

int logbuf_archive_seek_last(logbuf_archive_reader* reader, std::uint64_t count) noexcept {
  if (reader == nullptr) return LOGBUF_INVALID_ARGUMENT;
  return guarded([&] { return result_of(reader->reader.seek_last(count)); });
}

int logbuf_archive_seek_time(logbuf_archive_reader* reader, std::int64_t time_ns) noexcept {
  if (reader == nullptr) return LOGBUF_INVALID_ARGUMENT;
  return guarded([&] { return result_of(reader->reader.seek_time(time_ns)); });
}

int logbuf_archive_end_seq(logbuf_archive_reader* reader, std::uint64_t* seq) noexcept {
  if (reader == nullptr || seq == nullptr) return LOGBUF_INVALID_ARGUMENT;
  return guarded([&] {
    const auto end = reader->reader.end_seq();
    if (!end) return result_of(end.error());
    *seq = *end;
    return int{LOGBUF_OK};
  });
}

int logbuf_archive_get_totals(const logbuf_archive_reader* reader, logbuf_archive_totals* totals) noexcept {
  if (reader == nullptr || !has_room(totals)) return LOGBUF_INVALID_ARGUMENT;
  const archive::Totals& passed = reader->reader.totals();
  logbuf_archive_totals with{};
  with.files = passed.files;
  with.blocks = passed.blocks;
  with.records = passed.records;
  with.payload_bytes = passed.payload_bytes;
  with.gaps = passed.gaps;
  with.lost = passed.lost;
  with.refused = passed.refused;
  with.holes = passed.holes;
  with.damaged_bytes = passed.damaged_bytes;
  with.torn_bytes = passed.torn_bytes;
  with.next_seq = passed.next_seq;
  fill(*totals, with);
  return LOGBUF_OK;
}

int logbuf_archive_get_ring(const logbuf_archive_reader* reader, logbuf_archive_ring* ring) noexcept {
  if (reader == nullptr || !has_room(ring)) return LOGBUF_INVALID_ARGUMENT;
  const archive::RingIdentity& identity = reader->reader.ring();
  logbuf_archive_ring with{};
  copy_name(with.name, identity.name);
  std::memcpy(with.uuid, identity.uuid.data(), sizeof with.uuid);
  with.capacity = identity.capacity;
  with.timestamps = identity.timestamps;
  fill(*ring, with);
  return LOGBUF_OK;
}

bool logbuf_is_archive(const char* path) noexcept {
  try {
    return archive::is_archive(text(path));
  } catch (...) {
    return false;
  }
}
}
