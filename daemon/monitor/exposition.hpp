// Prometheus' text format, version 0.0.4: families of samples.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace logbuf::archiver {

using Labels = std::vector<std::pair<std::string_view, std::string>>;

class Exposition {
 public:
  enum class Type { counter, gauge, summary };

  // The samples that follow are of this family.
  void family(std::string_view name, Type type, std::string_view help);
  // `suffix`: _sum or _count, of a summary.
  void sample(const Labels& labels, std::uint64_t value, std::string_view suffix = {});
  void sample(const Labels& labels, double value, std::string_view suffix = {});

  // Only families that have samples are in it.
  std::string text() && { return std::move(text_); }

 private:
  void line(const Labels& labels, const std::string& value, std::string_view suffix);

  std::string name_;
  std::string head_;  // of the family, until it has a sample
  std::string text_;
};

}  // namespace logbuf::archiver
