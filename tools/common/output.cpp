#include "output.hpp"

#include <poll.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "progress.hpp"

namespace logbuf::cli {

Output::Output(int fd, std::string name)
    : fd_(fd),
      is_terminal_(::isatty(fd) == 1),
      name_(std::move(name)),
      buffer_(std::make_unique_for_overwrite<char[]>(buffer_bytes)) {}

Output::~Output() {
  flush();
}

bool Output::put_behind(std::string_view bytes) {
  if (!flush()) return false;
  if (bytes.size() >= buffer_bytes) return write_all(bytes);
  std::ranges::copy(bytes, buffer_.get());
  buffered_ = bytes.size();
  return true;
}

bool Output::flush() {
  return write_all({buffer_.get(), std::exchange(buffered_, 0)});
}

bool Output::write_all(std::string_view bytes) {
  // It may be the terminal that stderr is.
  if (is_terminal_ && !bytes.empty()) wipe_progress();
  while (!broken() && !bytes.empty()) {
    const ssize_t written = write(fd_, bytes.data(), bytes.size());
    if (written >= 0) {
      written_bytes_ += static_cast<std::uint64_t>(written);
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EPIPE) {
      reader_gone_ = true;
    } else if (errno == EAGAIN) {
      // Somebody made the pipe or terminal that we share with them non-blocking.
      pollfd ready{.fd = fd_, .events = POLLOUT, .revents = 0};
      poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      error_ = errno;
    }
  }
  return !broken();
}

bool Output::has_reader() noexcept {
  pollfd end{.fd = fd_, .events = 0, .revents = 0};
  if (poll(&end, 1, 0) > 0 && (end.revents & (POLLERR | POLLHUP)) != 0) reader_gone_ = true;
  return !reader_gone_;
}

ExitCode Output::finish(ExitCode code) {
  flush();
  if (error_ == 0) return code;
  complain("cannot write to " + name_ + ": " + std::system_category().message(error_));
  return ExitCode::failed;
}

}  // namespace logbuf::cli
