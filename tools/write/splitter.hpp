// Finds the records in an input and gives them to the sink, straight from the block that was read.
#pragma once

#include <functional>
#include <string>

#include "input.hpp"
#include "sink.hpp"

namespace logbuf::write {

// Reads on: Input::fill with everything it needs.
using Refill = std::function<Input::Fill()>;

// Each to the end of the input. False: nothing more can be written, or the program is to stop.

// Records end with `delimiter`, the last one also with the input.
bool write_delimited(Input& input, const Refill& refill, const std::string& delimiter, Sink& sink);

// Each record comes after its length, 4 bytes little-endian.
bool write_length_prefixed(Input& input, const Refill& refill, Sink& sink);

}  // namespace logbuf::write
