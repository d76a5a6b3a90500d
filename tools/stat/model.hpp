// The rings as the screen shows them: those of the last look, and what that look alone does not say.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cells.hpp"
#include "watch.hpp"

namespace logbuf::stat {

struct Ring {
  rings::Watched now;
  // Its consumer stands before an unfinished claim, and did so at the last look, too: not just a claim in flight.
  bool held_up = false;
  unsigned gone_looks = 0;  // for how many looks it has been gone; 0: it is there
};

enum class Grade { fine, note, bad };

struct State {
  std::string text;
  Grade grade;
};

// "running", "closed", "no consumer", "dead consumer NAME (pid)", "blocked by NAME (pid)", "quarantined", "damaged",
// "removed", or why it cannot be opened.
State state_of(const Ring& ring, Charset charset);

// The text of its grade alone, for where there are no colours: "!" is bad.
std::string mark_of(Grade grade);

class Model {
 public:
  // What was seen at `now_ns` (since 1970-01-01 UTC).
  void take(std::vector<rings::Watched> seen, std::int64_t now_ns);

  // By name. A ring that went is among them for some looks more.
  const std::vector<Ring>& rings() const { return rings_; }
  std::int64_t time_ns() const { return time_ns_; }
  // What was different at the last look that saw anything different: "15:04:05 orders: removed". Names are not escaped.
  const std::string& news() const { return news_; }

 private:
  std::vector<Ring> rings_;
  std::int64_t time_ns_ = 0;
  std::string news_;
  bool first_ = true;
};

}  // namespace logbuf::stat
