// Taking a ring's name away so that nobody's records vanish with it.
#pragma once

#include <expected>
#include <memory>
#include <system_error>

#include "ring/mapping.hpp"

namespace logbuf::detail {

std::expected<void, std::error_code> remove_ring(const std::shared_ptr<Mapping>& mapping, Removal removal);

// What remove_ring() would say now; takes no lock and changes nothing.
std::expected<void, std::error_code> may_remove_ring(const Mapping& mapping, Removal removal);

}  // namespace logbuf::detail
