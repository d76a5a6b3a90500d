#include <doctest/doctest.h>
#include <linux/membarrier.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "machine.hpp"

using namespace logbuf::ctl;

namespace {

constexpr std::uint64_t kMany = std::uint64_t{1} << 62;

// A machine where all is well, in files of its own.
class Made {
 public:
  Made() : dir_(std::filesystem::temp_directory_path() / ("logbuf-doctor-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(dir_ / "shm");
    std::filesystem::create_directories(dir_ / "systemd");
    machine.shm = path("shm");
    machine.mounts = path("mounts");
    machine.limits = path("limits");
    machine.systemd = path("systemd");
    machine.logind = {path("etc"), path("run"), path("lib")};
    machine.clock_source = path("clock");
    machine.ring_bytes = 4096;
    machine.users = {0, 999};
    machine.barriers = MEMBARRIER_CMD_GLOBAL_EXPEDITED | MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED;
    machine.now_ns = 1'795'323'967'000'000'000;
    mounted("tmpfs", "rw,relatime");
    limits("1024", "unlimited");
    write("clock", "tsc\n");
  }
  Made(const Made&) = delete;
  Made& operator=(const Made&) = delete;
  ~Made() { std::filesystem::remove_all(dir_); }

  std::string path(const std::string& name) const { return (dir_ / name).string(); }
  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((dir_ / name).parent_path());
    std::ofstream(dir_ / name) << text;
  }
  void mounted(const std::string& type, const std::string& options) const {
    write("mounts", "proc /proc proc rw 0 0\nnone " + path("shm") + ' ' + type + ' ' + options + " 0 0\n");
  }
  void limits(const std::string& files, const std::string& file_size) const {
    write("limits",
          "Limit                     Soft Limit           Hard Limit           Units     \n"
          "Max file size             " +
              file_size +
              "            unlimited            bytes     \n"
              "Max locked memory         8388608              8388608              bytes     \n"
              "Max open files            " +
              files + "                 524288               files     \n");
  }
  Finding find(const std::string& check) const {
    const Findings all = check_machine(machine);
    const auto found = std::ranges::find(all, check, &Finding::check);
    REQUIRE(found != all.end());
    CHECK((found->grade == Grade::ok) == found->remedy.empty());
    return *found;
  }
  Grade grade(const std::string& check) const { return find(check).grade; }

  Machine machine;

 private:
  std::filesystem::path dir_;
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("of a machine where all is well the doctor says ok, and nothing to do") {
  const Made made;
  for (const Finding& finding : check_machine(made.machine)) {
    CAPTURE(finding.check);
    CAPTURE(finding.found);
    CHECK(finding.grade == Grade::ok);
    CHECK(finding.remedy == "");
  }
}

TEST_CASE("shared memory that is not there, not mounted, no tmpfs or read-only is a problem") {
  Made made;
  made.mounted("ext4", "rw");
  CHECK(made.grade("shm") == Grade::problem);
  CHECK(contains(made.find("shm").found, "is of type ext4"));
  made.mounted("tmpfs", "ro,relatime");
  CHECK(contains(made.find("shm").found, "read-only"));
  made.write("mounts", "tmpfs " + made.path("shm") + "x tmpfs rw 0 0\n");
  CHECK(contains(made.find("shm").found, "is not mounted"));
  made.machine.shm = made.path("nowhere");
  CHECK(contains(made.find("shm").found, "is not there"));
  CHECK(made.grade("shm") == Grade::problem);
  CHECK(made.grade("shm_size") == Grade::problem);
}

TEST_CASE("where a file system is mounted over another, the last one counts") {
  Made made;
  const std::string shm = made.path("shm");
  made.write("mounts", "tmpfs " + shm + " tmpfs rw 0 0\n/dev/sda " + shm + " ext4 rw 0 0\n");
  CHECK(made.grade("shm") == Grade::problem);
}

TEST_CASE("how huge pages are mounted is said, and is no fault") {
  Made made;
  CHECK(contains(made.find("shm").found, "huge pages: never"));
  made.mounted("tmpfs", "rw,huge=advise,size=64m");
  CHECK(contains(made.find("shm").found, "huge pages: advise"));
  CHECK(made.grade("shm") == Grade::ok);
}

TEST_CASE("shared memory that is smaller than a ring is a problem") {
  Made made;
  made.machine.ring_bytes = kMany;
  CHECK(made.grade("shm_size") == Grade::problem);
}

TEST_CASE("shared memory of which too little is free for a ring is a warning") {
  Made made;
  struct statvfs fs{};
  REQUIRE(statvfs(made.machine.shm.c_str(), &fs) == 0);
  if (fs.f_bavail == fs.f_blocks) {
    MESSAGE("not run: nothing is in use on the file system of the temporary files");
    return;
  }
  made.machine.ring_bytes = fs.f_blocks * fs.f_frsize;
  CHECK(made.grade("shm_size") == Grade::warning);
}

TEST_CASE("RemoveIPC is a warning where a ring's user, or who asks, is no system user") {
  Made made;
  CHECK(contains(made.find("remove_ipc").found, "as systemd has it by itself"));
  made.machine.users = {0, 999, 1000, 1001};
  CHECK(made.grade("remove_ipc") == Grade::warning);
  CHECK(contains(made.find("remove_ipc").found, "here uid 1000, 1001"));
  made.write("etc/logind.conf", "[Login]\n#RemoveIPC=no\n");
  CHECK(made.grade("remove_ipc") == Grade::warning);
  made.write("etc/logind.conf", "[Login]\n RemoveIPC = off\n");
  CHECK(made.grade("remove_ipc") == Grade::ok);
  made.write("etc/logind.conf", "[Other]\nRemoveIPC=no\n");
  CHECK(made.grade("remove_ipc") == Grade::warning);
}

TEST_CASE("of logind's files the first logind.conf counts, and drop-ins before it, by name and not by directory") {
  Made made;
  made.machine.users = {1000};
  made.write("lib/logind.conf", "[Login]\nRemoveIPC=no\n");
  CHECK(made.grade("remove_ipc") == Grade::ok);
  made.write("run/logind.conf", "[Login]\n");
  CHECK(made.grade("remove_ipc") == Grade::warning);
  made.write("lib/logind.conf.d/20-a.conf", "[Login]\nRemoveIPC=no\n");
  CHECK(made.grade("remove_ipc") == Grade::ok);
  CHECK(contains(made.find("remove_ipc").found, made.path("lib/logind.conf.d/20-a.conf")));
  made.write("etc/logind.conf.d/10-b.conf", "[Login]\nRemoveIPC=yes\n");
  CHECK(made.grade("remove_ipc") == Grade::ok);
  made.write("etc/logind.conf.d/20-a.conf", "");  // hides the other of that name
  CHECK(made.grade("remove_ipc") == Grade::warning);
  made.write("etc/logind.conf.d/30-c", "[Login]\nRemoveIPC=no\n");
  CHECK(made.grade("remove_ipc") == Grade::warning);
}

TEST_CASE("where systemd does not run, nobody removes rings") {
  Made made;
  made.machine.users = {1000};
  made.machine.systemd = made.path("nowhere");
  CHECK(made.grade("remove_ipc") == Grade::ok);
}

TEST_CASE("few open files are a warning: for many producers, and for an archiver of as many rings as there are") {
  Made made;
  made.limits("1023", "unlimited");
  CHECK(made.grade("open_files") == Grade::warning);
  made.limits("1024", "unlimited");
  CHECK(made.grade("open_files") == Grade::ok);
  made.machine.rings = 200;
  CHECK(made.grade("open_files") == Grade::warning);
  CHECK(contains(made.find("open_files").found, "the 200 rings"));
  CHECK(contains(made.find("open_files").remedy, "ulimit -n 3200"));
  made.limits("unlimited", "unlimited");
  CHECK(made.grade("open_files") == Grade::ok);
}

TEST_CASE("a limit on file sizes is a problem below a ring's size, and a warning below an archive file's") {
  Made made;
  made.limits("1024", "4095");
  CHECK(made.grade("file_size") == Grade::problem);
  made.limits("1024", "4096");
  CHECK(made.grade("file_size") == Grade::warning);
  made.limits("1024", "268435456");
  CHECK(made.grade("file_size") == Grade::ok);
}

TEST_CASE("limits that cannot be read are a problem: without /proc nobody attaches") {
  Made made;
  made.machine.limits = made.path("nowhere");
  for (const char* const check : {"open_files", "file_size", "locked_memory"}) {
    CHECK(made.grade(check) == Grade::problem);
    CHECK(contains(made.find(check).remedy, "mount -t proc"));
  }
}

TEST_CASE("a system without the barrier is a warning, be it refused or too old") {
  Made made;
  made.machine.barriers = -1;
  CHECK(contains(made.find("barrier").found, "is refused"));
  CHECK(made.grade("barrier") == Grade::warning);
  made.machine.barriers = MEMBARRIER_CMD_GLOBAL;
  CHECK(contains(made.find("barrier").found, "does not know"));
  CHECK(made.grade("barrier") == Grade::warning);
}

TEST_CASE("a slow clock is a warning, one that is not set a problem, one that is not told of neither") {
  Made made;
  made.write("clock", "hpet\n");
  CHECK(made.grade("clock") == Grade::warning);
  CHECK(contains(made.find("clock").found, "hpet"));
  made.machine.clock_source = made.path("nowhere");
  CHECK(made.grade("clock") == Grade::ok);
  made.machine.now_ns = 3'600'000'000'000;
  CHECK(made.grade("clock") == Grade::problem);
}
