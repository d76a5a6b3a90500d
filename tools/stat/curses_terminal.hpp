// The terminal, by ncurses. All that knows of it is here.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "layout.hpp"
#include "lines.hpp"
#include "view.hpp"

namespace logbuf::stat {

// Takes the whole screen; gives it back as it was when it is destroyed. One at a time, in one thread.
class Terminal {
 public:
  // Throws cli::Stop where the terminal is of no known kind.
  Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal();

  Size size() const;
  Charset charset() const { return charset_; }
  void draw(const std::vector<Line>& lines);
  // Takes on the size that the terminal has now.
  void resize();
  // After somebody else has written on the screen.
  void redraw_all();
  // The next key, if one was pressed; does not wait, but for the rest of an escape sequence.
  std::optional<Key> key();

 private:
  struct State;
  std::unique_ptr<State> state_;
  Charset charset_;
};

}  // namespace logbuf::stat
