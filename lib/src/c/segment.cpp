#include <logbuf/segment.hpp>

#include "c/status.hpp"

using namespace logbuf;
using namespace logbuf::c;

struct logbuf_segment {
  explicit logbuf_segment(Segment opened) : segment(std::move(opened)) {}
  Segment segment;
};

namespace {

static_assert(LOGBUF_IF_EMPTY == static_cast<int>(Removal::if_empty) &&
              LOGBUF_IF_UNATTACHED == static_cast<int>(Removal::if_unattached) &&
              LOGBUF_AT_ONCE == static_cast<int>(Removal::at_once));

bool is_removal(int removal) noexcept {
  return removal >= LOGBUF_IF_EMPTY && removal <= LOGBUF_AT_ONCE;
}

}  // namespace

extern "C" {

int logbuf_segment_create(const char* name, const logbuf_segment_options* options, logbuf_segment** segment) noexcept {
  return guarded([&] {
    const auto wanted = options_of(options);
    if (!wanted) return wanted.error();
    return hand_out(Segment::create(text(name), *wanted), segment);
  });
}

int logbuf_segment_open(const char* name, logbuf_segment** segment) noexcept {
  if (segment == nullptr) return LOGBUF_INVALID_ARGUMENT;
  return guarded([&] { return hand_out(Segment::open(text(name)), segment); });
}

void logbuf_segment_free(logbuf_segment* segment) noexcept {
  delete segment;
}

int logbuf_segment_unlink(const char* name) noexcept {
  return guarded([&] { return result_of(Segment::unlink(text(name))); });
}

int logbuf_segment_list(int (*each)(const char* name, void* context), void* context) noexcept {
  if (each == nullptr) return LOGBUF_INVALID_ARGUMENT;
  return guarded([&] {
    for (const std::string& name : Segment::list()) {
      if (const int result = each(name.c_str(), context); result != 0) return result;
    }
    return int{LOGBUF_OK};
  });
}

int logbuf_segment_info(const logbuf_segment* segment, logbuf_ring_info* info) noexcept {
  return segment == nullptr ? int{LOGBUF_INVALID_ARGUMENT} : give_info(segment->segment.info(), info);
}

int logbuf_segment_status(const logbuf_segment* segment, logbuf_ring_status* to, logbuf_producer_status* producers,
                          std::size_t max_producers) noexcept {
  return status(segment == nullptr ? nullptr : &segment->segment, to, producers, max_producers);
}

int logbuf_segment_close(logbuf_segment* segment) noexcept {
  if (segment == nullptr) return LOGBUF_INVALID_ARGUMENT;
  return guarded([&] { return result_of(segment->segment.close()); });
}

int logbuf_segment_remove(logbuf_segment* segment, int removal) noexcept {
  if (segment == nullptr || !is_removal(removal)) return LOGBUF_INVALID_ARGUMENT;
  return guarded([&] { return result_of(segment->segment.remove(static_cast<Removal>(removal))); });
}

int logbuf_segment_may_remove(const logbuf_segment* segment, int removal) noexcept {
  if (segment == nullptr || !is_removal(removal)) return LOGBUF_INVALID_ARGUMENT;
  return guarded([&] { return result_of(segment->segment.may_remove(static_cast<Removal>(removal))); });
}

bool logbuf_valid_capacity(std::size_t capacity) noexcept {
  return valid_capacity(capacity);
}

bool logbuf_valid_ring_name(const char* name) noexcept {
  return valid_ring_name(text(name));
}
}
