#include "near_words.hpp"

#include <algorithm>
#include <utility>

namespace logbuf::cli {
namespace {

// How many letters must be put in, left out, changed, or changed for their neighbours, to make one of the other.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> steps(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        steps[i][j] = i + j;
        continue;
      }
      const std::size_t changed = steps[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      steps[i][j] = std::min({changed, steps[i - 1][j] + 1, steps[i][j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        steps[i][j] = std::min(steps[i][j], steps[i - 2][j - 2] + 1);
    }
  }
  return steps[a.size()][b.size()];
}

}  // namespace

std::vector<std::string> near_words(std::string_view word, const std::vector<std::string>& words) {
  constexpr std::size_t longest = 64;  // what is longer is no slip of the finger
  std::vector<std::pair<std::size_t, std::string>> near;
  for (const std::string& each : words) {
    if (word.size() > longest) break;
    const std::size_t steps = distance(word, each);
    const bool begun = !word.empty() && each.starts_with(word);
    // Of two letters one that is right is no likeness.
    if (begun || (steps <= 2 && steps < each.size() && steps < word.size())) near.emplace_back(begun ? 0 : steps, each);
  }
  std::ranges::sort(near);
  std::vector<std::string> best;
  for (auto& [steps, each] : near) best.push_back(std::move(each));
  return best;
}

std::string near_it(std::string_view word, const std::vector<std::string>& words, std::string_view before) {
  std::string text;
  for (const std::string& each : near_words(word, words)) {
    text += text.empty() ? "; near it: '" : ", '";
    text.append(before).append(each) += '\'';
  }
  return text;
}

}  // namespace logbuf::cli
