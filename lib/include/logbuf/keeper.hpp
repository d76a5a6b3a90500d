// What becomes of an archive's sealed files: they are compressed, and the oldest are removed.
//
// A Keeper is made by a Writer and works beside it, in a thread of its own; it holds the directory's lock as the Writer
// does, also when that is gone. One thread at a time per object. No Reader sees a difference by compression: one that
// has the file open goes on reading it, and any other finds the new one under the same name.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include <logbuf/archive.hpp>
#include <logbuf/export.hpp>

namespace logbuf::archive {

class Directory;

struct SealedFile {
  std::string name;         // in the directory
  std::uint64_t bytes = 0;  // as it lies on disk
  std::uint64_t first_seq = 0;
  std::optional<std::uint64_t> end_seq;  // behind its last record; empty: the file's end is damaged
  // Its newest record's time; without one, when it was written last. The greatest there is where it cannot be read.
  std::int64_t newest_ns = 0;
  bool compressed = false;
  bool last = false;  // of the archive, so that it says where that ends
};

struct Compression {
  enum class Method { lz4, zstd };
  Method method = Method::zstd;
  int level = 3;  // zstd's, 1 to 19
};

class LOGBUF_API Keeper {
 public:
  Keeper(Keeper&&) noexcept;
  Keeper& operator=(Keeper&&) noexcept;
  ~Keeper();

  // Oldest first. What is known of a file is kept: the next call reads only what is new. Errors: errno.
  std::expected<std::vector<SealedFile>, std::error_code> sealed_files();

  // Writes the file anew with its records compressed, as far as that makes them shorter, makes that durable and puts it
  // in the file's place. A crash leaves the one or the other. `stop` is asked again and again, and ends it at once.
  // Errors: damaged_archive (the file is not sound and stays as it is), errno (likewise; it may be tried again).
  enum class Outcome { compressed, already_compressed, stopped };
  std::expected<Outcome, std::error_code> compress(const std::string& name, const Compression& compression,
                                                   const std::function<bool()>& stop);

  // Errors: std::errc::invalid_argument for what is no sealed file of the archive, or its last one; errno.
  std::expected<void, std::error_code> remove(const std::string& name);

 private:
  friend class Writer;
  struct LOGBUF_HIDDEN State;
  LOGBUF_HIDDEN static std::expected<Keeper, std::error_code> beside(const Directory& directory);
  LOGBUF_HIDDEN explicit Keeper(std::unique_ptr<State>) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace logbuf::archive
