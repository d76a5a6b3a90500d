// A screen as lines of text, and tables that fit into one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cells.hpp"

namespace logbuf::stat {

// How something is to stand out. What it means is always in the text, too.
enum class Style { normal, dim, bold, bar, full_bar, good, bad, title };

struct Span {
  std::string text;
  Style style = Style::normal;
};

struct Line {
  std::vector<Span> spans;
  bool selected = false;
};

std::string text_of(const Line& line);

// Is the span shown with its colours exchanged? Bars never are: an empty one would look full.
bool is_reversed(const Line& line, const Span& span);

// `spans` in exactly `width` columns.
Line fit_line(std::vector<Span> spans, std::size_t width, Charset charset);

struct Column {
  std::string title;
  Align align = Align::left;
  std::size_t least = 1;  // columns of the screen; with fewer it is left out
  std::size_t most = 1000;
  unsigned priority = 0;  // the lowest number is the last to be left out
};

// How wide each column is where all of them together have `total`, with one blank between two; 0: left out. Columns of
// which nothing needs more than `wanted` get no more; what is left over goes to those that want it: to numbers, which
// are on the right, before names, and of each by priority.
std::vector<std::size_t> widths_of(const std::vector<Column>& columns, const std::vector<std::size_t>& wanted,
                                   std::size_t total);

using Cells = std::vector<Span>;

// What the cells of each column want.
std::vector<std::size_t> wanted_widths(const std::vector<Column>& columns, const std::vector<Cells>& rows);

Line heading_line(const std::vector<Column>& columns, const std::vector<std::size_t>& widths, std::size_t total,
                  Charset charset);
Line table_line(const std::vector<Column>& columns, const std::vector<std::size_t>& widths, const Cells& cells,
                std::size_t total, Charset charset);

}  // namespace logbuf::stat
