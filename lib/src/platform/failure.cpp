#include "platform/failure.hpp"

namespace logbuf {
namespace {

class Category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "logbuf"; }
  std::string message(int value) const override {
    switch (static_cast<Errc>(value)) {
      case Errc::invalid_name: return "invalid ring name";
      case Errc::invalid_capacity: return "invalid capacity";
      case Errc::invalid_option: return "invalid option";
      case Errc::no_such_ring: return "no such ring";
      case Errc::ring_exists: return "the ring exists already";
      case Errc::not_permitted: return "not permitted";
      case Errc::no_memory: return "not enough shared memory";
      case Errc::not_a_ring: return "not a ring";
      case Errc::wrong_layout: return "another layout version";
      case Errc::damaged_ring: return "damaged ring";
      case Errc::wrong_kind: return "wrong kind of ring";
      case Errc::no_free_slot: return "no free producer slot";
      case Errc::consumer_present: return "the ring has a consumer already";
      case Errc::ring_closed: return "the ring is closed";
      case Errc::ring_quarantined: return "the ring is quarantined";
      case Errc::not_an_archive: return "not an archive";
      case Errc::archive_in_use: return "the archive is in use";
      case Errc::wrong_archive_version: return "another archive version";
      case Errc::damaged_archive: return "damaged archive";
      case Errc::wrong_ring: return "the archive belongs to another ring";
      case Errc::ring_in_use: return "the ring is in use";
      case Errc::ring_not_empty: return "the ring holds records";
    }
    return "unknown error";
  }
};

thread_local std::string last_detail;

}  // namespace

const std::error_category& error_category() noexcept {
  static const Category category;
  return category;
}

std::error_code make_error_code(Errc e) noexcept {
  return {static_cast<int>(e), error_category()};
}

const std::string& error_detail() noexcept {
  return last_detail;
}

std::unexpected<std::error_code> failure(std::error_code code, std::string detail) {
  last_detail = std::move(detail);
  return std::unexpected(code);
}

}  // namespace logbuf
