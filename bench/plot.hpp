// The results as pictures: for each kind of ring and number of producers, throughput and cost by payload, with the
// references beside them.
#pragma once

#include <filesystem>
#include <string>

namespace logbuf::bench {

// Before the long work: a directory that cannot be made is better known now.
void make_plot_directory(const std::filesystem::path& directory);

// `json`: what as_json() has made, in this run or in an earlier one.
void plot(const std::string& json, const std::filesystem::path& directory);
void plot_file(const std::filesystem::path& json, const std::filesystem::path& directory);

}  // namespace logbuf::bench
