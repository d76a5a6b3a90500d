// What the tests of logbuf-archive share beside what those of logbuf-cat have.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "cat_support.hpp"

inline Ended archive_tool(const Words& words) {
  Words all{LOGBUF_ARCHIVE};
  all.insert(all.end(), words.begin(), words.end());
  return run(all);
}

inline nlohmann::json as_json(const Ended& ended) {
  return nlohmann::json::parse(ended.out);
}
