// What attaching, looking and draining make of a ring in which any words were overwritten: an input is a list of places
// and what to write there.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include <logbuf/logbuf.hpp>
#include <logbuf/peek.hpp>

namespace {

constexpr std::size_t kCapacity = 4096;

struct Edit {
  std::uint16_t word;  // of 8 bytes, in the segment
  std::uint64_t value;
};

void put(logbuf::queue::mpsc::Producer& producer, std::size_t length) {
  if (auto claim = producer.try_claim(length)) {
    std::memset(claim->bytes().data(), 'x', length);
    claim->commit();
  }
}

void overwrite(const std::string& name, const std::uint8_t* data, std::size_t size) {
  const int fd = ::shm_open(("/logbuf." + name).c_str(), O_RDWR | O_CLOEXEC, 0);
  struct stat status{};
  if (fd < 0 || ::fstat(fd, &status) != 0) std::abort();
  const auto bytes = static_cast<std::size_t>(status.st_size);
  void* const at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  ::close(fd);
  if (at == MAP_FAILED) std::abort();
  for (; size >= 10; data += 10, size -= 10) {
    Edit edit{};
    std::memcpy(&edit.word, data, sizeof edit.word);
    std::memcpy(&edit.value, data + 2, sizeof edit.value);
    std::memcpy(static_cast<std::byte*>(at) + edit.word % (bytes / 8) * 8, &edit.value, sizeof edit.value);
  }
  ::munmap(at, bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string name = "fuzz-" + std::to_string(::getpid());
  (void)logbuf::Segment::unlink(name);
  if (!logbuf::Segment::create(name, {.capacity = kCapacity, .max_producers = 2})) std::abort();
  {
    auto producer = logbuf::queue::mpsc::Producer::attach(name);
    if (!producer) std::abort();
    for (const std::size_t length : {1U, 100U, 500U}) put(*producer, length);
  }
  overwrite(name, data, size);
  if (const auto segment = logbuf::Segment::open(name)) (void)segment->status();
  if (auto peek = logbuf::Peek::open(name)) {
    for (int i = 0; i < 1000; ++i) {
      const auto peeked = peek->next();
      if (!peeked || !*peeked) break;
    }
  }
  if (auto consumer = logbuf::Consumer::attach(name)) {
    for (int i = 0; i < 1000; ++i) {
      auto batch = consumer->try_claim_batch(kCapacity);
      if (!batch) {
        if (consumer->state() != logbuf::RingState::blocked ||
            consumer->unblock().kind != logbuf::Blockage::Kind::recovered)
          break;
        continue;
      }
      for (const auto& record : *batch) {
        volatile std::byte last = record.bytes().back();
        (void)last;
      }
    }
    (void)consumer->status();
    (void)consumer->producer(0);
    (void)consumer->refusals(1);
  }
  if (auto producer = logbuf::queue::mpsc::Producer::attach(name)) put(*producer, 64);
  if (auto segment = logbuf::Segment::open(name)) (void)segment->remove(logbuf::Removal::at_once);
  (void)logbuf::Segment::unlink(name);
  return 0;
}
