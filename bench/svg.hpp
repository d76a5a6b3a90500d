// A small line chart as SVG: logarithmic axes, a legend, and colours for light and for dark.
#pragma once

#include <string>
#include <vector>

namespace logbuf::bench {

struct Point {
  double x;
  double y;
};

// Lines of one hue belong together; the dash tells them apart.
struct Series {
  std::string name;
  unsigned hue = 0;
  unsigned dash = 0;
  std::vector<Point> points = {};  // those that are not above zero are left out
};

struct Chart {
  std::string title;
  std::string x_label;  // with its unit
  std::string y_label;
  std::vector<Series> series = {};
};

std::string as_svg(const Chart& chart);

}  // namespace logbuf::bench
