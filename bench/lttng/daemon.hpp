// LTTng-UST for one run: a session daemon of our own, with its consumer daemon, in a directory of our own. No kernel
// tracing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "../child.hpp"
#include "../waiter.hpp"

namespace logbuf::bench {

// A session with one channel of discard mode, with four sub-buffers a CPU.
struct LttngSession {
  std::string name;
  std::string event;  // "provider:name"
  std::filesystem::path output;
  std::filesystem::path buffers = {};  // --shm-path: what is in them outlives the daemons; empty: none
  std::uint64_t sub_buffer_bytes = 0;  // a power of two
  bool per_process = false;            // buffers; else one set for all of a user's
};

class LttngDaemon {
 public:
  static constexpr const char* kChannel = "records";  // its files are called records_CPU

  // Why it cannot be run here; empty: it can.
  static std::string absent();
  // What it gives up being root for needs to be able to write there.
  static void give_away(const std::filesystem::path& directory);

  // `home` is not there yet. `blocking`: applications wait at full buffers (--blocking-timeout=inf and
  // LTTNG_UST_ALLOW_BLOCKING). `cpu`: of both daemons; -1: any.
  LttngDaemon(const Waiter& waiter, std::filesystem::path home, int log, bool blocking, int cpu = -1);
  LttngDaemon(const LttngDaemon&) = delete;
  LttngDaemon& operator=(const LttngDaemon&) = delete;
  ~LttngDaemon();

  // Until it answers. Again after a kill().
  void start();
  // Makes the session and lets it record.
  void record(const LttngSession& session) const;
  // What `lttng ARGUMENT...` ended with; nothing: not within the limit.
  std::optional<int> control(const std::vector<std::string>& arguments, Waiter::Duration limit) const;
  // The same without waiting for it.
  Child begin_control(const std::vector<std::string>& arguments) const;
  // Both daemons, by SIGKILL. The consumer daemon cannot be started again by itself.
  void kill();
  // False: it had to be killed.
  bool end(Waiter::Duration limit);

  // How an application of its has to be started.
  ChildOptions for_applications() const;

 private:
  void must(const std::vector<std::string>& arguments) const;

  const Waiter& waiter_;
  std::filesystem::path home_;
  int log_;
  bool blocking_;
  int cpu_;
  std::vector<std::filesystem::path> left_behind_;
  std::optional<Child> daemon_;
};

}  // namespace logbuf::bench
