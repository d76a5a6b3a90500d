#include "svg.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "append.hpp"

namespace logbuf::bench {
namespace {

constexpr double kWidth = 790;
constexpr double kHeight = 420;
constexpr double kLeft = 76;
constexpr double kRight = 560;  // the legend is beside it
constexpr double kTop = 44;
constexpr double kBottom = 360;

// Light as it is; dark where the reader's system says so.
constexpr const char* kStyle =
    "<style>\n"
    "  .paper{fill:#fff} text{fill:#222;font:13px sans-serif} .title{font-weight:bold}\n"
    "  .grid{stroke:#ddd} .line{fill:none;stroke-width:2}\n"
    "  .h0{stroke:#0b62c4;color:#0b62c4} .h1{stroke:#c2560a;color:#c2560a} .h2{stroke:#1f8a4c;color:#1f8a4c}\n"
    "  .h3{stroke:#8a3fc0;color:#8a3fc0} .d1{stroke-dasharray:7 4} .d2{stroke-dasharray:2 4} .dot{fill:currentColor}\n"
    "  @media (prefers-color-scheme:dark){\n"
    "    .paper{fill:#14171c} text{fill:#e4e4e4} .grid{stroke:#3a3f47} .h0{stroke:#6db1ff;color:#6db1ff}\n"
    "    .h1{stroke:#ffa154;color:#ffa154} .h2{stroke:#5fd38d;color:#5fd38d} .h3{stroke:#cf9bff;color:#cf9bff}}\n"
    "</style>\n";
constexpr unsigned kHues = 4;
constexpr unsigned kDashes = 3;

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      default: out += c;
    }
  }
  return out;
}

// One axis, in powers.
struct Axis {
  double least;
  double most;
  double begin;  // where these are drawn
  double end;

  double at(double value) const {
    return begin + (end - begin) * (std::log(value) - std::log(least)) / (std::log(most) - std::log(least));
  }
};

template <typename Of>
Axis axis_over(const Chart& chart, Of of, double begin, double end) {
  double least = 0;
  double most = 0;
  for (const Series& series : chart.series) {
    for (const Point& point : series.points) {
      if (of(point) <= 0) continue;
      least = least == 0 ? of(point) : std::min(least, of(point));
      most = std::max(most, of(point));
    }
  }
  if (least == 0) least = most = 1;
  // Some room, and a length that is not zero.
  return {.least = least / 1.15, .most = most * 1.15, .begin = begin, .end = end};
}

std::vector<double> x_ticks(const Chart& chart) {
  std::vector<double> ticks;
  for (const Series& series : chart.series) {
    for (const Point& point : series.points) ticks.push_back(point.x);
  }
  std::ranges::sort(ticks);
  const auto same = std::ranges::unique(ticks);
  ticks.erase(same.begin(), same.end());
  return ticks;
}

// 1, 2, 5, 10, 20...
std::vector<double> y_ticks(const Axis& axis) {
  std::vector<double> ticks;
  for (double power = std::pow(10, std::floor(std::log10(axis.least))); power <= axis.most; power *= 10) {
    for (const double step : {1, 2, 5}) {
      if (power * step >= axis.least && power * step <= axis.most) ticks.push_back(power * step);
    }
  }
  return ticks;
}

void append_grid(std::string& svg, const Chart& chart, const Axis& x, const Axis& y) {
  append(svg, "<text x=\"%.0f\" y=\"24\" class=\"title\">", kLeft);
  svg += escaped(chart.title) + "</text>\n";
  for (const double tick : x_ticks(chart)) {
    append(svg, "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.0f\" y2=\"%.0f\"/>\n", x.at(tick), x.at(tick),
           kTop, kBottom);
    append(svg, "<text x=\"%.1f\" y=\"%.0f\" text-anchor=\"middle\">%g</text>\n", x.at(tick), kBottom + 18, tick);
  }
  for (const double tick : y_ticks(y)) {
    append(svg, "<line class=\"grid\" x1=\"%.0f\" x2=\"%.0f\" y1=\"%.1f\" y2=\"%.1f\"/>\n", kLeft, kRight, y.at(tick),
           y.at(tick));
    append(svg, "<text x=\"%.0f\" y=\"%.1f\" text-anchor=\"end\">%g</text>\n", kLeft - 8, y.at(tick) + 4, tick);
  }
  append(svg, "<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"middle\">", (kLeft + kRight) / 2, kBottom + 44);
  svg += escaped(chart.x_label) + "</text>\n";
  const double middle = (kTop + kBottom) / 2;
  append(svg, "<text x=\"20\" y=\"%.0f\" text-anchor=\"middle\" transform=\"rotate(-90 20 %.0f)\">", middle, middle);
  svg += escaped(chart.y_label) + "</text>\n";
}

void append_series(std::string& svg, const Series& series, const Axis& x, const Axis& y, double legend_y) {
  std::string classes = "h" + std::to_string(series.hue % kHues);
  std::string line;
  std::string dots;
  for (const Point& point : series.points) {
    if (point.y <= 0 || point.x <= 0) continue;
    append(line, "%.1f,%.1f ", x.at(point.x), y.at(point.y));
    append(dots, "<circle class=\"dot %s\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"/>\n", classes.c_str(), x.at(point.x),
           y.at(point.y));
  }
  const std::string dashed = classes + " d" + std::to_string(series.dash % kDashes);
  svg += "<polyline class=\"line " + dashed + "\" points=\"" + line + "\"/>\n" + dots;
  append(svg, "<line class=\"line %s\" x1=\"%.0f\" x2=\"%.0f\" y1=\"%.0f\" y2=\"%.0f\"/>\n", dashed.c_str(),
         kRight + 18, kRight + 48, legend_y, legend_y);
  append(svg, "<text x=\"%.0f\" y=\"%.0f\">", kRight + 56, legend_y + 4);
  svg += escaped(series.name) + "</text>\n";
}

}  // namespace

std::string as_svg(const Chart& chart) {
  const Axis x = axis_over(chart, [](const Point& point) { return point.x; }, kLeft, kRight);
  const Axis y = axis_over(chart, [](const Point& point) { return point.y; }, kBottom, kTop);
  std::string svg;
  append(svg, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\">\n",
         kWidth, kHeight, kWidth, kHeight);
  svg += kStyle;
  append(svg, "<rect class=\"paper\" width=\"%.0f\" height=\"%.0f\"/>\n", kWidth, kHeight);
  append_grid(svg, chart, x, y);
  double legend_y = kTop + 8;
  for (const Series& series : chart.series) {
    append_series(svg, series, x, y, legend_y);
    legend_y += 22;
  }
  return svg + "</svg>\n";
}

}  // namespace logbuf::bench
