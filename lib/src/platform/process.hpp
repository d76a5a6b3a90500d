// This process, as others see it, and whether it is still the one that made a handle.
#pragma once

#include <cstdint>
#include <string>

namespace logbuf {

// A word that the kernel (MADV_WIPEONFORK) and the C library zero in a forked child, and the value it has in this
// process. A handle keeps both: where they differ, it was copied by fork() and must refuse. One load, no system call.
struct ForkCheck {
  const std::uint64_t* word = nullptr;
  std::uint64_t value = 0;

  bool forked() const noexcept { return __atomic_load_n(word, __ATOMIC_RELAXED) != value; }
};
ForkCheck fork_check();

std::uint32_t process_id() noexcept;
// In clock ticks since boot, as /proc/PID/stat has it; 0 if unknown. With the pid it names a process for
// people.
std::uint64_t process_start_time() noexcept;
std::string process_name();

}  // namespace logbuf
