// What is told of a ring in a line, and of a producer.
#pragma once

#include <cstddef>
#include <vector>

#include "lines.hpp"
#include "model.hpp"

namespace logbuf::stat {

const std::vector<Column>& ring_columns();
Cells cells_of(const Ring& ring, Charset charset);
// Where the bar stands among them: it is drawn when its width is known.
std::size_t bar_column();
Span bar_of(const Ring& ring, std::size_t width, Charset charset);

const std::vector<Column>& producer_columns();
Cells cells_of(const Ring& ring, const ProducerStatus& producer, Charset charset);

}  // namespace logbuf::stat
