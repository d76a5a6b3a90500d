#include "lines.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace logbuf::stat {

std::string text_of(const Line& line) {
  std::string text;
  for (const Span& span : line.spans) text += span.text;
  return text;
}

bool is_reversed(const Line& line, const Span& span) {
  const bool is_bar = span.style == Style::bar || span.style == Style::full_bar;
  return span.style == Style::title || (line.selected && !is_bar);
}

Line fit_line(std::vector<Span> spans, std::size_t width, Charset charset) {
  Line line;
  for (Span& span : spans) {
    const std::size_t own = std::min(width_of(span.text), width);
    // One that is cut says so, and is the last.
    const bool cut = own < width_of(span.text);
    line.spans.push_back({cut ? fit(span.text, own, Align::left, charset) : std::move(span.text), span.style});
    width -= own;
    if (cut) break;
  }
  if (width > 0) line.spans.push_back({std::string(width, ' '), Style::normal});
  return line;
}

std::vector<std::size_t> widths_of(const std::vector<Column>& columns, const std::vector<std::size_t>& wanted,
                                   std::size_t total) {
  std::vector<std::size_t> by_priority(columns.size());
  std::iota(by_priority.begin(), by_priority.end(), std::size_t{0});
  std::ranges::sort(by_priority, {}, [&](std::size_t i) { return std::pair(columns[i].priority, i); });

  std::vector<std::size_t> widths(columns.size());
  std::size_t taken = 0;
  bool full = false;
  for (const std::size_t i : by_priority) {
    const std::size_t needs = columns[i].least + (taken == 0 ? 0 : 1);
    // The first has what there is; after one that does not fit no lesser one comes.
    if (taken == 0) {
      widths[i] = std::min(columns[i].least, total);
      taken = widths[i];
    } else if (!full && taken + needs <= total) {
      widths[i] = columns[i].least;
      taken += needs;
    } else {
      full = true;
    }
  }
  // A name that is cut still tells much, and a number nothing.
  for (const Align align : {Align::right, Align::left}) {
    for (const std::size_t i : by_priority) {
      if (widths[i] == 0 || columns[i].align != align) continue;
      const std::size_t most = std::min(wanted[i], columns[i].most);
      const std::size_t more = std::min(most > widths[i] ? most - widths[i] : 0, total - taken);
      widths[i] += more;
      taken += more;
    }
  }
  return widths;
}

std::vector<std::size_t> wanted_widths(const std::vector<Column>& columns, const std::vector<Cells>& rows) {
  std::vector<std::size_t> wanted;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    std::size_t most = width_of(columns[i].title);
    for (const Cells& cells : rows) most = std::max(most, width_of(cells[i].text));
    wanted.push_back(most);
  }
  return wanted;
}

Line table_line(const std::vector<Column>& columns, const std::vector<std::size_t>& widths, const Cells& cells,
                std::size_t total, Charset charset) {
  std::vector<Span> spans;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (widths[i] == 0) continue;
    if (!spans.empty()) spans.push_back({" ", Style::normal});
    spans.push_back({fit(cells[i].text, widths[i], columns[i].align, charset), cells[i].style});
  }
  return fit_line(std::move(spans), total, charset);
}

Line heading_line(const std::vector<Column>& columns, const std::vector<std::size_t>& widths, std::size_t total,
                  Charset charset) {
  Cells titles;
  for (const Column& column : columns) titles.push_back({column.title, Style::bold});
  return table_line(columns, widths, titles, total, charset);
}

}  // namespace logbuf::stat
