#include "platform/shared_memory.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <boost/interprocess/anonymous_shared_memory.hpp>
#include <boost/interprocess/mapped_region.hpp>
#include <boost/interprocess/shared_memory_object.hpp>

#include "platform/failure.hpp"

namespace logbuf {
namespace {

namespace bip = boost::interprocess;

// Where the C library keeps POSIX shared-memory objects.
constexpr const char* kDirectory = "/dev/shm";

// As much is reserved, or touched, from one word about it to the next.
constexpr std::size_t kPart = std::size_t{32} << 20;

std::string path_of(const std::string& object_name) {
  return std::string(kDirectory) + "/" + object_name;
}

// Boost maps anything that shows it a descriptor this way.
struct Mappable {
  int fd;
  bip::mapping_handle_t get_mapping_handle() const {
    bip::mapping_handle_t handle;
    handle.handle = fd;
    handle.is_xsi = false;
    return handle;
  }
};

std::error_code code_of(const bip::interprocess_exception& e) {
  return {e.get_native_error() != 0 ? e.get_native_error() : EINVAL, std::system_category()};
}

std::unexpected<std::error_code> no_room(std::size_t wanted) {
  struct statvfs fs = {};
  ::statvfs(kDirectory, &fs);
  return failure(Errc::no_memory, std::string(kDirectory) + " has " + std::to_string(fs.f_bavail * fs.f_frsize) +
                                      " bytes free and " + std::to_string(wanted) +
                                      " are needed: remove rings (logbuf-ctl ls, rm), choose a smaller capacity, or "
                                      "enlarge it (mount -o remount,size=... /dev/shm)");
}

// Another open file description of the same object. The descriptor that is kept is never the one that was mapped: a
// mapping holds on to its file, a forked child inherits the mapping, and so locks would outlive the process.
std::expected<Descriptor, std::error_code> open_again(int fd, SharedMemory::Access access) {
  const std::string self = "/proc/self/fd/" + std::to_string(fd);
  const int flags = (access == SharedMemory::Access::read_write ? O_RDWR : O_RDONLY) | O_CLOEXEC;
  Descriptor again([&] { return ::open(self.c_str(), flags); });
  if (!again) return system_failure("cannot open shared memory again (is /proc mounted?)");
  return again;
}

// Where the file system has huge pages for those who ask, they come by touching; what is reserved without being mapped
// has small ones. Whatever fails here, the caller reserves as ever.
void make_huge(int fd, std::size_t size) noexcept {
#ifndef MADV_POPULATE_WRITE  // Linux 5.14
  constexpr int MADV_POPULATE_WRITE = 23;
#endif
  if (::ftruncate(fd, static_cast<off_t>(size)) != 0) return;
  void* const data = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (data == MAP_FAILED) return;
  ::madvise(data, size, MADV_HUGEPAGE);
  const bool all_there = ::madvise(data, size, MADV_POPULATE_WRITE) == 0;
  ::munmap(data, size);
  // What there was is given back: the complaint says how much that is.
  if (!all_there) static_cast<void>(::ftruncate(fd, 0) == 0);
}

// A part at a time: what a signal interrupts is not begun anew as a whole. An errno.
int reserve(int fd, std::size_t size, const SharedMemory::Progress& progress) {
  for (std::size_t done = 0; done < size;) {
    const std::size_t part = std::min(size - done, kPart);
    const int error = ::posix_fallocate(fd, static_cast<off_t>(done), static_cast<off_t>(part));
    if (error == EINTR) continue;
    if (error != 0) {
      // Given back at once: the complaint says how much room there is.
      static_cast<void>(::ftruncate(fd, 0) == 0);
      return error;
    }
    done += part;
    if (progress) progress(done / 2);
  }
  return 0;
}

}  // namespace

struct SharedMemory::Region {
  bip::mapped_region mapped;
  Access access;
};

SharedMemory::SharedMemory(Descriptor fd, std::unique_ptr<Region> region) noexcept
    : fd_(std::move(fd)), region_(std::move(region)) {}
SharedMemory::SharedMemory(SharedMemory&&) noexcept = default;
SharedMemory& SharedMemory::operator=(SharedMemory&&) noexcept = default;
SharedMemory::~SharedMemory() = default;

std::byte* SharedMemory::data() const noexcept {
  return static_cast<std::byte*>(region_->mapped.get_address());
}
std::size_t SharedMemory::size() const noexcept {
  return region_->mapped.get_size();
}
SharedMemory::Access SharedMemory::access() const noexcept {
  return region_->access;
}

std::expected<SharedMemory, std::error_code> SharedMemory::map(Descriptor fd, Access access) {
  try {
    const auto mode = access == Access::read_write ? bip::read_write : bip::read_only;
    auto region = std::make_unique<Region>(Region{bip::mapped_region(Mappable{fd.get()}, mode), access});
    auto own = open_again(fd.get(), access);
    if (!own) return std::unexpected(own.error());
    return SharedMemory(std::move(*own), std::move(region));
  } catch (const bip::interprocess_exception& e) {
    return failure(code_of(e), std::string("cannot map shared memory: ") + e.what());
  }
}

std::expected<SharedMemory, std::error_code> SharedMemory::create(std::size_t size, std::uint32_t mode,
                                                                  std::optional<std::uint32_t> group_id,
                                                                  bool huge_pages, const Progress& progress) {
  Descriptor fd([mode] { return ::open(kDirectory, O_TMPFILE | O_RDWR | O_CLOEXEC, mode); });
  if (!fd) {
    if (errno == EACCES) return failure(Errc::not_permitted, std::string("cannot write in ") + kDirectory);
    return system_failure(std::string("cannot create shared memory in ") + kDirectory);
  }
  if (group_id && ::fchown(fd.get(), static_cast<uid_t>(-1), *group_id) != 0) {
    return system_failure("cannot give shared memory to group " + std::to_string(*group_id));
  }
  if (::fchmod(fd.get(), mode) != 0) return system_failure("cannot set the mode of shared memory");  // past the umask
  if (huge_pages) make_huge(fd.get(), size);
  // ftruncate() alone would turn a full /dev/shm into a SIGBUS later.
  const int error = reserve(fd.get(), size, progress);
  if (error == ENOSPC || error == ENOMEM || error == EFBIG) return no_room(size);
  if (error != 0) return system_failure("cannot reserve shared memory", error);
  return map(std::move(fd), Access::read_write);
}

std::expected<void, std::error_code> SharedMemory::publish(const std::string& object_name) {
  const std::string self = "/proc/self/fd/" + std::to_string(fd());
  if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, path_of(object_name).c_str(), AT_SYMLINK_FOLLOW) == 0) return {};
  if (errno == EEXIST) return failure(Errc::ring_exists, path_of(object_name) + " exists already");
  return system_failure("cannot name shared memory " + path_of(object_name) + " (is /proc mounted?)");
}

std::expected<SharedMemory, std::error_code> SharedMemory::open(const std::string& object_name, Access access) {
  const std::string path = path_of(object_name);
  Descriptor fd;
  try {
    const auto mode = access == Access::read_write ? bip::read_write : bip::read_only;
    fd = Descriptor([&] {
      const bip::shared_memory_object object(bip::open_only, object_name.c_str(), mode);
      return ::fcntl(object.get_mapping_handle().handle, F_DUPFD_CLOEXEC, 0);
    });
  } catch (const bip::interprocess_exception& e) {
    switch (e.get_native_error()) {
      case ENOENT: return failure(Errc::no_such_ring, "there is no " + path);
      case EACCES:
      case EPERM:
        return failure(Errc::not_permitted,
                       "no permission for " + path + " (see its mode and group: ls -l " + path + ")");
      default: return failure(code_of(e), "cannot open " + path + ": " + e.what());
    }
  }
  if (!fd) return system_failure("cannot open " + path);
  struct stat status = {};
  if (::fstat(fd.get(), &status) != 0) return system_failure("cannot read the size of " + path);
  if (!S_ISREG(status.st_mode)) return failure(Errc::not_a_ring, path + " is no shared-memory object");
  if (status.st_size == 0) return failure(Errc::damaged_ring, path + " is empty");
  // Whoever touches a page that is not there yet takes it from /dev/shm, and gets a SIGBUS where that is full. Ours
  // are reserved at creation. (st_blocks counts 512 bytes each, swapped-out pages included.)
  if (status.st_blocks < (status.st_size + 511) / 512)
    return failure(Errc::damaged_ring, path + " has holes: its memory is not reserved");
  return map(std::move(fd), access);
}

std::expected<SharedMemory, std::error_code> SharedMemory::reopen() const {
  auto again = open_again(fd(), access());
  if (!again) return std::unexpected(again.error());
  return map(std::move(*again), access());
}

std::expected<SharedMemory, std::error_code> SharedMemory::anonymous(std::size_t size) {
  try {
    auto region = std::make_unique<Region>(Region{bip::anonymous_shared_memory(size), Access::read_write});
    return SharedMemory(Descriptor(), std::move(region));
  } catch (const bip::interprocess_exception& e) {
    return failure(Errc::no_memory, "cannot map " + std::to_string(size) + " bytes: " + e.what());
  }
}

std::expected<void, std::error_code> SharedMemory::remove(const std::string& object_name) {
  // Not through Boost, which does not say why it could not.
  if (::shm_unlink(("/" + object_name).c_str()) == 0) return {};
  if (errno == ENOENT) return failure(Errc::no_such_ring, "there is no " + path_of(object_name));
  if (errno == EACCES || errno == EPERM)
    return failure(Errc::not_permitted, "no permission to remove " + path_of(object_name));
  return system_failure("cannot remove " + path_of(object_name));
}

bool SharedMemory::is_own() const noexcept {
  struct stat own = {};
  return ::geteuid() == 0 || (::fstat(fd(), &own) == 0 && own.st_uid == ::geteuid());
}

bool SharedMemory::has_name(const std::string& object_name) const {
  struct stat own = {};
  struct stat named = {};
  return ::fstat(fd(), &own) == 0 && ::lstat(path_of(object_name).c_str(), &named) == 0 && own.st_dev == named.st_dev &&
         own.st_ino == named.st_ino;
}

std::vector<std::string> SharedMemory::list(std::string_view prefix) {
  std::vector<std::string> names;
  DIR* directory = ::opendir(kDirectory);
  if (directory == nullptr) return names;
  while (const dirent* entry = ::readdir(directory)) {
    if (std::string_view(entry->d_name).starts_with(prefix)) names.emplace_back(entry->d_name);
  }
  ::closedir(directory);
  std::ranges::sort(names);
  return names;
}

std::expected<void, std::error_code> SharedMemory::populate(const Progress& progress) {
#ifndef MADV_POPULATE_READ  // Linux 5.14; the C library's headers may be older
  constexpr int MADV_POPULATE_READ = 22;
#endif
  // As for reading: shared memory is mapped for writing by that, too, in a fraction of the time.
  const std::size_t part = progress ? kPart : size();
  for (std::size_t done = 0; done < size();) {
    const std::size_t bytes = std::min(size() - done, part);
    if (::madvise(data() + done, bytes, MADV_POPULATE_READ) == 0) {
      done += bytes;
      if (progress) progress((size() + done) / 2);
    } else if (errno == EINVAL) {  // an older kernel; pages then come as they are touched
      return {};
    } else if (errno == EFAULT || errno == ENOMEM) {
      return no_room(size());
    } else if (errno != EINTR) {
      return system_failure("cannot touch shared memory");
    }
  }
  return {};
}

void SharedMemory::advise_huge_pages() noexcept {
  ::madvise(data(), size(), MADV_HUGEPAGE);
}

}  // namespace logbuf
