// Data on stdout: buffered, byte for byte, and honest about what could not be written.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "failure.hpp"

namespace logbuf::cli {

// Writes to a file descriptor through a buffer. When the reader is gone (`logbuf-cat orders | head`) a
// program is simply done: put() and flush() are false from then on, and finish() says nothing. A write that
// fails otherwise (a full disk) makes them false too, and finish() complains. One thread at a time; may wait
// for the reader.
class Output {
 public:
  static constexpr std::size_t buffer_bytes = 64 * 1024;

  // `name`: what complaints call it. The descriptor stays the caller's.
  explicit Output(int fd = STDOUT_FILENO, std::string name = "standard output");
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output();  // flushes; only finish() can tell how that went

  // False: stop, nothing can be written any more.
  bool put(std::string_view bytes) {
    put_bytes_ += bytes.size();
    if (bytes.size() > buffer_bytes - buffered_ || broken()) [[unlikely]]
      return put_behind(bytes);
    std::ranges::copy(bytes, buffer_.get() + buffered_);
    buffered_ += bytes.size();
    return true;
  }
  bool put(std::span<const std::byte> bytes) {
    return put(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  }
  bool put(char byte) { return put(std::string_view(&byte, 1)); }
  bool flush();

  // All bytes put so far; how many of them the system has taken. Of a put() that failed, some may be among
  // them.
  std::uint64_t put_bytes() const noexcept { return put_bytes_; }
  std::uint64_t written_bytes() const noexcept { return written_bytes_; }

  // False if the reader is seen to be gone, without writing: for programs that wait for something to write.
  bool has_reader() noexcept;
  bool reader_gone() const noexcept { return reader_gone_; }
  // When this was made.
  bool is_terminal() const noexcept { return is_terminal_; }
  // The errno of the write that failed, other than for the reader's leaving; 0 if none did.
  int error() const noexcept { return error_; }

  // Flushes and gives the program's exit code: `code`, unless a write failed, which is complained of and is
  // `failed`.
  ExitCode finish(ExitCode code = ExitCode::ok);

 private:
  bool put_behind(std::string_view bytes);  // what is in the buffer
  bool write_all(std::string_view bytes);
  bool broken() const noexcept { return reader_gone_ || error_ != 0; }

  int fd_;
  bool is_terminal_;
  std::string name_;
  std::unique_ptr<char[]> buffer_;
  std::size_t buffered_ = 0;  // bytes
  std::uint64_t put_bytes_ = 0;
  std::uint64_t written_bytes_ = 0;
  bool reader_gone_ = false;
  int error_ = 0;
};

}  // namespace logbuf::cli
