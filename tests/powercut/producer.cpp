// A producer of the guest, whose records anybody can make again from its author's number:
//
//   powercut-producer RING AUTHOR RECORDS     writes so many, and ends
//   powercut-producer RING AUTHOR MOST DISK   for ever: writes up to MOST, waits until they are durable, says so on
//   DISK
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <system_error>

#include <logbuf/logbuf.hpp>

#include "acknowledged.hpp"
#include "content.hpp"
#include "record_stream.hpp"

namespace {

using namespace logbuf;
using namespace logbuf::powercut;
using namespace std::chrono_literals;
using Writing = queue::mpsc::Producer;

// Past the page cache: when write() comes back, the disk has been given it.
class Disk {
 public:
  Disk(const char* path, std::uint64_t author) : fd_(::open(path, O_WRONLY | O_DIRECT | O_CLOEXEC)) {
    const off_t end = fd_ < 0 ? -1 : ::lseek(fd_, 0, SEEK_END);
    if (end < 0) throw std::system_error(errno, std::generic_category(), path);
    at_ = acknowledged_at(static_cast<std::uint64_t>(end), author);
  }

  void acknowledge(std::uint64_t records) {
    const Acknowledgement acknowledged{.records = records};
    std::memcpy(block_.data(), &acknowledged, sizeof acknowledged);
    if (::pwrite(fd_, block_.data(), block_.size(), static_cast<off_t>(at_)) != static_cast<ssize_t>(block_.size()))
      throw std::system_error(errno, std::generic_category(), "an acknowledgement cannot be written");
  }

 private:
  int fd_;  // the process ends with it
  std::uint64_t at_ = 0;
  alignas(kBlockBytes) std::array<std::byte, kBlockBytes> block_{};
};

Position write_next(Writing& producer, test::RecordStream& stream, std::uint16_t author) {
  const std::size_t length = stream.begin();
  for (;;) {
    if (auto claim = producer.try_claim(length, author)) {
      stream.fill(claim->bytes());
      const Position position = claim->position();
      claim->commit();
      producer.notify();
      return position;
    } else if (claim.error() != ClaimError::full) {
      throw std::runtime_error("the ring refuses a record");
    }
    ::usleep(500);
  }
}

void write_for_ever(Writing& producer, test::RecordStream& stream, std::uint16_t author, std::uint64_t most,
                    const char* path) {
  Disk disk(path, author);
  for (test::Random random(author);;) {
    Position last = 0;
    for (std::uint64_t left = 1 + random.below(most); left > 0; --left) last = write_next(producer, stream, author);
    auto durable = producer.wait_durable(last, 1min);
    while (!durable && durable.error() == DurableError::timeout) durable = producer.wait_durable(last, 1min);
    if (!durable) throw std::runtime_error("the ring has ended");
    disk.acknowledge(stream.n());
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 4 && argc != 5) throw std::runtime_error("usage: powercut-producer RING AUTHOR RECORDS|MOST [DISK]");
  const auto author = static_cast<std::uint16_t>(std::atoi(argv[2]));
  const auto records = std::strtoull(argv[3], nullptr, 10);
  auto producer = Writing::attach(argv[1], {.name = "author-" + std::string(argv[2])});
  if (!producer) throw std::runtime_error(error_detail());
  test::RecordStream stream(author, kLongestBytes);
  if (argc == 5) write_for_ever(*producer, stream, author, records, argv[4]);
  while (stream.n() < records) write_next(*producer, stream, author);
  return 0;
} catch (const std::exception& failure) {
  std::fprintf(stderr, "powercut-producer: %s\n", failure.what());
  return 1;
}
