// LTTng-UST: a session daemon of our own, with its consumer daemon, in a directory of our own. No kernel tracing.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <optional>

#include "failure.hpp"
#include "lttng_trace.hpp"
#include "transport.hpp"

namespace logbuf::compare {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

struct LttngSettings {
  bool per_process = false;  // buffers
  bool blocking = false;
};

// LTTng's applications make these for waiting until there is a session daemon, and leave them behind.
std::array<fs::path, 3> wait_objects() {
  return {"/dev/shm/lttng-ust-wait-8", "/dev/shm/lttng-ust-wait-8-" + std::to_string(::geteuid()),
          "/dev/shm/lttng-ust-wait-8-65534"};
}

class LttngTransport : public Transport {
 public:
  LttngTransport(const Setting& setting, LttngSettings settings)
      : Transport(setting), settings_(settings), home_(setting_.directory / "lttng") {
    for (const auto& object : wait_objects())
      if (!fs::exists(object)) left_behind_.push_back(object);
  }
  ~LttngTransport() override {
    if (daemon_) daemon_->kill_with_descendants();
    std::error_code none;
    for (const auto& object : left_behind_) fs::remove(object, none);
  }

  void start() override {
    // A socket's path has to fit into 108 bytes.
    if (home_.string().size() > 60) cli::die("TMPDIR is too long for the sockets of LTTng: " + home_.string());
    for (const auto& directory : {home_, data()}) {
      fs::create_directory(directory);
      if (::geteuid() == 0 && ::chown(directory.c_str(), 65534, 65534) != 0)
        cli::die(directory.string() + " cannot be given to nobody");
    }
    restart_consumer();
  }

  Child start_producer(std::uint32_t life) override {
    ChildOptions options = as_lttng();
    options.descriptors = {setting_.page};
    return Child(producer_command("compare-lttng-producer", life, {}), options);
  }

  // The consumer daemon cannot be started again by itself: its session daemon goes with it.
  void kill_consumer() override { daemon_->kill_with_descendants(); }

  void restart_consumer() override {
    daemon_.emplace(Child({find_program("lttng-sessiond"), "--no-kernel"}, as_lttng()));
    if (!setting_.waiter.until([&] { return control({"list"}, 5s) == 0; }, 20s, 20ms))
      cli::die("lttng-sessiond did not answer");
    session_ = name_of(++sessions_);
    const std::string channel = "records";
    std::vector<std::string> enable = {"enable-channel",
                                       "--userspace",
                                       "--session=" + session_,
                                       "--discard",
                                       "--num-subbuf=4",
                                       "--subbuf-size=" + std::to_string(sub_buffer_bytes()),
                                       settings_.per_process ? "--buffers-pid" : "--buffers-uid"};
    if (settings_.blocking) enable.push_back("--blocking-timeout=inf");
    enable.push_back(channel);
    std::vector<std::string> create = {"create", session_, "--output=" + (data() / session_).string()};
    // So that what a dead consumer daemon had not yet written can be recovered.
    if (setting_.consumer_dies) create.push_back("--shm-path=" + buffers_of(session_).string());
    must(create);
    must(enable);
    must({"enable-event", "--userspace", "--session=" + session_, "--channel=" + channel, "logbuf_compare:record"});
    must({"start", session_});
  }

  void finish() override {
    // It waits for all that was recorded to be on disk, which may never be.
    if (control({"stop", session_}, 5s) != 0) remark("lttng stop did not end within 5 s");
    if (control({"destroy", "--no-wait", session_}, 5s) != 0) remark("lttng destroy failed");
    daemon_->signal(SIGTERM);
    if (!daemon_->wait(setting_.waiter, 5s)) remark("lttng-sessiond did not end within 5 s");
    daemon_->kill_with_descendants();
    daemon_.reset();
    end_orphans();
  }

  std::uint64_t read_back(Tally& tally) override {
    const TraceReader reader(setting_.waiter, setting_.log);
    const fs::path scratch = setting_.directory / "babeltrace2.err";
    TraceContents all;
    const auto read = [&](const fs::path& directory) {
      const TraceContents contents = reader.read(directory, scratch, tally);
      all.unreadable += contents.unreadable;
      return contents.discarded;
    };
    for (int session = 1; session <= sessions_; ++session) {
      const std::string name = name_of(session);
      const fs::path recovered = home_ / ("recovered-" + name);
      const bool died = session < sessions_;
      if (died && !reader.recover(buffers_of(name), recovered, data() / name, as_lttng()))
        remark("lttng-crash could not recover " + name);
      all.discarded += read(data() / name);
      // lttng-crash does not keep the counters.
      if (died) read(recovered);
    }
    if (all.unreadable != 0) remark(std::to_string(all.unreadable) + " traces could not be read, or not to their end");
    return all.discarded;
  }

 private:
  static std::string name_of(int session) { return "compare-" + std::to_string(session); }
  fs::path buffers_of(const std::string& session) const { return home_ / ("buffers-" + session); }

  ChildOptions as_lttng() const {
    ChildOptions options{
        .environment = {"LTTNG_HOME=" + home_.string(), "HOME=" + home_.string(), "LTTNG_UST_REGISTER_TIMEOUT=-1"},
        .log = setting_.log,
        .as_nobody = true};
    if (settings_.blocking) options.environment.push_back("LTTNG_UST_ALLOW_BLOCKING=1");
    return options;
  }

  std::optional<int> control(const std::vector<std::string>& arguments, Waiter::Duration limit) const {
    // A group that is nobody's: who is in "tracing" would be taken to the machine's own session daemon.
    std::vector<std::string> command = {find_program("lttng"), "--no-sessiond", "--group=logbuf-compare-none"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return run_to_end(command, as_lttng(), setting_.waiter, limit);
  }
  void must(const std::vector<std::string>& arguments) const {
    if (control(arguments, 10s) != 0) cli::die("lttng " + arguments[0] + " failed");
  }

  // Four sub-buffers a CPU, and a set for each process where the buffers are its own.
  std::uint64_t sub_buffer_bytes() const {
    const auto cpus = static_cast<std::uint64_t>(::sysconf(_SC_NPROCESSORS_CONF));
    const std::uint64_t sets = cpus * (settings_.per_process ? setting_.producers : 1);
    return std::max<std::uint64_t>(4096, std::bit_floor(setting_.capacity_bytes / (4 * sets)));
  }

  LttngSettings settings_;
  fs::path home_;
  std::vector<fs::path> left_behind_;
  std::optional<Child> daemon_;
  std::string session_;
  int sessions_ = 0;
};

std::string first_line_of(const std::string& program, const Waiter& waiter) {
  std::string first;
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  read_lines({find_program(program), "--version"}, {.log = nowhere}, waiter, 10s, [&](std::string_view line) {
    if (first.empty()) first = line;
  });
  ::close(nowhere);
  return first;
}

// "lttng (LTTng Trace Control) 2.13.9 - ...": the number.
std::string version_of(const std::string& program, const Waiter& waiter) {
  const std::string line = first_line_of(program, waiter);
  const std::size_t begin = line.find_first_of("0123456789", line.find(' '));
  if (begin == std::string::npos) return "of a version that it does not say";
  return line.substr(begin, line.find_first_not_of("0123456789.", begin) - begin);
}

}  // namespace

std::vector<TransportKind> lttng_transports(const fs::path& programs, const Waiter& waiter) {
  std::string absent;
  std::string version;
  if (!fs::exists(programs / "compare-lttng-producer")) {
    absent = "built without LTTng (liblttng-ust-dev)";
  } else {
    for (const char* const program : {"lttng", "lttng-sessiond", "lttng-crash", "babeltrace2"})
      if (find_program(program).empty()) absent = std::string("there is no ") + program;
  }
  if (absent.empty()) {
    version = "LTTng-UST " LOGBUF_COMPARE_LTTNG_UST ", lttng-tools " + version_of("lttng", waiter) + ", babeltrace " +
              version_of("babeltrace2", waiter);
  }
  std::vector<TransportKind> kinds;
  for (const bool per_process : {false, true}) {
    for (const bool blocking : {false, true}) {
      const LttngSettings settings{.per_process = per_process, .blocking = blocking};
      kinds.push_back(
          {.name = std::string("lttng-") + (per_process ? "pid" : "uid") + (blocking ? "-block" : "-discard"),
           .settings =
               std::string(per_process ? "--buffers-pid" : "--buffers-uid (the default)") +
               (blocking ? ", --blocking-timeout=inf and LTTNG_UST_ALLOW_BLOCKING" : ", --discard (the default)"),
           .version = version,
           .absent = absent,
           .on_request = false,
           .make = [settings](const Setting& setting) { return std::make_unique<LttngTransport>(setting, settings); }});
    }
  }
  return kinds;
}

}  // namespace logbuf::compare
