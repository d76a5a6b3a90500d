/// \file
/// Queues: a ring's two ends, neither of which ever waits. The caller chooses what to do at "full" and at
/// "nothing".
#pragma once

#include <cstddef>
#include <expected>
#include <system_error>
#include <utility>

#include <logbuf/consumer.hpp>
#include <logbuf/export.hpp>
#include <logbuf/producer.hpp>
#include <logbuf/segment.hpp>

/// Queues: a ring's two ends, neither of which ever waits.
namespace logbuf::queue {

/// Many producers, one consumer. Producers take space by one CAS.
namespace mpsc {
using Producer = logbuf::Producer<Kind::mpsc>;  ///< the writing end: attach() by name
using Consumer = logbuf::Consumer;              ///< the reading end: attach() by name

/// Both ends of a ring without a name, for threads of one process; more producers by Producer::clone(). `capacity`:
/// bytes, as SegmentOptions::capacity. Dropping the consumer disconnects the producers. Reserves the memory, for which
/// a large ring takes a second. Errors: invalid_capacity, invalid_option, no_memory.
LOGBUF_API std::expected<std::pair<Producer, Consumer>, std::error_code> create(std::size_t capacity);
/// The same with options, of which kind, mode and group say nothing here.
LOGBUF_API std::expected<std::pair<Producer, Consumer>, std::error_code> create(const SegmentOptions& options);
}  // namespace mpsc

/// One producer, one consumer. The producer takes space by a store.
namespace spsc {
using Producer = logbuf::Producer<Kind::spsc>;  ///< the writing end: attach() by name
using Consumer = logbuf::Consumer;              ///< the reading end: attach() by name

/// Both ends of a ring without a name, for two threads of one process. Otherwise as mpsc::create().
LOGBUF_API std::expected<std::pair<Producer, Consumer>, std::error_code> create(std::size_t capacity);
/// The same with options, of which kind, mode and group say nothing here.
LOGBUF_API std::expected<std::pair<Producer, Consumer>, std::error_code> create(const SegmentOptions& options);
}  // namespace spsc

}  // namespace logbuf::queue
