#include "ledger.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace logbuf::soak {
namespace {

constexpr std::size_t kBytes = kMaxProducers * kPageBytes;  // of which only pages in use take memory

[[noreturn]] void give_up(const char* call) {
  throw std::system_error(errno, std::system_category(), std::string("memory for the producers' books: ") + call);
}

}  // namespace

Ledger::Ledger() : descriptor_(::memfd_create("logbuf-soak", MFD_CLOEXEC)) {
  if (descriptor_ < 0) give_up("memfd_create");
  void* at = MAP_FAILED;
  if (::ftruncate(descriptor_, kBytes) == 0) {
    at = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_, 0);
  }
  if (at == MAP_FAILED) {
    ::close(descriptor_);
    give_up("mmap");
  }
  data_ = static_cast<std::byte*>(at);
}

Ledger::~Ledger() {
  ::munmap(data_, kBytes);
  ::close(descriptor_);
}

Page& Ledger::page(std::uint32_t producer) const noexcept {
  return *reinterpret_cast<Page*>(data_ + producer * kPageBytes);
}

Page* map_page(int descriptor, std::uint32_t producer) noexcept {
  void* const at = ::mmap(nullptr, kPageBytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor,
                          static_cast<off_t>(producer * kPageBytes));
  return at == MAP_FAILED ? nullptr : static_cast<Page*>(at);
}

}  // namespace logbuf::soak
