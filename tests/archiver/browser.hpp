// A page in a headless Chromium, driven through its DevTools pipe.
#pragma once

#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <vector>

#include "archiver.hpp"

namespace test {

class Browser {
 public:
  // False where there is no Chromium, and that has been said.
  static bool is_there();
  Browser();
  Browser(const Browser&) = delete;
  Browser& operator=(const Browser&) = delete;
  ~Browser();

  // Loads the page in a view of this size.
  void open(const std::string& url, int width, int height, bool dark = false);
  // The value of a JavaScript expression in it.
  nlohmann::json value(const std::string& expression);
  // What the page has complained of so far: errors, warnings, refusals.
  const Lines& complaints() const { return complaints_; }

 private:
  nlohmann::json call(const std::string& method, const nlohmann::json& parameters);
  nlohmann::json receive();

  TemporaryDirectory profile_;
  int to_ = -1;
  int from_ = -1;
  std::unique_ptr<Program> program_;
  std::string session_;
  std::string received_;
  int last_id_ = 0;
  Lines complaints_;
};

}  // namespace test
