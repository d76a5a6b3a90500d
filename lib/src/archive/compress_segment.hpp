// A sealed file, written anew with its records compressed, in its own place.
#pragma once

#include <expected>
#include <functional>
#include <system_error>

#include <logbuf/keeper.hpp>

#include "archive/directory.hpp"
#include "archive/segment_file.hpp"

namespace logbuf::archive {

// As Keeper::compress().
std::expected<Keeper::Outcome, std::error_code> compress_segment(const Directory& directory, const SegmentName& name,
                                                                 const Compression& compression,
                                                                 const std::function<bool()>& stop);

}  // namespace logbuf::archive
