#include <unistd.h>

#include <clocale>

#include "curses_terminal.hpp"
#include "layout.hpp"
#include "options.hpp"
#include "output.hpp"
#include "report.hpp"
#include "signals.hpp"
#include "terminal.hpp"
#include "time_text.hpp"

namespace logbuf::stat {
namespace {

using Clock = std::chrono::steady_clock;
using Woken = Signals::Woken;

// Rings, looked at as often as is asked for. The first look has no rates.
class Looks {
 public:
  explicit Looks(const Options& o) : watch_(o.rings) {}

  void look() {
    at_ = Clock::now();
    model_.take(watch_.look(), cli::now_ns());
    ++count_;
  }
  const Model& model() const { return model_; }
  Clock::time_point at() const { return at_; }
  // Those with something to compare with.
  bool are_done(const Options& o, std::uint64_t unless_told) const {
    const std::uint64_t most = o.count ? o.count->number : o.once ? 1 : unless_told;
    return most != 0 && count_ > most;
  }

 private:
  rings::Watch watch_;
  Model model_;
  Clock::time_point at_;
  std::uint64_t count_ = 0;
};

constexpr std::uint64_t kWithoutEnd = 0;

cli::ExitCode print(const Options& o) {
  const std::uint64_t unless_told = o.json ? kWithoutEnd : 1;
  const Charset charset = charset_of_locale();
  Signals signals;
  cli::Output out;
  Looks looks(o);
  looks.look();
  for (bool first = true; !looks.are_done(o, unless_told); first = false) {
    if (signals.wait_until(looks.at() + o.interval.time) == Woken::stop) break;
    if (Clock::now() < looks.at() + o.interval.time) continue;
    looks.look();
    if (!o.json && !first) out.put('\n');
    out.put(o.json ? json_line(looks.model()) : table_text(looks.model(), charset));
    if (!out.flush()) break;
  }
  return out.finish();
}

// False: the program is to end. Takes all the keys that are there.
bool take_keys(Terminal& terminal, View& view, const Model& model) {
  auto key = terminal.key();
  // What can be read and is no key: the end of the input.
  if (!key) return false;
  for (; key; key = terminal.key()) {
    if (key->kind == Key::Kind::redraw) terminal.redraw_all();
    if (!view.press(*key, model)) return false;
  }
  return true;
}

cli::ExitCode show(const Options& o) {
  Signals signals;
  Looks looks(o);
  View view(o.interval.time);
  Terminal terminal;
  looks.look();
  while (!looks.are_done(o, kWithoutEnd)) {
    terminal.draw(lay_out(looks.model(), view, terminal.size(), terminal.charset()));
    const auto next = view.paused() ? Clock::time_point::max() : looks.at() + view.interval();
    switch (signals.wait_until(next, STDIN_FILENO)) {
      case Woken::stop:
      case Woken::hung_up: return cli::ExitCode::ok;
      case Woken::resized: terminal.resize(); break;
      case Woken::readable:
        if (!take_keys(terminal, view, looks.model())) return cli::ExitCode::ok;
        break;
      case Woken::time: looks.look(); break;
    }
  }
  return cli::ExitCode::ok;
}

cli::ExitCode work(const Options& o) {
  // Characters as the terminal has them; numbers stay as they are.
  std::setlocale(LC_CTYPE, "");
  check(o);
  const bool on_a_screen = !o.once && !o.json && cli::takes_controls(STDOUT_FILENO) && isatty(STDIN_FILENO) == 1;
  return on_a_screen ? show(o) : print(o);
}

}  // namespace
}  // namespace logbuf::stat

int main(int argc, char** argv) {
  using namespace logbuf;
  stat::Options options;
  return cli::run(argc, argv, stat::program(options), [&](const auto&) { return stat::work(options); });
}
