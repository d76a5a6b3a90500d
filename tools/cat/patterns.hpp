// Regular expressions that payloads match or do not: --grep, --exclude.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "payloads.hpp"

namespace re2 {
class RE2;
}

namespace logbuf::cat {

class Patterns : public Payloads {
 public:
  enum class Case { heed, ignore };

  Patterns();
  ~Patterns() override;
  Patterns(Patterns&&) noexcept;
  Patterns& operator=(Patterns&&) noexcept;

  // Regular expressions: any of those added here has to match, and none of those excluded. End the program with
  // ExitCode::usage where it is none.
  void add(const std::string& re, Case letters);
  void exclude(const std::string& re, Case letters);
  // None was added or excluded: all payloads are wanted.
  bool all() const noexcept { return wanted_.empty() && unwanted_.empty(); }

  bool see(std::span<const std::byte> payload) override;
  std::vector<Match> matches(std::span<const std::byte> payload) const override;
  bool none_seen() const noexcept override { return !seen_; }

 private:
  using Compiled = std::vector<std::unique_ptr<re2::RE2>>;

  Compiled wanted_;
  Compiled unwanted_;
  bool seen_ = false;
};

}  // namespace logbuf::cat
