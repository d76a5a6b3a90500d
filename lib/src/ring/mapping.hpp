// A ring's memory, mapped and checked: the geometry in private copies, the shared words by reference.
#pragma once

#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include <logbuf/layout.hpp>
#include <logbuf/segment.hpp>

#include "platform/shared_memory.hpp"

namespace logbuf::detail {

class Mapping {
 public:
  using Access = SharedMemory::Access;

  static std::expected<std::shared_ptr<Mapping>, std::error_code> create(std::string_view name,
                                                                         const SegmentOptions& options,
                                                                         const CreateProgress& progress);
  static std::expected<std::shared_ptr<Mapping>, std::error_code> create_anonymous(const SegmentOptions& options);
  // Errors as Segment::open. `populate`: touch every page now.
  static std::expected<std::shared_ptr<Mapping>, std::error_code> open(std::string_view name, Access access,
                                                                       bool populate);
  // The same ring through a descriptor of its own; an anonymous ring is shared as it is.
  static std::expected<std::shared_ptr<Mapping>, std::error_code> again(const std::shared_ptr<Mapping>& mapping,
                                                                        bool populate);

  // Checked copies.
  const RingInfo& info() const noexcept { return info_; }
  bool anonymous() const noexcept { return anonymous_; }
  bool writable() const noexcept { return memory_.access() == Access::read_write; }
  int fd() const noexcept { return memory_.fd(); }
  // Is it this user's, or is this user root?
  bool is_own() const noexcept { return memory_.is_own(); }
  // Does the ring's name still stand for this ring?
  bool has_name() const;
  // The caller holds the removal lock. Errors: no_such_ring (the name is gone, or another ring's), not_permitted,
  // errno.
  std::expected<void, std::error_code> take_name_away() const;
  // "ring 'orders'", for messages.
  std::string label() const;

  layout::Segment& words() const noexcept { return *reinterpret_cast<layout::Segment*>(memory_.data()); }
  std::span<layout::Slot> slots() const noexcept {
    return {reinterpret_cast<layout::Slot*>(memory_.data() + layout::kSlotsOffset), info_.max_producers};
  }
  std::byte* ring() const noexcept { return memory_.data() + layout::ring_offset(info_.max_producers); }

 private:
  explicit Mapping(SharedMemory memory) noexcept : memory_(std::move(memory)) {}
  static std::expected<std::shared_ptr<Mapping>, std::error_code> checked(SharedMemory memory, std::string_view name);
  void initialise(std::string_view name, const SegmentOptions& options, std::uint32_t flags);

  SharedMemory memory_;
  bool anonymous_ = false;  // not by the descriptor, which a forked child has lost
  RingInfo info_;
};

}  // namespace logbuf::detail
