// A program on a terminal: tmux is the terminal, with a server of its own that ends with the test.
//
// What is waited for is on the screen, or the test fails at the time limit.
#pragma once

#include <doctest/doctest.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "run.hpp"

class Tmux {
 public:
  // False, and says so: there is no tmux here.
  static bool is_there() {
    if (run({"/bin/sh", "-c", "command -v tmux"}).status == 0) return true;
    MESSAGE("not run: no tmux here");
    return false;
  }

  // Runs `command` of a shell, and when it has ended, shows how the terminal is set, and "ended CODE".
  Tmux(unsigned columns, unsigned rows, const std::string& command, const std::string& locale = "C.UTF-8") {
    REQUIRE(mkdtemp(directory_.data()) != nullptr);
    // If nobody is left to end it, it ends by itself.
    const std::string watched = "timeout --foreground 300 env LC_ALL=" + locale + " " + command +
                                "; code=$?; stty -a; echo \"ended $code\"; cat >/dev/null";
    tmux({"new-session", "-d", "-x", std::to_string(columns), "-y", std::to_string(rows), watched});
  }
  Tmux(const Tmux&) = delete;
  Tmux& operator=(const Tmux&) = delete;
  ~Tmux() {
    // First the program: where its terminal goes, a leak sanitizer's check is left half done, and spins.
    run(words({"send-keys", "C-c"}));
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    for (Ended screen; std::chrono::steady_clock::now() < limit;) {
      screen = run(words({"capture-pane", "-p"}));
      if (screen.status != 0 || contains(screen.out, "ended ")) break;
    }
    run(words({"kill-server"}));
    std::filesystem::remove_all(directory_);
  }

  // Keys by tmux's names: Up, Enter, C-c; other words are typed.
  void press(const std::vector<std::string>& keys) {
    std::vector<std::string> all{"send-keys"};
    all.insert(all.end(), keys.begin(), keys.end());
    tmux(all);
  }
  void resize(unsigned columns, unsigned rows) {
    tmux({"resize-window", "-x", std::to_string(columns), "-y", std::to_string(rows)});
  }
  // What the screen shows now; lines without the blanks at their ends.
  std::string text() { return tmux({"capture-pane", "-p"}); }
  // The same with colours.
  std::string coloured() { return tmux({"capture-pane", "-p", "-e"}); }
  std::string ask(const std::string& format) { return tmux({"display-message", "-p", format}); }

  // Gone with it; its environment calls it TMUX_TMPDIR.
  const std::string& directory() const { return directory_; }

  // Waits until one screen has all of these.
  template <typename... Parts>
  std::string wait_for(const Parts&... parts) {
    const std::vector<std::string> all{std::string(parts)...};
    return wait_until(all.front(), [&](const std::string& screen) {
      return std::ranges::all_of(all, [&](const std::string& part) { return contains(screen, part); });
    });
  }
  template <typename Condition>
  std::string wait_until(const std::string& what, Condition condition) {
    const auto limit = std::chrono::steady_clock::now() + Program::time_limit;
    for (;;) {
      std::string screen = text();
      if (condition(screen)) return screen;
      INFO("waiting for: ", what);
      INFO("the screen:\n", screen);
      REQUIRE(std::chrono::steady_clock::now() < limit);
      std::this_thread::sleep_for(std::chrono::milliseconds(10));  // tmux, too, wants to run
    }
  }

 private:
  std::vector<std::string> words(const std::vector<std::string>& command) const {
    std::vector<std::string> all{"env",  "-u", "TMUX",     "TMUX_TMPDIR=" + directory_, "tmux", "-u", "-L",
                                 "test", "-f", "/dev/null"};
    all.insert(all.end(), command.begin(), command.end());
    return all;
  }
  std::string tmux(const std::vector<std::string>& command) {
    const Ended ended = run(words(command));
    INFO("tmux ", command.front(), ": ", ended.err);
    REQUIRE(ended.status == 0);
    return ended.out;
  }

  std::string directory_ = std::filesystem::temp_directory_path() / "logbuf-tmux-XXXXXX";
};
