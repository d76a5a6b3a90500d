#include "terminal.hpp"

#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace logbuf::cli {
namespace {

std::string_view environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string colored(const char* code, const std::string& text) {
  return code + text + "\x1b[0m";
}

}  // namespace

bool takes_controls(int fd) {
  const std::string_view terminal = environment("TERM");
  return isatty(fd) != 0 && !terminal.empty() && terminal != "dumb";
}

bool wants_color(ColorWhen when, int fd) {
  if (when != ColorWhen::automatic) return when == ColorWhen::always;
  return environment("NO_COLOR").empty() && takes_controls(fd);
}

std::string dim(const std::string& text) {
  return colored("\x1b[2m", text);
}

std::string red(const std::string& text) {
  return colored("\x1b[31m", text);
}

std::string bold_red(const std::string& text) {
  return colored("\x1b[1;31m", text);
}

}  // namespace logbuf::cli
