// logbuf's own ends in the form that the loops of produce.hpp and consume.hpp take: put(), whole() (nothing is begun
// that more records have to fill) and finish(), read(), position().
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

#include <logbuf/channel.hpp>
#include <logbuf/queue.hpp>

#include "record_by_record.hpp"

namespace logbuf::bench {

template <Kind K>
class QueueProducer : public RecordByRecord {
 public:
  explicit QueueProducer(Producer<K> producer) noexcept : producer_(std::move(producer)) {}

  bool put(std::span<const std::byte> payload) noexcept {
    auto claim = producer_.try_claim(payload.size());
    if (!claim) [[unlikely]]
      return false;
    position_ = claim->position();
    std::memcpy(claim->bytes().data(), payload.data(), payload.size());
    claim->commit();
    return true;
  }
  Position position() const noexcept { return position_; }

 private:
  Producer<K> producer_;
  Position position_ = 0;
};

// Many records a claim.
template <Kind K>
class BatchProducer {
 public:
  explicit BatchProducer(Producer<K> producer) noexcept : producer_(std::move(producer)) {}

  bool put(std::span<const std::byte> payload) noexcept {
    if (!batch_) {
      auto batch = producer_.try_claim_batch(kRecords, payload.size());
      if (!batch) [[unlikely]]
        return false;
      batch_.emplace(std::move(*batch));
      next_ = batch_->begin();
      position_ += kRecords * record::align_up(payload.size() + record::kHeaderSize);
    }
    std::memcpy((*next_).data(), payload.data(), payload.size());
    if (++next_ == batch_->end()) {
      batch_->commit();
      batch_.reset();
    }
    return true;
  }
  bool whole() const noexcept { return !batch_; }
  void finish() noexcept {}
  Position position() const noexcept { return position_; }  // skips are not counted

 private:
  static constexpr std::size_t kRecords = 32;
  Producer<K> producer_;
  std::optional<WriteBatch> batch_;
  WriteBatch::Iterator next_;
  Position position_ = 0;
};

// send() waits at a full ring by itself; false only where the ring is closed.
template <Kind K>
class ChannelProducer : public RecordByRecord {
 public:
  explicit ChannelProducer(Sender<K> sender) noexcept : sender_(std::move(sender)) {}

  bool put(std::span<const std::byte> payload) noexcept {
    auto claim = sender_.send(payload.size());
    if (!claim) [[unlikely]]
      return false;
    position_ = claim->position();
    std::memcpy(claim->bytes().data(), payload.data(), payload.size());
    claim->commit();
    return true;
  }
  Position position() const noexcept { return position_; }

 private:
  Sender<K> sender_;
  Position position_ = 0;
};

class QueueConsumer {
 public:
  QueueConsumer(Consumer consumer, std::uint64_t batch_bytes) noexcept
      : consumer_(std::move(consumer)), batch_bytes_(batch_bytes) {}

  template <typename Touch>
  bool read(Touch touch) noexcept {
    auto batch = consumer_.try_claim_batch(batch_bytes_);
    if (!batch) return false;
    for (const Record& record : *batch) touch(record.bytes());
    return true;
  }
  Position position() const noexcept { return consumer_.position(); }

 private:
  Consumer consumer_;
  std::uint64_t batch_bytes_;
};

class ChannelConsumer {
 public:
  ChannelConsumer(Receiver receiver, std::uint64_t batch_bytes) noexcept
      : receiver_(std::move(receiver)), batch_bytes_(batch_bytes) {}

  template <typename Touch>
  bool read(Touch touch) noexcept {
    // The time-out is there for the end of the run; a sender's wake ends the wait before it.
    auto batch = receiver_.recv_batch(batch_bytes_, std::chrono::milliseconds(2));
    if (!batch) return false;
    for (const Record& record : *batch) touch(record.bytes());
    return true;
  }
  Position position() noexcept { return receiver_.consumer().position(); }

 private:
  Receiver receiver_;
  std::uint64_t batch_bytes_;
};

}  // namespace logbuf::bench
