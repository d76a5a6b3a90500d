// A simulated machine's file system: platform/file.hpp with nothing but memory behind it (file.cpp). Each file and each
// directory has two states: what processes see, and what is on the disk. Any call can be made to fail, or to be the
// last one before the process or the machine dies.
//
// What a directory's failed fsync leaves undone may be done by the next one: a file system that cannot write its
// journal takes no more changes, so nobody would be told that they are durable.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "contents.hpp"

namespace simulation {

enum class Call {
  open,
  make,  // open, which makes the file
  size,
  read,
  write,
  truncate,
  sync_data,
  sync,
  lock,
  rename,
  unlink,
  kind,
  names,
  make_directory,
  random
};
bool changes(Call call);      // what a process or the disk sees
bool takes_space(Call call);  // so that a full disk refuses it

enum class Fault {
  stop_before,  // the process does not come to make this call, nor any other
  stop_after,
  stop_within,  // a write is cut short
  error,        // EIO; the call had no effect. A sync: as Contents::fail_sync()
  no_space,     // ENOSPC; no effect
  cut_short     // half of a write, then ENOSPC
};

struct Plan {
  Fault fault;
  std::uint64_t at = 0;     // the number of the call, from 0
  std::uint64_t calls = 1;  // so many of them, from that one on; of no_space, those that take space
};

class Disk {
 public:
  explicit Disk(std::uint64_t seed);
  ~Disk();
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  void make_durable_directory(const std::filesystem::path& path);
  // Of a file that is there.
  Contents& contents(const std::filesystem::path& path) { return find(path)->contents; }
  void plan(std::vector<Plan> plans) { plans_ = std::move(plans); }
  bool planned() const noexcept { return !plans_.empty(); }
  bool stopped() const noexcept { return stopped_; }
  bool struck() const noexcept { return struck_; }  // a fault happened
  const std::vector<Call>& trace() const noexcept { return trace_; }
  // The system needs memory: of each file only what it still means to write stays there.
  void drop_caches();
  // The process died, and another one is there: descriptors and their locks are gone, all else is as it was.
  void restart();
  // The machine died, and is there again: with what was on the disk.
  void cut_power(const Survival& survival);

  // While one lives, calls are not counted and do not fail.
  class Observer {
   public:
    explicit Observer(Disk& disk) : disk_(disk) { ++disk_.observers_; }
    ~Observer() { --disk_.observers_; }
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;

   private:
    Disk& disk_;
  };

  // What file.cpp calls. Errors are errno values.
  static Disk& current() noexcept;
  using Done = std::expected<void, int>;
  std::expected<int, int> open(const std::filesystem::path& path, int flags);
  void close(int fd);
  std::expected<std::uint64_t, int> size(int fd);
  std::expected<std::size_t, int> read(int fd, std::span<std::byte> into, std::uint64_t offset);
  Done write(int fd, std::span<const std::byte> bytes, std::uint64_t offset);
  Done truncate(int fd, std::uint64_t size);
  Done sync_data(int fd);
  Done sync(int fd);
  std::expected<bool, int> try_lock(int fd);
  Done rename(int directory, const std::string& from, const std::string& to);
  Done unlink(int directory, const std::string& name);
  std::expected<bool, int> is_directory(const std::filesystem::path& path);
  std::expected<std::vector<std::string>, int> names(const std::filesystem::path& path);
  Done make_directories(const std::filesystem::path& path);
  Done random_bytes(std::span<std::byte> into);
  std::int64_t clock_ns() noexcept { return clock_ns_ += 1'000'000; }
  std::uint64_t boots() const noexcept { return boots_; }

 private:
  struct Node;
  using NodePtr = std::shared_ptr<Node>;
  using Names = std::map<std::string, NodePtr>;
  // A directory's: no sync has made it durable yet.
  struct Change {
    std::string removed;  // empty: no name
    std::string added;
    NodePtr node;
  };
  struct Node {
    bool directory = false;
    int locked_by = -1;
    Contents contents;
    Names now;
    Names disk;
    std::vector<Change> changes;
  };
  struct Fate {
    bool effect = true;
    bool part = false;  // of a write
    int error = 0;
  };

  Fate arrive(Call call);
  NodePtr find(const std::filesystem::path& path) const;
  NodePtr node_of(int fd) const { return descriptors_.at(fd); }
  NodePtr add(const NodePtr& parent, const std::string& name, bool directory);
  static void change(Names& names, const Change& change);
  void cut_power(const NodePtr& directory, const Survival& survival, test::Random& random);

  test::Random random_;
  NodePtr root_;
  std::vector<NodePtr> files_;  // all there ever were
  std::map<int, NodePtr> descriptors_;
  int next_fd_ = 3;
  std::vector<Plan> plans_;
  std::vector<Call> trace_;
  bool stopped_ = false;
  bool struck_ = false;
  int observers_ = 0;
  std::int64_t clock_ns_ = 1'790'000'000'000'000'000;
  std::uint64_t boots_ = 1;
};

}  // namespace simulation
