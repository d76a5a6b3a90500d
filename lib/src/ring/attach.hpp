// Ends on a mapping that is there already: for create(), which makes both ends of an anonymous ring.
#pragma once

#include <expected>
#include <memory>
#include <string_view>
#include <system_error>

#include <logbuf/consumer.hpp>
#include <logbuf/producer.hpp>

#include "ring/mapping.hpp"

namespace logbuf::detail {

using ProducerPointer = std::unique_ptr<ProducerCore, ProducerDeleter>;
using ConsumerPointer = std::unique_ptr<ConsumerCore, ConsumerDeleter>;

std::expected<ProducerPointer, std::error_code> attach_producer(std::shared_ptr<Mapping> mapping, Kind kind,
                                                                std::string_view name);
std::expected<ConsumerPointer, std::error_code> attach_consumer(std::shared_ptr<Mapping> mapping,
                                                                std::string_view name);

}  // namespace logbuf::detail
