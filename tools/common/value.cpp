#include "value.hpp"

#include "amount.hpp"
#include "duration.hpp"
#include "size.hpp"
#include "text.hpp"

namespace logbuf::cli {
namespace {

namespace po = boost::program_options;

// Boost replaces %names% in an error's text: what comes from outside must not look like one.
std::string without_placeholders(std::string text) {
  for (char& c : text) {
    if (c == '%') c = '?';
  }
  return text;
}

std::string single(const boost::any& out, const std::vector<std::string>& values) {
  po::validators::check_first_occurrence(out);
  return po::validators::get_single_string(values);
}

}  // namespace

BadValue::BadValue(const std::string& what)
    : error_with_option_name("%canonical_option%: " + without_placeholders(what)) {}

void validate(boost::any& out, const std::vector<std::string>& values, Size*, int) {
  const auto size = parse_size(single(out, values));
  if (!size) throw BadValue(size.error());
  out = Size{*size};
}

void validate(boost::any& out, const std::vector<std::string>& values, Duration*, int) {
  const auto time = parse_duration(single(out, values));
  if (!time) throw BadValue(time.error());
  out = Duration{*time};
}

void validate(boost::any& out, const std::vector<std::string>& values, Count*, int) {
  const std::string text = single(out, values);
  const auto amount = split_amount(text);
  if (!amount || !amount->unit.empty()) throw BadValue("'" + escape(text) + "' is not a whole number from 0 on");
  if (amount->overflow) throw BadValue("'" + escape(text) + "' is more than 64 bits can count");
  out = Count{amount->number};
}

std::ostream& operator<<(std::ostream& out, Size value) {
  return out << format_size(value.bytes);
}
std::ostream& operator<<(std::ostream& out, Duration value) {
  return out << format_duration(value.time);
}
std::ostream& operator<<(std::ostream& out, Count value) {
  return out << value.number;
}

}  // namespace logbuf::cli
