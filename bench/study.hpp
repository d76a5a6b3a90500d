// A measurement that stands for itself: what came out, for people and for programs.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "check.hpp"
#include "machine.hpp"
#include "machine_json.hpp"
#include "runner.hpp"

namespace logbuf::bench {

struct Study {
  std::string text;
  nlohmann::ordered_json json;
  std::vector<Ratio> ratios = {};  // for --check
};

// What is said of all of them before the figures.
inline Study begin_study(const Machine& machine, const Runner& runner) {
  Study study{
      .text = as_text(machine) + "placement  " + runner.placement().describe() + "\n", .json = {}, .ratios = {}};
  add_machine(study.json, machine);
  study.json["placement"] = runner.placement().describe();
  return study;
}

}  // namespace logbuf::bench
