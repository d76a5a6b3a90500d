#include "text_lines.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "failure.hpp"
#include "random.hpp"

namespace logbuf::bench_archive {
namespace {

constexpr std::size_t kMostText = std::size_t{64} << 20;  // bytes
constexpr std::size_t kSyntheticLines = 100'000;
constexpr std::size_t kLongestLine = 64 * 1024;  // bytes: it has to fit in the ring many times

std::string synthetic() {
  constexpr std::array levels = {"INFO", "INFO", "INFO", "DEBUG", "WARN"};
  constexpr std::array paths = {"/api/v1/orders", "/api/v1/orders/items", "/api/v1/users/session", "/health",
                                "/static/app.js"};
  constexpr std::array modules = {"http", "orders.store", "auth", "cache", "scheduler"};
  bench::Random random(1);
  const auto pick = [&](const auto& list) { return list[random.next() % list.size()]; };
  std::string text;
  std::uint64_t time_us = 1'700'000'000'000'000;
  for (std::size_t i = 0; i < kSyntheticLines; ++i) {
    time_us += random.next() % 2000;
    char line[256];
    std::snprintf(line, sizeof line, "%llu.%06llu %s %s request=%016llx user=%llu path=%s status=%d took_us=%llu\n",
                  static_cast<unsigned long long>(time_us / 1'000'000),
                  static_cast<unsigned long long>(time_us % 1'000'000), pick(levels), pick(modules),
                  static_cast<unsigned long long>(random.next()), static_cast<unsigned long long>(random.next() % 5000),
                  pick(paths), random.next() % 50 == 0 ? 500 : 200,
                  static_cast<unsigned long long>(random.next() % 90'000));
    text += line;
  }
  return text;
}

std::string first_part_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) cli::die("--text " + path + ": " + std::strerror(errno), cli::ExitCode::usage);
  std::string text(kMostText, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.find_first_not_of('\n') == std::string::npos)
    cli::die("--text " + path + ": there is no line in it", cli::ExitCode::usage);
  return text;
}

}  // namespace

TextLines::TextLines(const std::string& file) : text_(file.empty() ? synthetic() : first_part_of(file)) {
  if (text_.back() != '\n') text_ += '\n';
}

std::span<const std::byte> TextLines::next() noexcept {
  for (;;) {
    if (at_ == text_.size()) at_ = 0;
    const std::size_t from = at_;
    at_ = text_.find('\n', from) + 1;
    const std::size_t length = std::min(at_ - 1 - from, kLongestLine);
    // An empty line is no record.
    if (length != 0) return std::as_bytes(std::span(text_).subspan(from, length));
  }
}

}  // namespace logbuf::bench_archive
