// A number and its unit: what sizes and durations have in common.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace logbuf::cli {

struct Unit {
  std::string_view name;
  std::uint64_t worth;
};

// "64M" is 64 and "M". Nothing if `text` does not begin with a decimal number.
struct Amount {
  std::uint64_t number;
  std::string_view unit;
  bool overflow;  // more than 64 bits hold; `number` means nothing
};
std::optional<Amount> split_amount(std::string_view text);

// `number` in the largest of `units` (ascending, the first worth 1) that it fills, with one decimal if it
// takes one: "64M", "1.5G". Rounded to the nearest, so it is for people and not for reading back.
std::string format_amount(std::uint64_t number, std::span<const Unit> units);

// `number` in the largest of `units` that it is a whole number of: "64M", "1536M". For reading back.
std::string exact_amount(std::uint64_t number, std::span<const Unit> units);

}  // namespace logbuf::cli
