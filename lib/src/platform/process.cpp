#include "platform/process.hpp"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>

#include "platform/clock.hpp"

namespace logbuf {

namespace {

std::uint64_t* wiped_by_fork = nullptr;

}  // namespace

ForkCheck fork_check() {
  static std::uint64_t* const word = [] {
    void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED || ::madvise(page, 4096, MADV_WIPEONFORK) != 0) {
      std::perror("logbuf: cannot reserve a page that fork() wipes");
      std::abort();
    }
    wiped_by_fork = static_cast<std::uint64_t*>(page);
    // Emulators (qemu-user) say that the page will be wiped, and do not wipe it. The C library's own fork() does it
    // then; only who makes the system call by himself is not noticed there.
    ::pthread_atfork(nullptr, nullptr, [] { __atomic_store_n(wiped_by_fork, 0, __ATOMIC_RELAXED); });
    return wiped_by_fork;
  }();
  // A time, since it must differ from every value that an ancestor's handle may hold.
  std::uint64_t none = 0;
  __atomic_compare_exchange_n(word, &none, static_cast<std::uint64_t>(monotonic_ns()) | 1, false, __ATOMIC_RELAXED,
                              __ATOMIC_RELAXED);
  return {.word = word, .value = __atomic_load_n(word, __ATOMIC_RELAXED)};
}

std::uint32_t process_id() noexcept {
  return static_cast<std::uint32_t>(::getpid());
}

std::uint64_t process_start_time() noexcept {
  std::FILE* file = std::fopen("/proc/self/stat", "re");
  if (file == nullptr) return 0;
  char text[1024];
  const std::size_t length = std::fread(text, 1, sizeof text - 1, file);
  std::fclose(file);
  text[length] = '\0';
  // The second field, the name in parentheses, may hold anything; the 22nd is 20 fields after its last ')'.
  const char* at = std::strrchr(text, ')');
  for (int field = 2; at != nullptr && field < 22; ++field) at = std::strchr(at + 1, ' ');
  return at == nullptr ? 0 : std::strtoull(at, nullptr, 10);
}

std::string process_name() {
  return program_invocation_short_name;
}

}  // namespace logbuf
