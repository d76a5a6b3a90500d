// A file or stdin, read by large blocks; what was read and not yet used lies in one piece.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "output.hpp"
#include "stop.hpp"

namespace logbuf::write {

class Input {
 public:
  static constexpr std::size_t block_bytes = 256 * 1024;

  // `path` "-" is stdin. Ends the program (exit code 2) where there is no such file.
  explicit Input(const std::string& path);
  Input(Input&& other) noexcept;
  Input& operator=(Input&&) = delete;
  ~Input();

  // How to call it in a sentence.
  const std::string& name() const noexcept { return name_; }

  // What has been read and not been used. Valid until the next fill().
  std::span<const std::byte> pending() const noexcept { return {bytes_.get() + begin_, end_ - begin_}; }
  // The first `count` bytes of pending() are used.
  void use(std::size_t count) noexcept { begin_ += count; }

  enum class Fill { more, end, failed, stopped };
  // Reads on: pending() grows, or the result says why not (a failure is complained of). Waits for input;
  // copies what it reads to `tee`, if there is one.
  Fill fill(StopSignals& stop, cli::Output* tee);

 private:
  void make_room();

  std::string name_;
  int fd_;
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

// All of them, before anything is written: stdin where there is none.
std::vector<Input> open_inputs(const std::vector<std::string>& paths);

}  // namespace logbuf::write
