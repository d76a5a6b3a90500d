#include "plain_loop.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "cycle_timer.hpp"
#include "failure.hpp"
#include "random.hpp"

namespace logbuf::bench_archive {
namespace {

// As the archiver: a batch of 1 MiB and its blocks' headers. Calls that are aligned to their own size take several
// times as long on some virtual machines (docs/benchmarks.md).
constexpr std::uint64_t kAtOnce = (std::uint64_t{1} << 20) + std::uint64_t{16} * 128;  // bytes

void check(bool done, const char* what) {
  if (!done) cli::die(std::string("the plain loop: ") + what + ": " + std::strerror(errno));
}

class Descriptor {
 public:
  Descriptor(const std::filesystem::path& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0640)) {
    check(fd_ != -1, "open");
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { ::close(fd_); }
  int get() const noexcept { return fd_; }

 private:
  int fd_;
};

class PlainLoop {
 public:
  PlainLoop(const Task& task, const std::filesystem::path& directory)
      : task_(task), directory_(directory), directory_file_(directory, O_RDONLY | O_DIRECTORY), bytes_(kAtOnce) {
    bench::Random random(1);
    for (std::byte& byte : bytes_) byte = static_cast<std::byte>(random.next() >> 56);
  }

  PlainRun run() {
    rusage before{};
    rusage after{};
    ::getrusage(RUSAGE_SELF, &before);
    const std::uint64_t began_ns = bench::monotonic_ns();
    synced_ns_ = began_ns;
    for (std::uint64_t left = task_.bytes; left > 0;) {
      const std::uint64_t size = std::min(left, task_.file_bytes);
      write_file(size);
      left -= size;
    }
    run_.seconds = static_cast<double>(bench::monotonic_ns() - began_ns) / 1e9;
    ::getrusage(RUSAGE_SELF, &after);
    run_.bytes = task_.bytes;
    run_.cpu = cpu_of(after) - cpu_of(before);
    return run_;
  }

 private:
  void write_file(std::uint64_t size) {
    const auto path = directory_ / ("plain-" + std::to_string(files_++) + ".open");
    const Descriptor file(path, O_RDWR | O_CREAT | O_EXCL);
    for (std::uint64_t at = 0; at < size;) {
      const ssize_t written = ::pwrite(file.get(), bytes_.data(), std::min(kAtOnce, size - at), static_cast<off_t>(at));
      check(written > 0, "pwrite");
      at += static_cast<std::uint64_t>(written);
      if (task_.sync_interval_ns == 0) continue;
      if (const std::uint64_t now = bench::monotonic_ns(); now - synced_ns_ >= task_.sync_interval_ns) {
        synced_ns_ = now;
        sync(file);
      }
    }
    if (size == task_.file_bytes) seal(file, path);
  }

  // As the archiver does at a rotation.
  void seal(const Descriptor& file, const std::filesystem::path& path) {
    sync(file);
    sync_directory();
    auto sealed = path;
    check(::rename(path.c_str(), sealed.replace_extension("seg").c_str()) == 0, "rename");
    sync_directory();
  }

  void sync(const Descriptor& file) {
    check(::fdatasync(file.get()) == 0, "fdatasync");
    ++run_.syncs;
  }
  void sync_directory() { check(::fsync(directory_file_.get()) == 0, "fsync of the directory"); }

  const Task& task_;
  const std::filesystem::path& directory_;
  Descriptor directory_file_;
  std::vector<std::byte> bytes_;
  std::uint64_t files_ = 0;
  std::uint64_t synced_ns_ = 0;
  PlainRun run_;
};

}  // namespace

PlainRun write_plainly(const Task& task, const std::filesystem::path& directory) {
  return PlainLoop(task, directory).run();
}

}  // namespace logbuf::bench_archive
