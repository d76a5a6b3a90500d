#include "machine.hpp"

#include <linux/membarrier.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <logbuf/layout.hpp>
#include <logbuf/segment.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <sstream>
#include <string_view>
#include <system_error>

#include "login.hpp"
#include "size.hpp"
#include "text.hpp"
#include "time_text.hpp"

namespace logbuf::ctl {
namespace {

using Words = std::vector<std::string>;

Words words_of(const std::string& line) {
  std::istringstream in(line);
  return {std::istream_iterator<std::string>(in), {}};
}

std::string resolved(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> real(realpath(path.c_str(), nullptr), std::free);
  return real ? real.get() : path;
}

struct Mount {
  std::string type;
  std::string options;
};

// The last line counts: it is mounted over those before. A path with a space stands there as \040, and is not found.
std::optional<Mount> find_mount(const Machine& machine) {
  const std::string point = resolved(machine.shm);
  std::optional<Mount> found;
  std::ifstream in(machine.mounts);
  for (std::string line; std::getline(in, line);) {
    const Words words = words_of(line);
    if (words.size() >= 4 && words[1] == point) found = Mount{words[2], words[3]};
  }
  return found;
}

std::optional<std::string> option_of(const Mount& mount, std::string_view name) {
  std::istringstream in(mount.options);
  for (std::string option; std::getline(in, option, ',');) {
    if (option == name) return "";
    if (option.starts_with(std::string(name) + '=')) return option.substr(name.size() + 1);
  }
  return std::nullopt;
}

std::string remount(const Machine& machine, const std::string& options) {
  return "mount -o remount," + options + ' ' + machine.shm;
}

Finding check_mount(const Machine& machine) {
  const std::string& shm = machine.shm;
  struct stat status{};
  const std::string remedy = "mount -t tmpfs -o mode=1777 tmpfs " + shm + ", and a line in /etc/fstab";
  if (stat(shm.c_str(), &status) != 0 || !S_ISDIR(status.st_mode))
    return {"shm", Grade::problem, shm + " is not there: no ring can be made", "mkdir " + shm + " && " + remedy};
  const auto mount = find_mount(machine);
  if (!mount) return {"shm", Grade::problem, shm + " is not mounted: rings would be ordinary files", remedy};
  if (mount->type != "tmpfs") {
    return {"shm", Grade::problem,
            shm + " is of type " + cli::escape(mount->type) + ", and should be a tmpfs: rings are memory", remedy};
  }
  if (option_of(*mount, "ro"))
    return {"shm", Grade::problem, shm + " is mounted read-only: no ring can be made", remount(machine, "rw")};
  if (access(shm.c_str(), W_OK | X_OK) != 0)
    return {"shm", Grade::problem, "this user may not write in " + shm, "chmod 1777 " + shm};
  const std::string huge = option_of(*mount, "huge").value_or("never");
  return {"shm", Grade::ok,
          shm + " is a tmpfs; huge pages: " + cli::escape(huge) +
              (huge == "never" ? " (huge=advise gives them to rings that ask for them)" : ""),
          ""};
}

Finding check_room(const Machine& machine) {
  struct statvfs fs{};
  if (statvfs(machine.shm.c_str(), &fs) != 0)
    return {"shm_size", Grade::problem, "the size of " + machine.shm + " cannot be told", "see whether it is mounted"};
  const std::string ring = cli::format_size(machine.ring_bytes);
  // A tmpfs without a limit says 0.
  if (fs.f_blocks == 0)
    return {"shm_size", Grade::ok,
            machine.shm + " has no limit of its own; a ring takes " + ring + " if not told otherwise", ""};
  const std::uint64_t size_bytes = fs.f_blocks * fs.f_frsize;
  const std::uint64_t free_bytes = fs.f_bavail * fs.f_frsize;
  const std::string found = machine.shm + " has " + cli::format_size(size_bytes) + ", " + cli::format_size(free_bytes) +
                            " of it free; a ring takes " + ring + " if not told otherwise";
  const std::string enlarge =
      remount(machine, "size=SIZE") + " (in a container: --shm-size), or make rings with a smaller --capacity";
  if (size_bytes < machine.ring_bytes) return {"shm_size", Grade::problem, found, enlarge};
  if (free_bytes < machine.ring_bytes)
    return {"shm_size", Grade::warning, found, "remove rings that nobody needs (logbuf-ctl gc), or " + enlarge};
  return {"shm_size", Grade::ok, found, ""};
}

struct Limit {
  bool known = false;
  std::optional<std::uint64_t> most;  // empty: unlimited
};

// "Max open files            1024                 524288               files": the soft one is the first.
Limit read_limit(const Machine& machine, std::string_view label) {
  std::ifstream in(machine.limits);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(label)) continue;
    const Words words = words_of(line.substr(label.size()));
    if (words.empty()) continue;
    if (words[0] == "unlimited") return {true, std::nullopt};
    std::uint64_t most = 0;
    const char* const end = words[0].data() + words[0].size();
    const auto [at, error] = std::from_chars(words[0].data(), end, most);
    if (error == std::errc() && at == end) return {true, most};
  }
  return {};
}

Finding unknown_limit(const std::string& check, const Machine& machine) {
  return {check, Grade::problem, machine.limits + " cannot be read: nobody attaches to a ring without /proc",
          "mount -t proc proc /proc"};
}

// Each attached end keeps one descriptor. For a ring an archiver has that, the directory, its lock and the files it
// writes, seals and compresses.
Finding check_open_files(const Machine& machine) {
  constexpr std::uint64_t enough = 1024;
  constexpr std::uint64_t archiver_per_ring = 8;
  constexpr std::uint64_t archiver_itself = 32;
  const Limit limit = read_limit(machine, "Max open files");
  if (!limit.known) return unknown_limit("open_files", machine);
  if (!limit.most) return {"open_files", Grade::ok, "a process may have any number of files open", ""};
  const std::string found = "a process may have " + std::to_string(*limit.most) +
                            " files open; each producer and consumer takes one, an archiver about " +
                            std::to_string(archiver_per_ring) + " for each ring";
  const std::string remedy = "ulimit -n " + std::to_string(std::max(enough, machine.rings * archiver_per_ring * 2)) +
                             ", or LimitNOFILE= in the unit";
  const std::uint64_t needed = machine.rings * archiver_per_ring + archiver_itself;
  if (*limit.most < needed) {
    return {"open_files", Grade::warning,
            found + ": too few for one archiver of the " + std::to_string(machine.rings) + " rings here", remedy};
  }
  if (*limit.most < enough)
    return {"open_files", Grade::warning, found + ": few for a process with many producers", remedy};
  return {"open_files", Grade::ok, found, ""};
}

Finding check_file_size(const Machine& machine) {
  constexpr std::uint64_t segment_file = std::uint64_t{256} << 20;  // logbuf-archiver's --rotate-size
  const Limit limit = read_limit(machine, "Max file size");
  if (!limit.known) return unknown_limit("file_size", machine);
  if (!limit.most) return {"file_size", Grade::ok, "files may have any size", ""};
  const std::string found = "a file may have " + cli::format_size(*limit.most);
  const std::string remedy = "ulimit -f unlimited, or LimitFSIZE=infinity in the unit";
  if (*limit.most < machine.ring_bytes) {
    return {"file_size", Grade::problem,
            found + ": less than the " + cli::format_size(machine.ring_bytes) + " of a ring, which cannot be made",
            remedy};
  }
  if (*limit.most < segment_file) {
    return {"file_size", Grade::warning, found + ": less than the 256M at which an archiver begins the next file",
            remedy + ", or give logbuf-archiver a smaller --rotate-size"};
  }
  return {"file_size", Grade::ok, found + ", which is enough for rings and archives", ""};
}

Finding check_locked_memory(const Machine& machine) {
  const Limit limit = read_limit(machine, "Max locked memory");
  if (!limit.known) return unknown_limit("locked_memory", machine);
  return {"locked_memory", Grade::ok,
          "a process may lock " + (limit.most ? cli::format_size(*limit.most) : std::string("any amount")) +
              " of memory; rings need none of it",
          ""};
}

Finding check_barrier(const Machine& machine) {
  constexpr long needed = MEMBARRIER_CMD_GLOBAL_EXPEDITED | MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED;
  if (machine.barriers >= 0 && (machine.barriers & needed) == needed)
    return {"barrier", Grade::ok, "membarrier() is there: a channel's commit needs no fence", ""};
  return {"barrier", Grade::warning,
          std::string("membarrier() ") +
              (machine.barriers < 0 ? "is refused" : "does not know GLOBAL_EXPEDITED (Linux 4.16)") +
              ": each commit of a channel has a fence instead, and costs some nanoseconds more",
          "allow it in the sandbox (seccomp, SystemCallFilter=), or take a newer kernel"};
}

Finding check_clock(const Machine& machine) {
  constexpr std::int64_t year_2020_ns = 1'577'836'800'000'000'000;
  // Those that a process reads by itself, without a system call.
  constexpr std::array<std::string_view, 6> fast = {
      "tsc", "kvm-clock", "hyperv_clocksource_tsc_page", "arch_sys_counter", "riscv_clocksource", "timebase"};
  if (machine.now_ns < year_2020_ns) {
    return {"clock", Grade::problem, "by the clock it is before 2020: the times of records mean nothing",
            "set it (timedatectl set-ntp true)"};
  }
  std::string source;
  std::ifstream(machine.clock_source) >> source;
  if (source.empty()) return {"clock", Grade::ok, "the clock is set; what it is read from is not told here", ""};
  if (std::ranges::find(fast, source) == fast.end()) {
    return {"clock", Grade::warning,
            "the clock is " + cli::escape(source) +
                ", which needs a system call: a record of a ring with timestamps may cost a microsecond",
            "see " + machine.clock_source.substr(0, machine.clock_source.rfind('/') + 1) +
                "available_clocksource, or make rings without --timestamps"};
  }
  return {"clock", Grade::ok, "the clock is set, and read without a system call (" + source + ')', ""};
}

}  // namespace

Machine this_machine(const std::vector<std::string>& rings) {
  Machine machine;
  machine.ring_bytes = layout::ring_offset(SegmentOptions{}.max_producers) + SegmentOptions{}.capacity;
  machine.rings = rings.size();
  machine.users.insert(geteuid());
  for (const std::string& ring : rings) {
    struct stat status{};
    const std::string object = machine.shm + '/' + std::string(layout::kObjectPrefix) + ring;
    if (stat(object.c_str(), &status) == 0) machine.users.insert(status.st_uid);
  }
  machine.barriers = syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);
  machine.now_ns = cli::now_ns();
  return machine;
}

Findings check_machine(const Machine& machine) {
  return {check_mount(machine),     check_room(machine),          check_remove_ipc(machine), check_open_files(machine),
          check_file_size(machine), check_locked_memory(machine), check_barrier(machine),    check_clock(machine)};
}

}  // namespace logbuf::ctl
