// Runs something in a child process and gives what it wrote and how it ended.
#pragma once

#include <functional>
#include <string>

struct Ended {
  int status;  // exit code, or 128 + the signal
  std::string out;
  std::string err;
};

// `work`'s return value is the child's exit code.
Ended in_child(const std::function<int()>& work);
