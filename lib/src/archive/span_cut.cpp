#include "archive/span_cut.hpp"

#include <algorithm>
#include <cstring>

#include <logbuf/record.hpp>

namespace logbuf::archive {
namespace {

constexpr std::uint64_t kHeadersAhead = 32;

// A record's own time, where it has one.
void take_time(std::optional<Piece::Times>& times, std::span<const std::byte> record) {
  std::int64_t time_ns = 0;
  std::memcpy(&time_ns, record.data() + record::kHeaderSize, sizeof time_ns);
  if (!times) {
    times = {.min_ns = time_ns, .max_ns = time_ns};
  } else {
    times->min_ns = std::min(times->min_ns, time_ns);
    times->max_ns = std::max(times->max_ns, time_ns);
  }
}

}  // namespace

void cut_span(const Span& span, std::uint64_t first_seq, bool timestamps, std::vector<Piece>& pieces) {
  pieces.clear();
  const std::uint32_t header_bytes = record::header_size(timestamps);
  Piece piece{.begin = span.begin,
              .first_seq = first_seq,
              .first_record = span.first_record,
              .times = {},
              .drain_time_ns = {},
              .payload = {}};
  std::uint64_t records_left = span.records;
  std::size_t from = 0;
  std::size_t at = 0;
  const auto end_piece = [&](std::uint64_t records, std::size_t to) {
    piece.records = records;
    piece.payload = span.bytes.subspan(from, to - from);
    piece.end = span.begin + to;
    pieces.push_back(piece);
    piece = {.begin = piece.end,
             .first_seq = piece.first_seq + records,
             .first_record = piece.first_record + records,
             .times = {},
             .drain_time_ns = {},
             .payload = {}};
    records_left -= records;
    from = to;
  };
  std::uint64_t records = 0;
  while (at < span.bytes.size()) {
    std::uint64_t word = 0;
    std::memcpy(&word, span.bytes.data() + at, sizeof word);
    const record::Header header = record::unpack(word);
    const auto extent = static_cast<std::size_t>(record::extent_of(header, header_bytes, span.bytes.size() - at));
    // Somebody has written into what was committed. All that is left is one block, which a Reader takes for damage.
    if (extent == 0 || (!header.skip && records == records_left)) break;
    if (at > from && at - from + extent > format::kDataBlock) {
      end_piece(records, at);
      records = 0;
    }
    if (!header.skip) {
      records += 1;
      if (timestamps) take_time(piece.times, span.bytes.subspan(at));
    }
    at += extent;
    // Each header says only where the next one is: those ahead, if all are as long, can be on their way meanwhile.
    if (const std::uint64_t ahead = at + kHeadersAhead * extent; ahead < span.bytes.size())
      __builtin_prefetch(span.bytes.data() + ahead);
  }
  if (from < span.bytes.size() || pieces.empty()) end_piece(records_left, span.bytes.size());
  pieces.back().end = span.end;
}

}  // namespace logbuf::archive
