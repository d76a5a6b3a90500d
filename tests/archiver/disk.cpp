#include "disk.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

namespace test {
namespace {

constexpr std::uint64_t kDiskBytes = std::uint64_t{32} << 20;
constexpr std::uint64_t kBlockBytes = 4096;
// Metadata that cannot be written does no harm here: it is not what is tested, and the disk is mended.
constexpr const char* kMountOptions = "errors=continue";
constexpr unsigned long kShutDownExt4 = _IOR('X', 125, std::uint32_t);
constexpr std::uint32_t kWithoutFlushing = 2;

struct Descriptor {
  explicit Descriptor(int number) : fd(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
  const int fd;
};

// No journal: with one, the file system would go down when a block of it fails.
bool make_file_system(const std::string& image) {
  Program mkfs({"mkfs.ext4", "-q", "-F", "-b", std::to_string(kBlockBytes), "-m", "0", "-N", "64", "-O",
                "^has_journal,^resize_inode", image});
  return mkfs.wait() == 0;
}

// A free loop device for the file; -1: there is none.
int attach_loop(const std::string& image, std::string& device) {
  const Descriptor control(::open("/dev/loop-control", O_RDWR | O_CLOEXEC));
  const Descriptor file(::open(image.c_str(), O_RDWR | O_CLOEXEC));
  loop_config config{};
  config.fd = static_cast<std::uint32_t>(file.fd);
  config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
  for (;;) {
    const int number = ::ioctl(control.fd, LOOP_CTL_GET_FREE);
    if (number < 0) return -1;
    device = "/dev/loop" + std::to_string(number);
    const int loop = ::open(device.c_str(), O_RDWR | O_CLOEXEC);
    if (loop < 0) return -1;
    if (::ioctl(loop, LOOP_CONFIGURE, &config) == 0) return loop;
    const bool taken = errno == EBUSY;  // by somebody else, meanwhile
    ::close(loop);
    if (!taken) return -1;
  }
}

}  // namespace

FailingDisk::FailingDisk() {
  const std::string image = (directory_.path() / "image").string();
  std::filesystem::create_directory(mount_point_);
  const Descriptor file(::open(image.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  REQUIRE(::ftruncate(file.fd, kDiskBytes) == 0);
  if (!make_file_system(image) || (loop_ = attach_loop(image, device_)) < 0) {
    MESSAGE("skipped: there is no mkfs.ext4 or no loop device here");
    return;
  }
  holder_.emplace(Lines{"sh", "-c", "echo; exec sleep infinity"}, [this] {
    if (!enter_own_mounts() || !mount_it()) ::_exit(77);
  });
  works_ = holder_->read_byte();
  if (!works_) MESSAGE("skipped: no file system can be mounted here");
}

FailingDisk::~FailingDisk() {
  holder_.reset();
  if (loop_ >= 0) ::close(loop_);
}

std::filesystem::path FailingDisk::path() const {
  return "/proc/" + std::to_string(holder_->pid()) + "/root" + mount_point_;
}

// For a child.
bool FailingDisk::mount_it() const {
  return ::mount(device_.c_str(), mount_point_.c_str(), "ext4", 0, kMountOptions) == 0;
}

void FailingDisk::end_at(std::uint64_t bytes) const {
  loop_info64 info{};
  REQUIRE(::ioctl(loop_, LOOP_GET_STATUS64, &info) == 0);
  info.lo_sizelimit = bytes;
  REQUIRE(::ioctl(loop_, LOOP_SET_STATUS64, &info) == 0);
}

std::uint64_t FailingDisk::place_of(const std::filesystem::path& file, std::uint64_t offset) const {
  const Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  int block = static_cast<int>(offset / kBlockBytes);
  REQUIRE(::ioctl(opened.fd, FIBMAP, &block) == 0);
  REQUIRE(block > 0);
  return static_cast<std::uint64_t>(block) * kBlockBytes;
}

void FailingDisk::mend() const {
  end_at(0);
}

bool FailingDisk::write_back() const {
  const Descriptor root(::open(path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return ::syncfs(root.fd) == 0;
}

void FailingDisk::drop_cache_of(const std::filesystem::path& file) {
  const Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  REQUIRE(::posix_fadvise(opened.fd, 0, 0, POSIX_FADV_DONTNEED) == 0);
}

void FailingDisk::shut_down() const {
  const Descriptor root(::open(path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  REQUIRE(::ioctl(root.fd, kShutDownExt4, &kWithoutFlushing) == 0);
}

void FailingDisk::among_its_mounts(const std::function<bool()>& what) const {
  const Descriptor mounts(
      ::open(("/proc/" + std::to_string(holder_->pid()) + "/ns/mnt").c_str(), O_RDONLY | O_CLOEXEC));
  Program visitor({"true"}, [&] {
    // A sanitizer's thread in the child shares what setns() wants to itself.
    if (::unshare(CLONE_FS) != 0 || ::setns(mounts.fd, CLONE_NEWNS) != 0 || !what()) ::_exit(1);
  });
  REQUIRE(visitor.wait() == 0);
}

void FailingDisk::mount_again() const {
  among_its_mounts([this] { return ::umount(mount_point_.c_str()) == 0; });
  // As after a power cut: it may think that blocks are free which are not.
  Program fsck({"e2fsck", "-f", "-y", device_});
  REQUIRE_MESSAGE(fsck.wait() <= 1, fsck.said());
  among_its_mounts([this] { return mount_it(); });
}

}  // namespace test
