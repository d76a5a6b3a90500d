// How fast is an archive read, beside cat of the same files? And what depends on its size: recovery, and finding a
// record.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "options.hpp"
#include "report.hpp"
#include "rounds.hpp"
#include "runner.hpp"

namespace logbuf::bench_archive {

Reading measure_reading(Runner& runner, const Options& options, bench::Rounds::Clock::time_point deadline);

void append_method_of_reading(std::string& text, const Report& report);
void append_reading(std::string& text, const Report& report);
nlohmann::ordered_json reading_as_json(const Reading& reading);

}  // namespace logbuf::bench_archive
