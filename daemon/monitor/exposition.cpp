#include "exposition.hpp"

#include <array>
#include <charconv>

#include "text.hpp"

namespace logbuf::archiver {
namespace {

// Whatever bytes a name has, this is UTF-8 in one line: what is not, and what is no text, is shown as \xNN.
std::string label_text(std::string_view value) {
  std::string text;
  for (const char c : cli::escape(value)) {
    if (c == '\\' || c == '"') text += '\\';
    text += c;
  }
  return text;
}

}  // namespace

void Exposition::family(std::string_view name, Type type, std::string_view help) {
  constexpr std::array<std::string_view, 3> types = {"counter", "gauge", "summary"};
  name_ = name;
  head_ = "# HELP " + name_ + " " + std::string(help) + "\n# TYPE " + name_ + " " +
          std::string(types.at(static_cast<std::size_t>(type))) + "\n";
}

void Exposition::sample(const Labels& labels, std::uint64_t value, std::string_view suffix) {
  line(labels, std::to_string(value), suffix);
}

void Exposition::sample(const Labels& labels, double value, std::string_view suffix) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  line(labels, std::string(text.data(), end), suffix);
}

void Exposition::line(const Labels& labels, const std::string& value, std::string_view suffix) {
  text_ += std::exchange(head_, {});
  text_ += name_;
  text_ += suffix;
  char before = '{';
  for (const auto& [name, of] : labels) {
    text_ += std::exchange(before, ',');
    text_ += name;
    text_ += "=\"" + label_text(of) + "\"";
  }
  if (!labels.empty()) text_ += '}';
  text_ += ' ' + value + '\n';
}

}  // namespace logbuf::archiver
