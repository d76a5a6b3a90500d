// Which sealed files have to go: the rules alone, without files.
#include "retention.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <limits>

namespace test {
namespace {

using namespace std::chrono_literals;
using logbuf::archiver::beyond_limits;
using logbuf::archiver::Limit;
using logbuf::archiver::SealedFiles;
using logbuf::archiver::to_free;

constexpr std::int64_t kNow_ns = 1'000'000;
using Limits = std::vector<Limit>;

struct Of {
  std::uint64_t bytes;
  std::int64_t newest_ns;
};

// The last one is the archive's last, unless a file in use follows it.
SealedFiles files(const std::vector<Of>& all, bool one_in_use = true) {
  SealedFiles sealed;
  for (const Of& of : all) {
    sealed.emplace_back();
    sealed.back().bytes = of.bytes;
    sealed.back().newest_ns = of.newest_ns;
  }
  if (!sealed.empty()) sealed.back().last = !one_in_use;
  return sealed;
}

Limits by_size(const SealedFiles& sealed, std::uint64_t bytes) {
  return beyond_limits(sealed, {.size_bytes = bytes, .age = {}, .min_free_bytes = {}}, kNow_ns);
}
Limits by_age(const SealedFiles& sealed, std::chrono::nanoseconds age) {
  return beyond_limits(sealed, {.size_bytes = {}, .age = age, .min_free_bytes = {}}, kNow_ns);
}

}  // namespace

TEST_CASE("without a limit no file goes") {
  CHECK(beyond_limits(files({{10, 0}, {10, 0}}), {}, kNow_ns).empty());
  CHECK(by_size({}, 0).empty());
}

TEST_CASE("by size the oldest go until the rest fits") {
  const auto sealed = files({{10, 0}, {20, 0}, {30, 0}});
  CHECK(by_size(sealed, 60).empty());
  CHECK(by_size(sealed, 59) == Limits{Limit::size});
  CHECK(by_size(sealed, 50) == Limits{Limit::size});
  CHECK(by_size(sealed, 49) == Limits{Limit::size, Limit::size});
  CHECK(by_size(sealed, 0).size() == 3);
}

TEST_CASE("by age those go whose newest record is older") {
  const auto sealed = files({{1, kNow_ns - 30}, {1, kNow_ns - 20}, {1, kNow_ns - 10}});
  CHECK(by_age(sealed, 30ns).empty());
  CHECK(by_age(sealed, 29ns) == Limits{Limit::age});
  CHECK(by_age(sealed, 15ns) == Limits{Limit::age, Limit::age});
  CHECK(by_age(sealed, 0ns).size() == 3);
}

TEST_CASE("no file goes before one that is older in the archive, whatever its records' clocks say") {
  CHECK(by_age(files({{1, kNow_ns}, {1, 0}}), 10ns).empty());
  CHECK(by_age(files({{1, kNow_ns + 999}, {1, 0}}), 0ns).empty());
}

TEST_CASE("a time that no clock can have said removes nothing by itself, and counts as old") {
  const std::int64_t earliest = std::numeric_limits<std::int64_t>::min();
  CHECK(by_age(files({{1, earliest}}), 2ms).empty());
  CHECK(by_age(files({{1, earliest}}), 1us).size() == 1);
}

TEST_CASE("both limits count, and the reason of each file is told") {
  const auto sealed = files({{10, kNow_ns - 9}, {10, kNow_ns - 9}, {10, kNow_ns}});
  CHECK(beyond_limits(sealed, {.size_bytes = 20, .age = 5ns, .min_free_bytes = {}}, kNow_ns) ==
        Limits{Limit::size, Limit::age});
}

TEST_CASE("the archive's last file stays") {
  CHECK(by_size(files({{10, 0}, {10, 0}}, false), 0) == Limits{Limit::size});
  CHECK(by_age(files({{10, 0}}, false), 0ns).empty());
  const std::vector<SealedFiles> rings{files({{10, 0}, {10, 0}}, false), files({{10, 0}}, false)};
  CHECK(to_free(rings, 100) == std::vector<std::size_t>{0});
}

TEST_CASE("to make room, the oldest files of all rings go, and no more than are needed") {
  const std::vector<SealedFiles> rings{files({{10, 1}, {10, 4}, {10, 5}}), {}, files({{10, 2}, {10, 3}, {10, 6}})};
  using Rings = std::vector<std::size_t>;
  CHECK(to_free(rings, 0).empty());
  CHECK(to_free(rings, 1) == Rings{0});
  CHECK(to_free(rings, 10) == Rings{0});
  CHECK(to_free(rings, 11) == Rings{0, 2});
  CHECK(to_free(rings, 1000) == Rings{0, 2, 2, 0, 0, 2});
}

}  // namespace test
