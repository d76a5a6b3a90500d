// What a terminal can show.
#pragma once

#include <string>

namespace logbuf::cli {

// The descriptor is a terminal that takes more than lines: TERM is set, and is not dumb.
bool takes_controls(int fd);

// --color: automatic is where the descriptor is such a terminal and NO_COLOR is not set (no-color.org).
enum class ColorWhen { automatic, always, never };
bool wants_color(ColorWhen when, int fd);

// The text so coloured; for what stands beside what matters, and for what must not be overlooked.
std::string dim(const std::string& text);
std::string red(const std::string& text);
std::string bold_red(const std::string& text);

}  // namespace logbuf::cli
