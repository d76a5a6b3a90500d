// The whole screen, from what was seen and what is chosen to be seen. Knows no terminal.
#pragma once

#include <cstddef>
#include <vector>

#include "lines.hpp"
#include "model.hpp"
#include "view.hpp"

namespace logbuf::stat {

struct Size {
  std::size_t columns;
  std::size_t rows;
};

// `size.rows` lines, each of exactly `size.columns` columns.
std::vector<Line> lay_out(const Model& model, const View& view, Size size, Charset charset);

}  // namespace logbuf::stat
