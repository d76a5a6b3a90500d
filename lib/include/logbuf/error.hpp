/// \file
/// What can go wrong when a ring or an archive is set up, and how to say it.
///
/// Set-up reports `std::expected<T, std::error_code>`: either an Errc (this category) or the system's errno. The
/// code says what kind of failure it is; error_detail() says which ring, file, number and remedy, for a person
/// to read.
#pragma once

#include <string>
#include <system_error>

#include <logbuf/export.hpp>

namespace logbuf {

/// What kind of failure it is.
enum class Errc {
  invalid_name = 1,       ///< a ring's name outside `[A-Za-z0-9._-]{1,128}`, or . or .. alone
  invalid_capacity,       ///< not a power of two, too small or too large
  invalid_option,         ///< a number of producers, a mode, a group, an end's name that cannot be
  no_such_ring,           ///< no ring has this name (any more)
  ring_exists,            ///< create() of a name that is taken
  not_permitted,          ///< the object's mode keeps us out
  no_memory,              ///< /dev/shm has not that much room
  not_a_ring,             ///< the object's first bytes are not a ring's
  wrong_layout,           ///< a ring of another layout version
  damaged_ring,           ///< header, size or positions contradict each other
  wrong_kind,             ///< an mpsc end for an spsc ring, or the reverse
  no_free_slot,           ///< as many producers are attached as the ring has slots
  consumer_present,       ///< the ring has a living consumer
  ring_closed,            ///< close() was called: the ring takes no more producers
  ring_quarantined,       ///< a consumer found a record that no producer of ours can have written
  not_an_archive,         ///< a directory or file that holds no archive
  archive_in_use,         ///< another writer holds the directory
  wrong_archive_version,  ///< an archive format this library does not know
  damaged_archive,        ///< a file header that fails its checksum, names that contradict the headers
  wrong_ring,             ///< the archive and the ring cannot belong together
  ring_in_use,            ///< a ring that was to be removed has a living producer or consumer
  ring_not_empty,         ///< a ring that was to be removed holds records
};

/// The category of an Errc as std::error_code; its name is "logbuf". Never waits. Any thread.
LOGBUF_API const std::error_category& error_category() noexcept;
/// The code for `e`, in error_category(); std::error_code calls it, so that a code can be compared with an Errc. Never
/// waits. Any thread.
LOGBUF_API std::error_code make_error_code(Errc e) noexcept;

/// The sentence behind the last error_code that this thread was given: the thing's name, what was wrong, what
/// to do. One per thread, as long as the thread lives; overwritten by the next failure; empty if there was none. Never
/// waits. Any thread.
LOGBUF_API const std::string& error_detail() noexcept;

}  // namespace logbuf

/// \cond library
template <>
struct std::is_error_code_enum<logbuf::Errc> : std::true_type {};
/// \endcond
