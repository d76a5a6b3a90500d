#include "stage.hpp"

#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "failure.hpp"

namespace logbuf::bench {
namespace {

[[noreturn]] void give_up(const std::string& call) {
  cli::die("shared memory for the workers: " + call + ": " + std::strerror(errno));
}

}  // namespace

SharedMemory::SharedMemory(std::size_t size_bytes)
    : descriptor_(::memfd_create("logbuf-bench", MFD_CLOEXEC)), size_bytes_(size_bytes) {
  if (descriptor_ == -1) give_up("memfd_create");
  if (::ftruncate(descriptor_, static_cast<off_t>(size_bytes)) != 0) give_up("ftruncate");
  map();
}

SharedMemory::SharedMemory(int descriptor, std::size_t size_bytes) : descriptor_(descriptor), size_bytes_(size_bytes) {
  map();
}

SharedMemory::~SharedMemory() {
  ::munmap(data_, size_bytes_);
  ::close(descriptor_);
}

void SharedMemory::map() {
  void* const at = ::mmap(nullptr, size_bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, descriptor_, 0);
  if (at == MAP_FAILED) give_up("mmap");
  data_ = static_cast<std::byte*>(at);
}

void pass_gate(Stage& stage, std::uint32_t parties) noexcept {
  // acq_rel and acquire: what everybody did before the gate is seen behind it.
  if (stage.ready.fetch_add(1, std::memory_order_acq_rel) + 1 == parties)
    stage.open.store(1, std::memory_order_release);
  while (stage.open.load(std::memory_order_acquire) == 0) ::sched_yield();
}

}  // namespace logbuf::bench
