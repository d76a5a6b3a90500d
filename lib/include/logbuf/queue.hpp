// Queues: a ring's two ends, neither of which ever waits. The caller chooses what to do at "full" and at
// "nothing".
#pragma once

#include <cstddef>
#include <expected>
#include <system_error>
#include <utility>

#include <logbuf/consumer.hpp>
#include <logbuf/export.hpp>
#include <logbuf/producer.hpp>
#include <logbuf/segment.hpp>

namespace logbuf::queue {

// Many producers, one consumer. Producers take space by one CAS.
namespace mpsc {
using Producer = logbuf::Producer<Kind::mpsc>;
using Consumer = logbuf::Consumer;

// Both ends of a ring without a name, for threads of one process; more producers by Producer::clone().
// Dropping the consumer disconnects the producers. Errors: invalid_capacity, invalid_option, no_memory.
LOGBUF_API std::expected<std::pair<Producer, Consumer>, std::error_code> create(std::size_t capacity);
LOGBUF_API std::expected<std::pair<Producer, Consumer>, std::error_code> create(const SegmentOptions& options);
}  // namespace mpsc

// One producer, one consumer. The producer takes space by a store.
namespace spsc {
using Producer = logbuf::Producer<Kind::spsc>;
using Consumer = logbuf::Consumer;

LOGBUF_API std::expected<std::pair<Producer, Consumer>, std::error_code> create(std::size_t capacity);
LOGBUF_API std::expected<std::pair<Producer, Consumer>, std::error_code> create(const SegmentOptions& options);
}  // namespace spsc

}  // namespace logbuf::queue
