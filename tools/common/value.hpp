// The types of option values: po::value<Size>(&options.capacity)->value_name("SIZE"). Boost.Program_options
// finds validate() by the type, and a wrong value ends in a sentence that names the option.
//
// std::optional<Size> and the like stay empty when the option is not given. default_value() is shown as
// people write it.
#pragma once

#include <boost/any.hpp>
#include <boost/program_options.hpp>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace logbuf::cli {

// 64K, 64M, 1G: see size.hpp.
struct Size {
  std::uint64_t bytes = 0;
};

// 250us, 10ms, 2h: see duration.hpp.
struct Duration {
  std::chrono::nanoseconds time{0};
};

// A whole number from 0 on; unlike po::value<unsigned> it does not take -1 for a very large one.
struct Count {
  std::uint64_t number = 0;
};

template <typename T>
concept OptionValue = std::same_as<T, Size> || std::same_as<T, Duration> || std::same_as<T, Count>;

// Thrown by what reads a value: Boost adds which option it was, and `what` says the rest.
class BadValue : public boost::program_options::error_with_option_name {
 public:
  explicit BadValue(const std::string& what);
};

void validate(boost::any& out, const std::vector<std::string>& values, Size*, int);
void validate(boost::any& out, const std::vector<std::string>& values, Duration*, int);
void validate(boost::any& out, const std::vector<std::string>& values, Count*, int);

template <OptionValue T>
void validate(boost::any& out, const std::vector<std::string>& values, std::optional<T>*, int) {
  boost::any value;
  validate(value, values, static_cast<T*>(nullptr), 0);
  if (!out.empty()) boost::program_options::validators::check_first_occurrence(out);
  out = std::optional<T>(boost::any_cast<T>(value));
}

std::ostream& operator<<(std::ostream& out, Size value);
std::ostream& operator<<(std::ostream& out, Duration value);
std::ostream& operator<<(std::ostream& out, Count value);

}  // namespace logbuf::cli
