// What the archiver tells a service manager, over a socket as systemd gives it.
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>

#include "archiver.hpp"
#include "config_file.hpp"

namespace test {
namespace {

using logbuf::queue::mpsc::Producer;

class NotifySocket {
 public:
  NotifySocket() {
    fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(path_.size() < sizeof address.sun_path);
    std::ranges::copy(path_, address.sun_path);
    REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    const timeval patience{.tv_sec = 120, .tv_usec = 0};
    REQUIRE(::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0);
  }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;
  ~NotifySocket() { ::close(fd_); }

  // For a child: its environment as the service manager makes it.
  std::function<void()> environment(const std::string& watchdog_us = "", const std::string& watchdog_pid = "") const {
    return [=, path = path_] {
      ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
      if (!watchdog_us.empty()) ::setenv("WATCHDOG_USEC", watchdog_us.c_str(), 1);
      if (!watchdog_pid.empty()) ::setenv("WATCHDOG_PID", watchdog_pid.c_str(), 1);
    };
  }
  // Leaves no room for another datagram, of nobody.
  void fill() const {
    const int sender = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(path_, address.sun_path);
    const auto* const to = reinterpret_cast<const sockaddr*>(&address);
    while (::sendto(sender, "X=1", 3, MSG_DONTWAIT, to, sizeof address) > 0) {
    }
    ::close(sender);
  }
  // The next datagram. The test fails where none comes.
  std::string receive() const { return receive(0); }
  // All that have come.
  Lines received() const {
    Lines all;
    for (std::string next; !(next = receive(MSG_DONTWAIT)).empty();) all.push_back(next);
    return all;
  }
  // All up to the first that has `what` in it.
  Lines receive_up_to(const std::string& what) const {
    Lines all;
    do all.push_back(receive());
    while (all.back().find(what) == std::string::npos);
    return all;
  }

 private:
  std::string receive(int flags) const {
    std::array<char, 4096> bytes{};
    const ssize_t got = ::recv(fd_, bytes.data(), bytes.size(), flags);
    if (flags == 0) REQUIRE_MESSAGE(got > 0, "nothing was told");
    return {bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
  }

  TemporaryDirectory directory_;
  std::string path_ = (directory_.path() / "notify").string();
  int fd_ = -1;
};

bool has(const Lines& datagrams, const std::string& what) {
  return std::ranges::any_of(datagrams, [&](const auto& one) { return one.find(what) != std::string::npos; });
}

const std::string kWatchdog = "WATCHDOG=1\n";

void end(Program& daemon) {
  daemon.signal(SIGTERM);
  CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
}

}  // namespace

TEST_CASE("the service manager is told READY=1 when the rings that are given are attached, and STOPPING=1 at the end") {
  const ScratchRing first;
  const ScratchRing second;
  const TemporaryDirectory directory;
  const NotifySocket manager;
  Program daemon = archive_ring(first.name(), directory.path(), {"--ring", second.name()}, manager.environment());
  CHECK(manager.receive() == "READY=1\nSTATUS=2 rings, 0 records archived, 0 bytes behind");
  CHECK(first.has_consumer());
  CHECK(second.has_consumer());
  end(daemon);
  const Lines rest = manager.received();
  REQUIRE(rest.size() == 1);
  CHECK(rest.front().starts_with("STOPPING=1\n"));
}

TEST_CASE("an archiver that cannot attach a ring is never ready") {
  const ScratchRing ring;
  const ScratchName absent;
  const TemporaryDirectory directory;
  const NotifySocket manager;
  Program daemon = archive_ring(ring.name(), directory.path(), {"--ring", absent.name()}, manager.environment());
  CHECK(daemon.wait() == 2);
  CHECK(manager.received().empty());
}

TEST_CASE("a run that ends by itself says STOPPING=1, too") {
  const ScratchRing ring;
  const TemporaryDirectory directory;
  const NotifySocket manager;
  Program daemon = archive_ring(ring.name(), directory.path(), {"--once"}, manager.environment());
  CHECK(daemon.wait() == 0);
  const Lines told = manager.received();
  CHECK(has(told, "READY=1\n"));
  CHECK(told.back().starts_with("STOPPING=1\n"));
}

TEST_CASE("SIGHUP is RELOADING=1 with the time, and then READY=1, also where the file is wrong") {
  const ScratchRing ring;
  const TemporaryDirectory directory;
  const NotifySocket manager;
  const std::string good = "ring = " + ring.name() + "\ndir = " + directory.path().string() + "\n";
  const ConfigFile file(good);
  Program daemon = file.archiver({}, manager.environment());
  manager.receive_up_to("READY=1\n");
  for (const std::string keys : {"compress = lz4\n", "nonsense\n"}) {
    file.write(good + keys);
    daemon.signal(SIGHUP);
    CHECK(manager.receive().starts_with("RELOADING=1\nMONOTONIC_USEC="));
    CHECK(manager.receive().starts_with("READY=1\n"));
  }
  end(daemon);
}

TEST_CASE("the watchdog is told again and again, with the state of the rings, while nothing comes and while it does") {
  const ScratchRing ring;
  const TemporaryDirectory directory;
  const NotifySocket manager;
  Program daemon = archive_ring(ring.name(), directory.path(), {}, manager.environment("100000"));
  for (int i = 0; i < 3; ++i) manager.receive_up_to(kWatchdog);
  auto producer = required(Producer::attach(ring.name()));
  for (int i = 0; i < 3; ++i) put(producer, "x");
  manager.receive_up_to(kWatchdog + "STATUS=1 ring, 3 records archived, 0 bytes behind");
  auto open = producer.try_claim(64);
  REQUIRE(open.has_value());
  auto other = required(producer.clone());
  put(other, "behind it");
  manager.receive_up_to(kWatchdog + "STATUS=1 ring, 3 records archived, 96 bytes behind");
  open->commit();
  manager.receive_up_to(kWatchdog + "STATUS=1 ring, 5 records archived, 0 bytes behind");
  end(daemon);
}

TEST_CASE("while a drain hangs the watchdog is told nothing, and the status says which; when it goes on, it is") {
  const WithoutLeakCheck without_leak_check;
  const ScratchRing ring;
  const ScratchRing sound;
  const TemporaryDirectory directory;
  const NotifySocket manager;
  Program daemon = archive_ring(ring.name(), directory.path(), {"--ring", sound.name(), "--sync", "batch"},
                                manager.environment("100000"));
  manager.receive_up_to(kWatchdog);
  const auto trace =
      attach_strace(daemon.pid(), {"-e", "trace=fdatasync", "-e", "inject=fdatasync:delay_enter=60000000", "-o",
                                   (directory.path() / "calls").string()});
  if (!trace) return;
  auto producer = required(Producer::attach(ring.name()));
  put(producer, "x");
  const std::string stands = "STATUS=ring '" + ring.name() + "' has stood still for ";
  manager.receive_up_to(stands);
  for (int i = 0; i < 5; ++i) CHECK(manager.receive().starts_with(stands));
  CHECK(daemon.has_said("the watchdog is not told"));
  trace->signal(SIGINT);  // strace lets go of it
  trace->wait();
  manager.receive_up_to(kWatchdog + "STATUS=2 rings, 1 record archived");
  end(daemon);
}

TEST_CASE("without a watchdog the status follows the records, too") {
  const ScratchRing ring;
  const TemporaryDirectory directory;
  const NotifySocket manager;
  Program daemon = archive_ring(ring.name(), directory.path(), {}, manager.environment());
  manager.receive_up_to("READY=1\n");
  auto producer = required(Producer::attach(ring.name()));
  put(producer, "x");
  const Lines told = manager.receive_up_to("STATUS=1 ring, 1 record archived, 0 bytes behind");
  CHECK_FALSE(has(told, "WATCHDOG"));
  end(daemon);
}

TEST_CASE("a service manager that does not listen holds nothing up, and hears READY and STOPPING when it does") {
  const ScratchRing ring;
  const TemporaryDirectory directory;
  const NotifySocket manager;
  manager.fill();
  Program daemon = archive_ring(ring.name(), directory.path(), {}, manager.environment("1"));
  auto producer = required(Producer::attach(ring.name()));
  put(producer, "x");
  wait_until("it is archived", [&] { return ring.drained(); });
  manager.receive_up_to("READY=1\n");
  manager.fill();
  end(daemon);
}

TEST_CASE("a watchdog for another process is not told, and one without a number neither") {
  for (const auto& [watchdog_us, pid] :
       {std::pair("1000", "1"), std::pair("1000", "ours"), std::pair("soon", ""), std::pair("0", "")}) {
    const ScratchRing ring;
    const TemporaryDirectory directory;
    const NotifySocket manager;
    Program daemon = archive_ring(ring.name(), directory.path(), {}, manager.environment(watchdog_us, pid));
    auto producer = required(Producer::attach(ring.name()));
    for (int i = 0; i < 20; ++i) {
      put(producer, "x");
      wait_until("it is archived", [&] { return ring.drained(); });
    }
    end(daemon);
    const Lines told = manager.received();
    CHECK(has(told, "READY=1\n"));
    CHECK_FALSE(has(told, "WATCHDOG"));
  }
}

TEST_CASE("without a service manager there is no socket") {
  const ScratchRing ring;
  const TemporaryDirectory directory;
  Program daemon = archive_ring(ring.name(), directory.path(), {}, [] {
    ::unsetenv("NOTIFY_SOCKET");
    ::setenv("WATCHDOG_USEC", "1000", 1);
  });
  wait_until("the archiver attaches", [&] { return ring.has_consumer(); });
  for (const auto& fd : std::filesystem::directory_iterator("/proc/" + std::to_string(daemon.pid()) + "/fd")) {
    std::error_code error;
    const std::string target = std::filesystem::read_symlink(fd.path(), error).string();
    CHECK_FALSE(target.starts_with("socket:"));
  }
  end(daemon);
}

TEST_CASE("to the journal lines begin with their severity, and elsewhere with the program's name") {
  const auto as_journal = [](bool ours) {
    return [=] {
      struct stat about{};
      ::fstat(STDERR_FILENO, &about);
      const std::string stream = std::to_string(about.st_dev) + ":" + std::to_string(about.st_ino + (ours ? 0 : 1));
      ::setenv("JOURNAL_STREAM", stream.c_str(), 1);
    };
  };
  for (const bool ours : {true, false}) {
    const ScratchRing ring;
    const ScratchName absent;
    const TemporaryDirectory directory;
    Program once = archive_ring(ring.name(), directory.path(), {"--once"}, as_journal(ours));
    CHECK(once.wait() == 0);
    CHECK_MESSAGE(once.said().starts_with((ours ? "<6>ring '" : "logbuf-archiver: ring '") + ring.name()), once.said());
    Program wrong = archive_ring(absent.name(), directory.path(), {}, as_journal(ours));
    CHECK(wrong.wait() == 2);
    CHECK_MESSAGE(wrong.said().starts_with(ours ? "<3>there is no ring" : "logbuf-archiver: there is no ring"),
                  wrong.said());
    const ConfigFile file("ring = " + ring.name() + "\ndir = " + directory.path().string() + "\n");
    Program daemon = file.archiver({}, as_journal(ours));
    wait_until("it drains", [&] { return ring.has_consumer(); });
    file.write("nonsense\n");
    daemon.signal(SIGHUP);
    wait_until("it refuses the file", [&] { return daemon.has_said("stays in effect"); });
    CHECK_MESSAGE(daemon.said().starts_with(ours ? "<4>the configuration" : "logbuf-archiver: the configuration"),
                  daemon.said());
    end(daemon);
  }
}

TEST_CASE("a service manager that is not there is said once, and nothing else goes wrong") {
  for (const std::string name : {"/nonexistent/notify", "relative", "@nobody-listens-here"}) {
    const ScratchRing ring;
    const TemporaryDirectory directory;
    Program daemon = archive_ring(ring.name(), directory.path(), {}, [&] {
      ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
      ::setenv("WATCHDOG_USEC", "1000", 1);
    });
    auto producer = required(Producer::attach(ring.name()));
    put(producer, "x");
    wait_until("it is archived", [&] { return ring.drained(); });
    end(daemon);
    const std::string said = daemon.said();
    const std::string about = name == "relative" ? "NOTIFY_SOCKET" : "cannot tell the service manager";
    CHECK_MESSAGE(said.find(about) != std::string::npos, said);
    CHECK_MESSAGE(said.find(about) == said.rfind(about), said);
  }
}

TEST_SUITE("heavy") {
  TEST_CASE("a drain that waits for a disk to take something does not hang: the watchdog is told") {
    const ScratchRing ring;
    const TemporaryDirectory directory;
    const NotifySocket manager;
    Program daemon = archive_ring(ring.name(), directory.path(), {}, [environment = manager.environment("100000")] {
      environment();
      const rlimit limit{.rlim_cur = 16384, .rlim_max = 16384};
      ::setrlimit(RLIMIT_FSIZE, &limit);
    });
    auto producer = required(Producer::attach(ring.name()));
    const std::string text(1000, 'x');
    for (int i = 0; i < 30; ++i) put(producer, text);
    wait_until("the disk has refused", [&] { return daemon.has_said("trying again every second"); });
    for (int i = 0; i < 100; ++i) CHECK(manager.receive().find("stood still") == std::string::npos);
    CHECK(has(manager.receive_up_to(kWatchdog), kWatchdog));
    daemon.signal(SIGTERM);
    CHECK(daemon.wait() == 1);
  }
}

}  // namespace test
