// What people use instead, between processes, in the form of ends.hpp: Boost.Interprocess's message queue, a Unix
// datagram socket, a pipe. Each is given as much room as it can have, and both sides try again where they would have to
// sleep, so that no turn of the scheduler is in the figures.
#pragma once

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/interprocess/ipc/message_queue.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <logbuf/segment.hpp>

#include "record_by_record.hpp"

namespace logbuf::bench {

// A pipe or a pair of sockets, for the length of a run.
class DescriptorPair {
 public:
  enum class Of { pipe, sockets };
  explicit DescriptorPair(Of kind);  // dies where there is none
  DescriptorPair(const DescriptorPair&) = delete;
  DescriptorPair& operator=(const DescriptorPair&) = delete;
  ~DescriptorPair();

  int to_read() const noexcept { return descriptors_[0]; }
  int to_write() const noexcept { return descriptors_[1]; }

 private:
  std::array<int, 2> descriptors_{};
};

using MessageQueue = boost::interprocess::message_queue;

// `try_send`: a callable that takes a whole record, or says false.
template <typename TrySend>
class PeerProducer : public RecordByRecord {
 public:
  explicit PeerProducer(TrySend try_send) : try_send_(std::move(try_send)) {}
  bool put(std::span<const std::byte> payload) {
    if (!try_send_(payload)) return false;
    position_ += payload.size();
    return true;
  }
  Position position() const noexcept { return position_; }

 private:
  TrySend try_send_;
  Position position_ = 0;
};

inline auto message_queue_producer(const char* name) {
  return PeerProducer(
      [queue = std::make_unique<MessageQueue>(boost::interprocess::open_only, name)](
          std::span<const std::byte> payload) { return queue->try_send(payload.data(), payload.size(), 0); });
}

// A record a call: what is smaller than PIPE_BUF goes whole, and so does a datagram.
inline auto descriptor_producer(int descriptor) {
  return PeerProducer([descriptor](std::span<const std::byte> payload) {
    return ::write(descriptor, payload.data(), payload.size()) >= 0;
  });
}

class MessageQueueConsumer {
 public:
  explicit MessageQueueConsumer(const char* name)
      : queue_(boost::interprocess::open_only, name), message_(queue_.get_max_msg_size()) {}
  template <typename Touch>
  bool read(Touch touch) {
    MessageQueue::size_type size = 0;
    unsigned priority = 0;
    if (!queue_.try_receive(message_.data(), message_.size(), size, priority)) return false;
    touch(std::span<const std::byte>(message_.data(), size));
    position_ += size;
    return true;
  }
  Position position() const noexcept { return position_; }

 private:
  MessageQueue queue_;
  std::vector<std::byte> message_;
  Position position_ = 0;
};

// From a pipe as many records a call as `bytes_at_once` holds, from a socket one.
class DescriptorConsumer {
 public:
  DescriptorConsumer(int descriptor, std::size_t payload_bytes, std::size_t bytes_at_once)
      : descriptor_(descriptor),
        payload_bytes_(payload_bytes),
        bytes_(bytes_at_once < payload_bytes ? payload_bytes : bytes_at_once / payload_bytes * payload_bytes) {}
  template <typename Touch>
  bool read(Touch touch) noexcept {
    const ssize_t got = ::read(descriptor_, bytes_.data(), bytes_.size());
    if (got <= 0) return false;
    for (std::size_t at = 0; at < static_cast<std::size_t>(got); at += payload_bytes_)
      touch(std::span<const std::byte>(bytes_.data() + at, payload_bytes_));
    position_ += static_cast<std::uint64_t>(got);
    return true;
  }
  Position position() const noexcept { return position_; }

 private:
  int descriptor_;
  std::size_t payload_bytes_;
  std::vector<std::byte> bytes_;
  Position position_ = 0;
};

}  // namespace logbuf::bench
