#include "curses_terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#define NCURSES_NOMACROS 1
#include <curses.h>

#include "failure.hpp"
#include "terminal.hpp"
#include "terminfo.hpp"
#include "text.hpp"

namespace logbuf::stat {
namespace {

constexpr short kGreen = 1;
constexpr short kRed = 2;
constexpr short kCyan = 3;
// How long an Esc may be the beginning of a key's sequence.
constexpr int kEscape_ms = 50;

std::optional<Key> key_of(int code) {
  using Kind = Key::Kind;
  switch (code) {
    case ERR: return std::nullopt;
    case KEY_UP: return Key{Kind::up};
    case KEY_DOWN: return Key{Kind::down};
    case KEY_PPAGE: return Key{Kind::page_up};
    case KEY_NPAGE: return Key{Kind::page_down};
    case KEY_HOME: return Key{Kind::home};
    case KEY_END: return Key{Kind::end};
    case KEY_ENTER:
    case '\r':
    case '\n': return Key{Kind::enter};
    case KEY_BACKSPACE:
    case 0x7f:
    case '\b': return Key{Kind::backspace};
    case 0x1b: return Key{Kind::escape};
    case 'L' & 0x1f: return Key{Kind::redraw};
    default: break;
  }
  if (code >= ' ' && code < 0x7f) return Key{Kind::character, static_cast<char>(code)};
  return Key{Kind::other};
}

}  // namespace

struct Terminal::State {
  SCREEN* screen = nullptr;
  bool colours = false;

  attr_t attributes_of(Style style) const {
    const auto pair = [&](short number) { return colours ? static_cast<attr_t>(COLOR_PAIR(number)) : A_NORMAL; };
    switch (style) {
      case Style::normal: return A_NORMAL;
      case Style::dim: return A_DIM;
      case Style::bold: return A_BOLD;
      case Style::bar: return pair(kCyan);
      case Style::good: return pair(kGreen);
      case Style::full_bar:
      case Style::bad: return pair(kRed) | A_BOLD;
      case Style::title: break;
    }
    return A_NORMAL;
  }
};

Terminal::Terminal() : state_(std::make_unique<State>()) {
  charset_ = charset_of_locale();
  if (terminal_is_known()) state_->screen = ::newterm(nullptr, stdout, stdin);
  if (state_->screen == nullptr) {
    const char* const kind = std::getenv("TERM");
    cli::die("the terminal's kind is not known here (TERM is '" + cli::escape(kind == nullptr ? "" : kind) +
                 "'): set TERM, or take -1 or --json",
             cli::ExitCode::usage);
  }
  ::cbreak();
  ::noecho();
  ::nonl();
  ::curs_set(0);
  ::set_escdelay(kEscape_ms);
  ::keypad(::stdscr, true);
  ::nodelay(::stdscr, true);
  ::leaveok(::stdscr, true);
  if (cli::wants_color(cli::ColorWhen::automatic, STDOUT_FILENO) && ::has_colors()) {
    state_->colours = true;
    ::start_color();
    ::use_default_colors();
    ::init_pair(kGreen, COLOR_GREEN, -1);
    ::init_pair(kRed, COLOR_RED, -1);
    ::init_pair(kCyan, COLOR_CYAN, -1);
  }
}

Terminal::~Terminal() {
  ::endwin();
  ::delscreen(state_->screen);
}

Size Terminal::size() const {
  return {static_cast<std::size_t>(std::max(::getmaxx(::stdscr), 1)),
          static_cast<std::size_t>(std::max(::getmaxy(::stdscr), 1))};
}

void Terminal::draw(const std::vector<Line>& lines) {
  ::erase();
  for (int y = 0; y < static_cast<int>(lines.size()); ++y) {
    const Line& line = lines[static_cast<std::size_t>(y)];
    ::move(y, 0);
    for (const Span& span : line.spans) {
      ::attrset(static_cast<int>(state_->attributes_of(span.style) | (is_reversed(line, span) ? A_REVERSE : A_NORMAL)));
      ::addnstr(span.text.data(), static_cast<int>(span.text.size()));
    }
  }
  ::refresh();
}

void Terminal::resize() {
  winsize now{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &now) != 0 || now.ws_row == 0 || now.ws_col == 0) return;
  ::resizeterm(now.ws_row, now.ws_col);
}

void Terminal::redraw_all() {
  ::clearok(::stdscr, true);
}

std::optional<Key> Terminal::key() {
  for (;;) {
    const int code = ::getch();
    // Told by resize() itself.
    if (code == KEY_RESIZE) continue;
    return key_of(code);
  }
}

}  // namespace logbuf::stat
