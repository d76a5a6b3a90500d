#include "layout.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "duration.hpp"
#include "kind.hpp"
#include "size.hpp"
#include "tables.hpp"
#include "time_text.hpp"

namespace logbuf::stat {
namespace {

// Below this there are only rings.
constexpr std::size_t kLeastRowsWithProducers = 9;
// What the second pane has above its producers: the ring in words, and a heading.
constexpr std::size_t kAboveProducers = 2;

class Page {
 public:
  Page(Size size, Charset charset) : size_(size), charset_(charset) {}

  std::size_t columns() const { return size_.columns; }
  Charset charset() const { return charset_; }
  void add(Line line) { lines_.push_back(std::move(line)); }
  void add(std::vector<Span> spans) { add(fit_line(std::move(spans), size_.columns, charset_)); }
  // Left and right, as far as there is room for both.
  void add(const std::string& left, const std::string& right, Style style) {
    const std::size_t taken = width_of(left) + width_of(right) + 1;
    if (taken > size_.columns) return add({{fit(left, size_.columns, Align::left, charset_), style}});
    add({{left + std::string(size_.columns - taken + 1, ' ') + right, style}});
  }
  void fill_to(std::size_t rows) {
    while (lines_.size() < rows) add(std::vector<Span>{});
  }
  std::vector<Line> finish() {
    fill_to(size_.rows);
    lines_.resize(size_.rows);
    return std::move(lines_);
  }

 private:
  Size size_;
  Charset charset_;
  std::vector<Line> lines_;
};

std::string plural(std::size_t count, const std::string& what) {
  return std::to_string(count) + ' ' + what + (count == 1 ? "" : "s");
}

// Which of `count` are shown where there is room for `room` of them and one is to be seen.
struct Window {
  std::size_t first;
  std::size_t count;
};

Window window_around(std::size_t selected, std::size_t count, std::size_t room) {
  const std::size_t visible = std::min(count, room);
  const std::size_t first = selected > visible / 2 ? selected - visible / 2 : 0;
  return {std::min(first, count - visible), visible};
}

void add_title(Page& page, const Model& model, const View& view, std::size_t count, Window window) {
  std::string left = " logbuf-stat  ";
  left += window.count < count ? "rings " + std::to_string(window.first + 1) + " to " +
                                     std::to_string(window.first + window.count) + " of " + std::to_string(count)
                               : plural(count, "ring");
  left += "  every " + cli::format_duration(view.interval()) + "  by " + word_for(view.sort_by());
  if (view.reversed()) left += ", reversed";
  if (!view.filter().empty() && !view.typing()) left += "  filter '" + shown(view.filter(), page.charset()) + "'";
  if (view.paused()) left += "  PAUSED";
  page.add(left, cli::time_text(model.time_ns(), cli::Zone::local).substr(11, 8) + ' ', Style::title);
}

void add_rings(Page& page, const std::vector<const Ring*>& rings, std::size_t selected, Window window) {
  const Charset charset = page.charset();
  std::vector<Cells> rows;
  for (const Ring* ring : rings) rows.push_back(cells_of(*ring, charset));
  const auto& columns = ring_columns();
  const std::size_t width = page.columns() == 0 ? 0 : page.columns() - 1;
  const auto widths = widths_of(columns, wanted_widths(columns, rows), width);
  const auto with_margin = [&](const char* margin, Line line) {
    line.spans.insert(line.spans.begin(), {margin, Style::bold});
    return fit_line(std::move(line.spans), page.columns(), charset);
  };
  page.add(with_margin(" ", heading_line(columns, widths, width, charset)));
  for (std::size_t i = window.first; i < window.first + window.count; ++i) {
    rows[i][bar_column()] = bar_of(*rings[i], widths[bar_column()], charset);
    Line line = with_margin(i == selected ? ">" : " ", table_line(columns, widths, rows[i], width, charset));
    line.selected = i == selected;
    page.add(std::move(line));
  }
}

// What the line of the table had no room for.
std::string in_words(const Ring& ring, Charset charset) {
  std::string text = ' ' + shown(ring.now.name, charset) + ": " + state_of(ring, charset).text;
  if (ring.gone_looks != 0 || !ring.now.look) return text;
  const rings::Look& look = *ring.now.look;
  const RingStatus& status = look.status;
  text += "; " + std::to_string(status.producers.size()) + " of " + plural(look.info.max_producers, "producer");
  if (status.consumer && status.consumer->alive)
    text += "; consumer " + shown(status.consumer->name, charset) + " (" + std::to_string(status.consumer->pid) + ')';
  return text + "; " + cli::kind_word(look.info.kind) + ", " + cli::format_size(look.info.capacity);
}

void add_producers(Page& page, const Ring& ring, std::size_t room) {
  const Charset charset = page.charset();
  page.add(in_words(ring, charset), "", Style::title);
  if (ring.gone_looks != 0 || !ring.now.look) return;
  const auto& columns = producer_columns();
  const auto& producers = ring.now.look->status.producers;
  std::vector<Cells> rows;
  for (const ProducerStatus& producer : producers) rows.push_back(cells_of(ring, producer, charset));
  const auto widths = widths_of(columns, wanted_widths(columns, rows), page.columns());
  page.add(heading_line(columns, widths, page.columns(), charset));
  const bool all_fit = rows.size() <= room;
  const std::size_t listed = all_fit ? rows.size() : room - 1;
  for (std::size_t i = 0; i < listed; ++i) {
    page.add(table_line(columns, widths, rows[i], page.columns(), charset));
  }
  if (!all_fit) page.add({{"and " + std::to_string(rows.size() - listed) + " more", Style::dim}});
}

void add_help(Page& page) {
  // For 80 columns and 24 rows.
  static constexpr std::array<const char*, 22> text{
      "",
      " up down k j      select a ring; also PageUp, PageDown, Home (g), End (G)",
      " s                sort by the next of name, fill, records/s, bytes/s, lag,",
      "                  behind, lost, state",
      " r                the other way round",
      " /                show only rings whose name holds this, or matches it (* ? [);",
      "                  Enter keeps it, Esc takes it back; a later Esc shows all",
      " p space          pause, go on",
      " + -              look less often, more often",
      " ?                this; any key goes back",
      " q                quit",
      "",
      " FILL             how much of the ring is not free",
      " REC/s BYTES/s    what producers have committed since the last look",
      " LAG              committed records that the consumer has not taken",
      " BEHIND           for how long the oldest of them has been there, at most;",
      "                  > perhaps longer",
      " ARCHIVED SYNCED  the last seq that is in the archive; that is durable. In a",
      "                  narrow terminal there is no room for them",
      " LOST             records refused at the full ring; ! more than a look before",
      " STATE            ! somebody should look at it; blocked: by this producer's",
      "                  unfinished claim",
  };
  for (const char* const line : text) page.add({{line, Style::normal}});
}

void add_footer(Page& page, const Model& model, const View& view) {
  const Charset charset = page.charset();
  if (view.typing())
    return page.add({{" filter: ", Style::bold}, {shown(view.filter(), charset) + '_', Style::normal}});
  page.add(' ' + shown(model.news(), charset), "? help  q quit ", Style::dim);
}

void add_body(Page& page, const std::vector<const Ring*>& rings, const View& view, std::size_t selected, Window window,
              std::size_t rows) {
  if (rings.empty()) {
    page.add(
        {{view.filter().empty() ? " There is no ring yet." : " No ring's name matches the filter.", Style::normal}});
    return;
  }
  add_rings(page, rings, selected, window);
  const std::size_t left = rows - window.count - 1;
  if (left > kAboveProducers) add_producers(page, *rings[selected], left - kAboveProducers);
}

// How many of `body` rows the rings may have. Three fifths, where their producers want the others.
std::size_t room_for_rings(const std::vector<const Ring*>& rings, std::size_t selected, std::size_t body) {
  if (body < kLeastRowsWithProducers || rings.empty()) return body - std::min<std::size_t>(body, 1);
  const Ring& ring = *rings[selected];
  const std::size_t producers = ring.now.look ? ring.now.look->status.producers.size() : 0;
  const std::size_t below = kAboveProducers + std::max<std::size_t>(producers, 1);
  const std::size_t most = body - 1;
  return std::max(most * 3 / 5, most - std::min(most, below));
}

}  // namespace

std::vector<Line> lay_out(const Model& model, const View& view, Size size, Charset charset) {
  Page page(size, charset);
  const auto rings = view.rings(model);
  const std::size_t selected = view.selected(rings);
  const std::size_t body = size.rows - std::min<std::size_t>(size.rows, 2);
  const Window window = window_around(selected, rings.size(), room_for_rings(rings, selected, body));
  add_title(page, model, view, rings.size(), window);
  if (view.helping()) {
    add_help(page);
  } else if (body > 0) {
    add_body(page, rings, view, selected, window, body);
  }
  if (size.rows > 1) {
    std::vector<Line> lines = page.finish();
    Page last({size.columns, 1}, charset);
    add_footer(last, model, view);
    lines.back() = last.finish().front();
    return lines;
  }
  return page.finish();
}

}  // namespace logbuf::stat
