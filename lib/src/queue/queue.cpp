#include <logbuf/queue.hpp>

#include "ring/attach.hpp"

namespace logbuf::queue {
namespace {

template <Kind K>
std::expected<std::pair<Producer<K>, Consumer>, std::error_code> create(SegmentOptions options) {
  options.kind = K;
  auto mapping = detail::Mapping::create_anonymous(options);
  if (!mapping) return std::unexpected(mapping.error());
  auto consumer = detail::attach_consumer(*mapping, "");
  if (!consumer) return std::unexpected(consumer.error());
  auto producer = detail::attach_producer(*mapping, K, "");
  if (!producer) return std::unexpected(producer.error());
  return std::pair(Producer<K>(std::move(*producer)), Consumer(std::move(*consumer)));
}

}  // namespace

namespace mpsc {
std::expected<std::pair<Producer, Consumer>, std::error_code> create(std::size_t capacity) {
  return queue::create<Kind::mpsc>({.capacity = capacity});
}
std::expected<std::pair<Producer, Consumer>, std::error_code> create(const SegmentOptions& options) {
  return queue::create<Kind::mpsc>(options);
}
}  // namespace mpsc

namespace spsc {
std::expected<std::pair<Producer, Consumer>, std::error_code> create(std::size_t capacity) {
  return queue::create<Kind::spsc>({.capacity = capacity});
}
std::expected<std::pair<Producer, Consumer>, std::error_code> create(const SegmentOptions& options) {
  return queue::create<Kind::spsc>(options);
}
}  // namespace spsc

}  // namespace logbuf::queue
