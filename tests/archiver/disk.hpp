// Disks that do what a test wants, in mount namespaces of their own.
#pragma once

#include <sched.h>
#include <sys/mount.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "archiver.hpp"

namespace test {

// For a child: mounts that nobody else sees. False: that cannot be here.
inline bool enter_own_mounts() {
  return ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

// An ext4 on a loop device, whose blocks can be made to fail: the device ends before them for a while, and the kernel
// refuses what is written to them later, as with a real disk, with EIO. All of it goes with this object, or this
// process.
class FailingDisk {
 public:
  FailingDisk();
  FailingDisk(const FailingDisk&) = delete;
  FailingDisk& operator=(const FailingDisk&) = delete;
  ~FailingDisk();

  // False: there can be no such disk here; that has been said.
  bool works() const { return works_; }
  // Where it is mounted, for every process.
  std::filesystem::path path() const;
  // Where a file has this byte's block on the disk, in bytes. Writes back what it has.
  std::uint64_t place_of(const std::filesystem::path& file, std::uint64_t offset = 0) const;
  // From there on nothing can be written any more.
  void fail_from(std::uint64_t place) const { end_at(place); }
  void mend() const;
  // Sends on its way what has been written, as the kernel does at a time of its own. True: the disk took all of it.
  bool write_back() const;
  // What the kernel takes for written it reads from the disk again, as it may do at any time.
  static void drop_cache_of(const std::filesystem::path& file);
  // Takes the disk away from whoever uses it: each call fails from now on, also when it has been mounted again.
  void shut_down() const;
  // Mounts it anew, repaired: what was in the page cache alone is gone. Nobody uses it.
  void mount_again() const;

 private:
  bool mount_it() const;
  // `what` runs in a child; it may only make system calls.
  void among_its_mounts(const std::function<bool()>& what) const;
  void end_at(std::uint64_t bytes) const;

  TemporaryDirectory directory_;
  std::string mount_point_ = (directory_.path() / "disk").string();
  int loop_ = -1;
  std::string device_;
  std::optional<Program> holder_;  // of the mount namespace
  bool works_ = false;
};

}  // namespace test
