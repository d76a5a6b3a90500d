// What the guest's disk was asked, in order: QEMU's blklogwrites writes it down, in the format of Linux's
// dm-log-writes.
//
// A request is noted when the disk has done it and before the guest is told, so what is noted before a flush has been
// done before it, and what the guest asked after it was told of a flush is noted behind that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <vector>

namespace logbuf::powercut {

struct Request {
  enum class Kind { write, flush };
  Kind kind = Kind::write;
  std::uint64_t at = 0;  // bytes [at, at + bytes) of the disk
  std::uint64_t bytes = 0;
  std::uint64_t data = 0;  // where in the log they stand
};

class WriteLog {
 public:
  // Throws std::runtime_error where it is no such log.
  explicit WriteLog(const std::filesystem::path& path);

  const std::vector<Request>& requests() const { return requests_; }
  // The first into.size() bytes of what a write wrote.
  void read(const Request& write, std::span<std::byte> into);

 private:
  void read_at(std::uint64_t at, std::span<std::byte> into);

  std::ifstream file_;
  std::vector<Request> requests_;
};

}  // namespace logbuf::powercut
