#include "daemon.hpp"

#include <signal.h>
#include <unistd.h>

#include <array>

#include "failure.hpp"

namespace logbuf::bench {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr uid_t kNobody = 65534;

// LTTng's applications make these for waiting until there is a session daemon, and leave them behind.
std::array<fs::path, 3> wait_objects() {
  return {"/dev/shm/lttng-ust-wait-8", "/dev/shm/lttng-ust-wait-8-" + std::to_string(::geteuid()),
          "/dev/shm/lttng-ust-wait-8-" + std::to_string(kNobody)};
}

}  // namespace

std::string LttngDaemon::absent() {
  for (const char* const program : {"lttng", "lttng-sessiond", "lttng-crash", "babeltrace2"})
    if (find_program(program).empty()) return std::string("there is no ") + program;
  return {};
}

void LttngDaemon::give_away(const fs::path& directory) {
  if (::geteuid() == 0 && ::chown(directory.c_str(), kNobody, kNobody) != 0)
    cli::die(directory.string() + " cannot be given to nobody");
}

LttngDaemon::LttngDaemon(const Waiter& waiter, fs::path home, int log, bool blocking, int cpu)
    : waiter_(waiter), home_(std::move(home)), log_(log), blocking_(blocking), cpu_(cpu) {
  for (const auto& object : wait_objects())
    if (!fs::exists(object)) left_behind_.push_back(object);
  // A socket's path has to fit into 108 bytes.
  if (home_.string().size() > 60) cli::die("TMPDIR is too long for the sockets of LTTng: " + home_.string());
  fs::create_directory(home_);
  give_away(home_);
}

LttngDaemon::~LttngDaemon() {
  if (daemon_) daemon_->kill_with_descendants();
  std::error_code none;
  for (const auto& object : left_behind_) fs::remove(object, none);
}

void LttngDaemon::start() {
  ChildOptions options = for_applications();
  options.cpu = cpu_;
  daemon_.emplace(Child({find_program("lttng-sessiond"), "--no-kernel"}, options));
  if (!waiter_.until([&] { return control({"list"}, 5s) == 0; }, 20s, 20ms)) cli::die("lttng-sessiond did not answer");
}

void LttngDaemon::record(const LttngSession& session) const {
  const std::string of = "--session=" + session.name;
  std::vector<std::string> create = {"create", session.name, "--output=" + session.output.string()};
  if (!session.buffers.empty()) create.push_back("--shm-path=" + session.buffers.string());
  std::vector<std::string> enable = {"enable-channel",
                                     "--userspace",
                                     of,
                                     "--discard",
                                     "--num-subbuf=4",
                                     "--subbuf-size=" + std::to_string(session.sub_buffer_bytes),
                                     session.per_process ? "--buffers-pid" : "--buffers-uid"};
  if (blocking_) enable.push_back("--blocking-timeout=inf");
  enable.push_back(kChannel);
  must(create);
  must(enable);
  must({"enable-event", "--userspace", of, std::string("--channel=") + kChannel, session.event});
  must({"start", session.name});
}

std::optional<int> LttngDaemon::control(const std::vector<std::string>& arguments, Waiter::Duration limit) const {
  return begin_control(arguments).wait(waiter_, limit);
}

Child LttngDaemon::begin_control(const std::vector<std::string>& arguments) const {
  // A group that is nobody's: who is in "tracing" would be taken to the machine's own session daemon.
  std::vector<std::string> command = {find_program("lttng"), "--no-sessiond", "--group=logbuf-compare-none"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return Child(command, for_applications());
}

void LttngDaemon::must(const std::vector<std::string>& arguments) const {
  if (control(arguments, 10s) != 0) cli::die("lttng " + arguments[0] + " failed");
}

void LttngDaemon::kill() {
  daemon_->kill_with_descendants();
}

bool LttngDaemon::end(Waiter::Duration limit) {
  daemon_->signal(SIGTERM);
  const bool ended = daemon_->wait(waiter_, limit).has_value();
  daemon_->kill_with_descendants();
  daemon_.reset();
  end_orphans();
  return ended;
}

ChildOptions LttngDaemon::for_applications() const {
  ChildOptions options{
      .environment = {"LTTNG_HOME=" + home_.string(), "HOME=" + home_.string(), "LTTNG_UST_REGISTER_TIMEOUT=-1"},
      .log = log_,
      .as_nobody = true};
  if (blocking_) options.environment.push_back("LTTNG_UST_ALLOW_BLOCKING=1");
  return options;
}

}  // namespace logbuf::bench
