// What somebody perhaps meant who has mistyped a word.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace logbuf::cli {

// Which of the words were perhaps meant, the nearest first, then by the alphabet.
std::vector<std::string> near_words(std::string_view word, const std::vector<std::string>& words);

// "; near it: 'cat', 'ctl'", to be said behind "there is no command 'cta'"; empty where nothing is near. `before` is
// shown before each of them, and neither in word nor in words.
std::string near_it(std::string_view word, const std::vector<std::string>& words, std::string_view before = "");

}  // namespace logbuf::cli
