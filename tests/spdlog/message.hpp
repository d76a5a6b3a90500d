// What a thread of the peer logs: message n of thread t in process p, which anybody can make again from (p, t, n)
// alone.
#pragma once

#include <fmt/format.h>
#include <spdlog/common.h>

#include <cstdint>
#include <string>

namespace test {

struct Message {
  unsigned process = 0;
  unsigned thread = 0;
  std::uint64_t n = 0;

  spdlog::level::level_enum level() const {
    return static_cast<spdlog::level::level_enum>((n * 7 + thread) % spdlog::level::off);
  }
  // Mostly short; some of thousands of bytes.
  std::string text() const {
    std::uint64_t random = (std::uint64_t{process} << 56) ^ (std::uint64_t{thread} << 48) ^ n;
    random = (random ^ (random >> 30)) * 0xbf58'476d'1ce4'e5b9ULL;
    random = (random ^ (random >> 27)) * 0x94d0'49bb'1331'11ebULL;
    random ^= random >> 31;
    const std::uint64_t length = random % (random >> 56 == 0 ? 6000 : 90);
    return std::string(length, static_cast<char>('a' + random % 26));
  }
  // As the peer's pattern has it.
  std::string line() const {
    const auto name = spdlog::level::to_string_view(level());
    return fmt::format("{} {} {} [{}] {}|", process, thread, n, std::string_view(name.data(), name.size()), text());
  }
};

}  // namespace test
