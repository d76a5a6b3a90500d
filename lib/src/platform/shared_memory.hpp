// A mapped piece of shared memory: a POSIX shared-memory object, or anonymous. Boost.Interprocess maps it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "platform/descriptor.hpp"

namespace logbuf {

class SharedMemory {
 public:
  enum class Access { read_only, read_write };

  // Told again and again how many bytes are ready.
  using Progress = std::function<void(std::size_t)>;

  // A new object, with all its memory reserved and zero, that has no name yet: if the creator dies, nothing
  // is left. Huge pages are asked for, and small ones are no error. Errors: no_memory (detail says what there is),
  // not_permitted, errno.
  static std::expected<SharedMemory, std::error_code> create(std::size_t size, std::uint32_t mode,
                                                             std::optional<std::uint32_t> group_id, bool huge_pages,
                                                             const Progress& progress);
  // Gives it its name, in one step: whoever finds the name finds a complete object. Errors: ring_exists,
  // errno.
  std::expected<void, std::error_code> publish(const std::string& object_name);

  // An existing object, whole. Never creates. Errors: no_such_ring, not_permitted, damaged_ring (it is
  // empty), errno.
  static std::expected<SharedMemory, std::error_code> open(const std::string& object_name, Access access);
  // The same object again, by a descriptor of its own (locks are a descriptor's), whether or not its name is
  // left.
  std::expected<SharedMemory, std::error_code> reopen() const;

  static std::expected<SharedMemory, std::error_code> anonymous(std::size_t size);

  static std::expected<void, std::error_code> remove(const std::string& object_name);
  // Does the object belong to this user, or is this user root? Then its name can be taken away.
  bool is_own() const noexcept;
  // Does the name stand for this object, and not for another or none?
  bool has_name(const std::string& object_name) const;
  // The names of all objects that begin with `prefix`.
  static std::vector<std::string> list(std::string_view prefix);

  SharedMemory(SharedMemory&&) noexcept;
  SharedMemory& operator=(SharedMemory&&) noexcept;
  ~SharedMemory();

  std::byte* data() const noexcept;
  std::size_t size() const noexcept;
  Access access() const noexcept;
  int fd() const noexcept { return fd_.get(); }  // for locks, not the one that was mapped; -1 where anonymous

  // Touches every page now, so that no later access faults, and none can end in SIGBUS for want of memory.
  std::expected<void, std::error_code> populate(const Progress& progress = {});
  void advise_huge_pages() noexcept;

 private:
  struct Region;
  SharedMemory(Descriptor fd, std::unique_ptr<Region> region) noexcept;
  static std::expected<SharedMemory, std::error_code> map(Descriptor fd, Access access);

  Descriptor fd_;
  std::unique_ptr<Region> region_;
};

}  // namespace logbuf
