// Ends on a mapping that is there already: for create(), which makes both ends of an anonymous ring.
#pragma once

#include <expected>
#include <memory>
#include <string_view>
#include <system_error>
#include <type_traits>

#include <logbuf/consumer.hpp>
#include <logbuf/producer.hpp>

#include "platform/failure.hpp"
#include "ring/mapping.hpp"

namespace logbuf::detail {

using ProducerPointer = std::unique_ptr<ProducerCore, ProducerDeleter>;
using ConsumerPointer = std::unique_ptr<ConsumerCore, ConsumerDeleter>;

std::expected<ProducerPointer, std::error_code> attach_producer(std::shared_ptr<Mapping> mapping, Kind kind,
                                                                std::string_view name);
std::expected<ConsumerPointer, std::error_code> attach_consumer(std::shared_ptr<Mapping> mapping,
                                                                std::string_view name);

// Opens the named ring and attaches to it by `attach`. Between the two its name may have been taken away, by somebody
// who saw nobody attached (removal.cpp): nobody would ever find what is sent through it. Once attached, that cannot
// happen any more. So the name is looked at again, and where it is gone or another ring's, all begins anew.
template <typename Attach>
std::invoke_result_t<Attach, std::shared_ptr<Mapping>> attach_by_name(std::string_view name, Attach attach) {
  constexpr int kTries = 100;  // each failed one means that a ring was removed and made anew
  for (int i = 0;; ++i) {
    auto mapping = Mapping::open(name, Mapping::Access::read_write, true);
    if (!mapping) return std::unexpected(mapping.error());
    auto core = attach(*mapping);
    if ((*mapping)->has_name()) return core;
    if (i == kTries) {
      return failure(Errc::no_such_ring, (*mapping)->label() + " is removed and made anew again and again; try later");
    }
  }
}

}  // namespace logbuf::detail
