/// \file
/// What becomes of an archive's sealed files: they are compressed, and the oldest are removed.
///
/// A Keeper is made by a Writer and works beside it, in a thread of its own; it holds the directory's lock as the
/// Writer does, also when that is gone. One thread at a time per object. No Reader sees a difference by compression:
/// one that has the file open goes on reading it, and any other finds the new one under the same name.
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

/// One sealed file, as retention has to know it.
struct SealedFile {
  std::string name;                      ///< in the directory
  std::uint64_t bytes = 0;               ///< as it lies on disk
  std::uint64_t first_seq = 0;           ///< of its first record
  std::optional<std::uint64_t> end_seq;  ///< behind its last record; empty: the file's end is damaged
  /// Its newest record's time, since 1970-01-01 UTC; without one, when it was written last. The greatest there is where
  /// it cannot be read.
  std::int64_t newest_ns = 0;
  bool compressed = false;  ///< compress() has written it
  bool last = false;        ///< of the archive, so that it says where that ends
};

/// How to compress.
struct Compression {
  /// The algorithm.
  enum class Method {
    lz4,  ///< fast
    zstd  ///< small
  };
  Method method = Method::zstd;  ///< the algorithm
  int level = 3;                 ///< zstd's, 1 to 19
};

/// Compresses and removes the sealed files of one archive. Made by Writer::keeper(). One thread at a time; calls may
/// block on the disk.
class LOGBUF_API Keeper {
 public:
  /// Of the other one nothing is left but to assign to it and to destroy it.
  Keeper(Keeper&&) noexcept;
  /// The same; what was held here is let go.
  Keeper& operator=(Keeper&&) noexcept;
  /// Lets go of the directory's lock, unless its Writer still holds it.
  ~Keeper();

  /// The archive's sealed files, oldest first. What is known of a file is kept: the next call reads only what is new.
  /// Errors: errno.
  std::expected<std::vector<SealedFile>, std::error_code> sealed_files();

  /// What compress() did.
  enum class Outcome {
    compressed,          ///< the file was written anew
    already_compressed,  ///< nothing
    stopped              ///< nothing: `stop` said so
  };
  /// Writes the file anew with its records compressed, as far as that makes them shorter, makes that durable and puts
  /// it in the file's place. A crash leaves the one or the other. `stop`, which must be callable, is asked again and
  /// again, and ends it at once. Errors: std::errc::invalid_argument for what is no sealed file; damaged_archive (the
  /// file is not sound and stays as it is), errno (likewise; it may be tried again).
  std::expected<Outcome, std::error_code> compress(const std::string& name, const Compression& compression,
                                                   const std::function<bool()>& stop);

  /// Removes the archive's oldest sealed file, which must be this one. Errors: std::errc::invalid_argument for another
  /// file, and for the archive's last one, which says where that ends; errno.
  std::expected<void, std::error_code> remove(const std::string& name);

 private:
  friend class Writer;
  struct LOGBUF_HIDDEN State;
  LOGBUF_HIDDEN static std::expected<Keeper, std::error_code> beside(const Directory& directory);
  LOGBUF_HIDDEN explicit Keeper(std::unique_ptr<State>) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace logbuf::archive
