// A memory barrier that one process makes for all: the others, who pass far more often, need none.
#pragma once

namespace logbuf {

// From now on this process takes part in the barriers that others make. May take some milliseconds, once a process.
// False: the kernel, or a sandbox, does not let it.
bool register_for_barriers() noexcept;

// Behind it, every thread of every process that has registered has made all its stores visible that it had made before
// it passed here, and loads anew what it loads from now on; so has the caller. A few microseconds. False: nothing of
// that has happened.
bool barrier_for_all() noexcept;

}  // namespace logbuf
