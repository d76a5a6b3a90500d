#include <logbuf/segment.hpp>

#include "platform/failure.hpp"
#include "ring/mapping.hpp"
#include "ring/removal.hpp"
#include "ring/status.hpp"

namespace logbuf {

Segment::Segment(std::shared_ptr<detail::Mapping> mapping) : mapping_(std::move(mapping)) {}

std::expected<Segment, std::error_code> Segment::create(std::string_view name, const SegmentOptions& options,
                                                        const CreateProgress& progress) {
  auto mapping = detail::Mapping::create(name, options, progress);
  if (!mapping) return std::unexpected(mapping.error());
  return Segment(std::move(*mapping));
}

std::expected<Segment, std::error_code> Segment::open(std::string_view name) {
  using Access = detail::Mapping::Access;
  auto mapping = detail::Mapping::open(name, Access::read_write, false);
  if (!mapping && mapping.error() == Errc::not_permitted)
    mapping = detail::Mapping::open(name, Access::read_only, false);
  if (!mapping) return std::unexpected(mapping.error());
  return Segment(std::move(*mapping));
}

const RingInfo& Segment::info() const noexcept {
  return mapping_->info();
}

RingStatus Segment::status() const {
  return detail::read_status(*mapping_);
}

std::expected<void, std::error_code> Segment::remove(Removal removal) {
  return detail::remove_ring(mapping_, removal);
}

std::expected<void, std::error_code> Segment::may_remove(Removal removal) const {
  return detail::may_remove_ring(*mapping_, removal);
}

std::expected<void, std::error_code> Segment::close() {
  if (!mapping_->writable()) {
    return failure(Errc::not_permitted,
                   mapping_->label() + " can only be looked at: its mode keeps you from closing it");
  }
  detail::close_ring(*mapping_);
  return {};
}

}  // namespace logbuf
