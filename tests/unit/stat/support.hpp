// Rings as a look sees them, made by hand.
#pragma once

#include <doctest/doctest.h>
#include <clocale>

#include <string>
#include <utility>
#include <vector>

#include "layout.hpp"
#include "model.hpp"
#include "view.hpp"

namespace stat_test {

using namespace logbuf::stat;
using logbuf::rings::Watched;

constexpr std::int64_t now_ns = 1'795'323'967'000'000'000;

// What a terminal with UTF-8 is told by its locale.
inline void use_utf8() {
  REQUIRE(std::setlocale(LC_CTYPE, "C.UTF-8") != nullptr);
}

// A ring of 1000 bytes, a quarter of it taken, with a living consumer.
inline Watched ring(const std::string& name) {
  Watched watched;
  watched.name = name;
  watched.look.emplace();
  auto& look = *watched.look;
  look.info.name = name;
  look.info.capacity = 1000;
  look.info.max_producers = 4;
  look.fill_bytes = 250;
  look.unread_bytes = 250;
  look.records_waiting = 7;
  look.status.consumer = logbuf::EndStatus{.pid = 71, .alive = true, .name = "reader"};
  watched.rates = logbuf::rings::Rates{.records = 12'345, .bytes = 1'500'000, .refused = 0, .aborted = 0};
  watched.consumer_lag = logbuf::rings::Lag{.time = std::chrono::milliseconds(1500), .perhaps_longer = false};
  return watched;
}

inline logbuf::ProducerStatus producer(std::uint16_t slot, const std::string& name, bool alive = true) {
  logbuf::ProducerStatus status;
  status.slot = slot;
  status.name = name;
  status.pid = 4000u + slot;
  status.alive = alive;
  status.records = 100u + slot;
  return status;
}

// One that its consumer waits for at `position`.
inline Watched blocked_ring(const std::string& name, logbuf::Position position) {
  Watched watched = ring(name);
  watched.look->status.blocked = logbuf::BlockedStatus{.position = position, .since_ns = 1, .slot = std::uint16_t{3}};
  watched.look->status.producers.push_back(producer(3, "slow"));
  return watched;
}

inline Model model_of(const std::vector<Watched>& rings) {
  Model model;
  model.take(rings, now_ns);
  return model;
}

inline View view() {
  return View(std::chrono::seconds(1));
}

inline void type(View& view, const Model& model, const std::string& text) {
  for (const char c : text) REQUIRE(view.press({Key::Kind::character, c}, model));
}

inline std::vector<std::string> names(const View& view, const Model& model) {
  std::vector<std::string> all;
  for (const Ring* each : view.rings(model)) all.push_back(each->now.name);
  return all;
}

// As a terminal of this size shows it; every line is checked to be as wide.
inline std::vector<std::string> screen(const Model& model, const View& chosen, Size size = {80, 24},
                                       Charset charset = Charset::utf8) {
  std::vector<std::string> lines;
  for (const Line& line : lay_out(model, chosen, size, charset)) {
    lines.push_back(text_of(line));
    CAPTURE(lines.back());
    CHECK(width_of(lines.back()) == size.columns);
  }
  CHECK(lines.size() == size.rows);
  return lines;
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// The first line that holds this; empty: none does.
inline std::string line_with(const std::vector<std::string>& lines, const std::string& part) {
  for (const std::string& line : lines) {
    if (contains(line, part)) return line;
  }
  return "";
}

}  // namespace stat_test
