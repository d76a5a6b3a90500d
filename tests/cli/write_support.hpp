// Running logbuf-write.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "ring.hpp"
#include "run.hpp"

using Lines = std::vector<std::string>;

inline std::vector<std::string> writer(const std::vector<std::string>& words) {
  std::vector<std::string> all{LOGBUF_WRITE};
  all.insert(all.end(), words.begin(), words.end());
  return all;
}

inline Ended write(const std::vector<std::string>& words, std::string_view input = "") {
  return run(writer(words), input);
}

inline std::string says(const std::string& sentence) {
  return "logbuf-write: " + sentence + "\n";
}
