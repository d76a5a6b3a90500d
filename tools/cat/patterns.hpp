// Which payloads are wanted for what is in them: --grep, --exclude.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace re2 {
class RE2;
}

namespace logbuf::cat {

// Bytes [begin, end) of a payload.
struct Match {
  std::size_t begin = 0;
  std::size_t end = 0;
};

class Patterns {
 public:
  enum class Case { heed, ignore };

  Patterns();
  ~Patterns();
  Patterns(Patterns&&) noexcept;
  Patterns& operator=(Patterns&&) noexcept;

  // Regular expressions: any of those added here has to match, and none of those excluded. End the program with
  // ExitCode::usage where it is none.
  void add(const std::string& re, Case letters);
  void exclude(const std::string& re, Case letters);
  // None was added or excluded: all payloads are wanted.
  bool all() const noexcept { return wanted_.empty() && unwanted_.empty(); }

  bool see(std::span<const std::byte> payload);
  // Where what was added matches: in order, none empty, none touching another.
  std::vector<Match> matches(std::span<const std::byte> payload) const;
  // Something was added or excluded, and see() was told of nothing that is wanted.
  bool none_seen() const noexcept { return !all() && !seen_; }

 private:
  using Compiled = std::vector<std::unique_ptr<re2::RE2>>;

  Compiled wanted_;
  Compiled unwanted_;
  bool seen_ = false;
};

}  // namespace logbuf::cat
