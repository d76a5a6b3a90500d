#include "ring/end_info.hpp"

#include <algorithm>
#include <cstring>

#include "platform/clock.hpp"
#include "platform/process.hpp"
#include "ring/relaxed.hpp"

namespace logbuf::detail {

// Everything here is relaxed: in_use, stored with release behind it, publishes it; a reader that looks while
// a newcomer writes gets words of both, which only people see.
void write_end_info(layout::EndInfo& info, std::string_view name, std::uint64_t tail) {
  std::string own_name;
  if (name.empty()) name = own_name = process_name();
  char bytes[layout::kMaxEndName + 1] = {};
  std::memcpy(bytes, name.data(), std::min(name.size(), layout::kMaxEndName));
  for (std::size_t i = 0; i < info.name.words.size(); ++i) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes + 8 * i, 8);
    info.name.words[i].store(word, relaxed);
  }
  info.pid.store(process_id(), relaxed);
  info.pid_start.store(process_start_time(), relaxed);
  info.attached_ns.store(realtime_ns(), relaxed);
  info.attached_at.store(tail, relaxed);
  // release: who sees the new incarnation sees the new words.
  info.incarnation.store(info.incarnation.load(relaxed) + 1, std::memory_order_release);
}

EndStatus read_end_info(const layout::EndInfo& info) {
  EndStatus status;
  status.pid = info.pid.load(relaxed);
  status.pid_start = info.pid_start.load(relaxed);
  status.attached_ns = info.attached_ns.load(relaxed);
  status.attached_at = info.attached_at.load(relaxed);
  char bytes[layout::kMaxEndName + 1];
  for (std::size_t i = 0; i < info.name.words.size(); ++i) {
    const std::uint64_t word = info.name.words[i].load(relaxed);
    std::memcpy(bytes + 8 * i, &word, 8);
  }
  status.name.assign(bytes, ::strnlen(bytes, layout::kMaxEndName));
  return status;
}

}  // namespace logbuf::detail
