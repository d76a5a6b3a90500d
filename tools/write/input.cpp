#include "input.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "text.hpp"

namespace logbuf::write {
namespace {

std::string words_of(int error) {
  return std::system_category().message(error);
}

int open_file(const std::string& path, const std::string& name) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) cli::die("cannot read " + name + ": " + words_of(errno), cli::ExitCode::usage);
  return fd;
}

void refuse_directory(int fd, const std::string& name) {
  struct stat status = {};
  if (fstat(fd, &status) == 0 && S_ISDIR(status.st_mode))
    cli::die("cannot read " + name + ": it is a directory", cli::ExitCode::usage);
}

}  // namespace

Input::Input(const std::string& path)
    : name_(path == "-" ? "stdin" : "'" + cli::escape(path) + "'"),
      fd_(path == "-" ? STDIN_FILENO : open_file(path, name_)) {
  refuse_directory(fd_, name_);
}

Input::Input(Input&& other) noexcept
    : name_(std::move(other.name_)),
      fd_(std::exchange(other.fd_, -1)),
      bytes_(std::move(other.bytes_)),
      capacity_(std::exchange(other.capacity_, 0)),
      begin_(std::exchange(other.begin_, 0)),
      end_(std::exchange(other.end_, 0)) {}

Input::~Input() {
  if (fd_ > STDERR_FILENO) close(fd_);
}

Input::Fill Input::fill(StopSignals& stop, cli::Output* tee) {
  make_room();
  for (;;) {
    if (!stop.wait_readable(fd_)) return Fill::stopped;
    const ssize_t count = read(fd_, bytes_.get() + end_, block_bytes);
    if (count > 0) {
      const std::span<const std::byte> read_now(bytes_.get() + end_, static_cast<std::size_t>(count));
      if (tee != nullptr && tee->put(read_now)) tee->flush();
      end_ += read_now.size();
      return Fill::more;
    }
    if (count == 0) return Fill::end;
    // EAGAIN: somebody made the pipe or terminal that we share with them non-blocking.
    if (errno == EINTR || errno == EAGAIN) continue;
    cli::complain("cannot read on in " + name_ + ": " + words_of(errno));
    return Fill::failed;
  }
}

// For one block behind what is pending: moves that to the front, or to a larger place if it fills most of
// this one.
void Input::make_room() {
  if (capacity_ - end_ >= block_bytes) return;
  const std::size_t kept = end_ - begin_;
  if (capacity_ < kept + block_bytes) {
    capacity_ = 2 * kept + block_bytes;
    auto larger = std::make_unique_for_overwrite<std::byte[]>(capacity_);
    if (kept > 0) std::memcpy(larger.get(), bytes_.get() + begin_, kept);
    bytes_ = std::move(larger);
  } else if (kept > 0) {
    std::memmove(bytes_.get(), bytes_.get() + begin_, kept);
  }
  begin_ = 0;
  end_ = kept;
}

std::vector<Input> open_inputs(const std::vector<std::string>& paths) {
  std::vector<Input> inputs;
  if (paths.empty()) inputs.emplace_back("-");
  for (const std::string& path : paths) inputs.emplace_back(path);
  return inputs;
}

}  // namespace logbuf::write
