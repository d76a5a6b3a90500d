#include <logbuf/channel.hpp>
#include <logbuf/queue.hpp>

namespace logbuf::channel {
namespace {

// A channel is a queue whose ends know how to wait.
template <typename Sender, typename Ends>
std::expected<std::pair<Sender, Receiver>, std::error_code> with_waiting(Ends ends) {
  if (!ends) return std::unexpected(ends.error());
  return std::pair(Sender(std::move(ends->first)), Receiver(std::move(ends->second)));
}

}  // namespace

namespace mpsc {
std::expected<std::pair<Sender, Receiver>, std::error_code> create(std::size_t capacity) {
  return with_waiting<Sender>(queue::mpsc::create(capacity));
}
std::expected<std::pair<Sender, Receiver>, std::error_code> create(const SegmentOptions& options) {
  return with_waiting<Sender>(queue::mpsc::create(options));
}
}  // namespace mpsc

namespace spsc {
std::expected<std::pair<Sender, Receiver>, std::error_code> create(std::size_t capacity) {
  return with_waiting<Sender>(queue::spsc::create(capacity));
}
std::expected<std::pair<Sender, Receiver>, std::error_code> create(const SegmentOptions& options) {
  return with_waiting<Sender>(queue::spsc::create(options));
}
}  // namespace spsc

}  // namespace logbuf::channel
