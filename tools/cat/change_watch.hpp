// Sleeps until a directory or file changes.
#pragma once

#include <chrono>
#include <filesystem>

namespace logbuf::cat {

// Where the system cannot tell (another machine writes, or there are too many watches), it only sleeps.
class ChangeWatch {
 public:
  explicit ChangeWatch(const std::filesystem::path& target);
  ChangeWatch(const ChangeWatch&) = delete;
  ChangeWatch& operator=(const ChangeWatch&) = delete;
  ~ChangeWatch();

  // Returns at a change since the last wait(), or after `timeout`, or at a signal.
  void wait(std::chrono::nanoseconds timeout);

 private:
  int fd_;
};

}  // namespace logbuf::cat
