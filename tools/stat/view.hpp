// What the person before the screen has chosen to see, and what each key does about it.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "model.hpp"

namespace logbuf::stat {

struct Key {
  enum class Kind { character, up, down, page_up, page_down, home, end, enter, escape, backspace, redraw, other };
  Kind kind = Kind::other;
  char character = 0;  // ASCII
};

enum class SortBy { name, fill, records, bytes, lag, behind, lost, state };
std::string word_for(SortBy by);

class View {
 public:
  static constexpr auto shortest_interval = std::chrono::milliseconds(100);
  static constexpr auto longest_interval = std::chrono::hours(24);

  explicit View(std::chrono::nanoseconds interval) : interval_(interval) {}

  // False: the program is to end.
  bool press(Key key, const Model& model);

  // Those that the filter lets through, in the chosen order. They live as long as the model is not told anything new.
  std::vector<const Ring*> rings(const Model& model) const;
  // Which of them is selected. 0 also where there are none.
  std::size_t selected(const std::vector<const Ring*>& rings) const;

  SortBy sort_by() const { return sort_by_; }
  bool reversed() const { return reversed_; }
  const std::string& filter() const { return filter_; }
  bool typing() const { return typing_; }  // a filter is being typed
  bool paused() const { return paused_; }
  bool helping() const { return helping_; }
  std::chrono::nanoseconds interval() const { return interval_; }

 private:
  bool command(char key);
  void type(Key key);
  void move(std::ptrdiff_t by, const Model& model);
  void step_interval(bool longer);

  std::string selected_;  // a name, which stays selected wherever it is
  SortBy sort_by_ = SortBy::name;
  bool reversed_ = false;
  std::string filter_;
  std::string filter_before_;  // to come back to
  bool typing_ = false;
  bool paused_ = false;
  bool helping_ = false;
  std::chrono::nanoseconds interval_;
};

}  // namespace logbuf::stat
