// A ring with the real archiver at its end, for the length of a run.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <logbuf/segment.hpp>

#include "child.hpp"
#include "waiter.hpp"

namespace logbuf::bench {

// A ring with a name.
class ArchivedRing {
 public:
  ArchivedRing(const std::string& name, std::uint64_t capacity_bytes);
  ArchivedRing(const ArchivedRing&) = delete;
  ArchivedRing& operator=(const ArchivedRing&) = delete;
  ~ArchivedRing();

  const std::string& name() const { return name_; }
  bool has_consumer() const;
  bool all_archived() const;

 private:
  std::string name_;
  Segment segment_;
};

// Until it is true, as long as the processes are there that make it so: `server` has to live, `worker` may end when it
// has done its work. Either may be null.
void await(const std::string& what, const Waiter& waiter, Waiter::Duration limit, Child* server, Child* worker,
           const std::function<bool()>& condition);

// Of a run that writes so many bytes: a disk that takes longer is taken for standing still.
Waiter::Duration longest_wait(std::uint64_t bytes);

// command[0] is the archiver, what follows are its options but for the ring. Returns when it is attached.
Child start_archiver(const std::vector<std::string>& command, const ArchivedRing& ring, const ChildOptions& options,
                     const Waiter& waiter);

}  // namespace logbuf::bench
