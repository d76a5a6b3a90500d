// LTTng-UST: its daemons, and its own reader.
#include <unistd.h>

#include <bit>
#include <optional>

#include "../lttng/daemon.hpp"
#include "../lttng/trace.hpp"
#include "failure.hpp"
#include "transport.hpp"

namespace logbuf::compare {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using bench::LttngDaemon;
using bench::version_of;

struct LttngSettings {
  bool per_process = false;  // buffers
  bool blocking = false;
};

class LttngTransport : public Transport {
 public:
  LttngTransport(const Setting& setting, LttngSettings settings)
      : Transport(setting), settings_(settings), home_(setting_.directory / "lttng") {}

  void start() override {
    daemon_.emplace(setting_.waiter, home_, setting_.log, settings_.blocking);
    fs::create_directory(data());
    LttngDaemon::give_away(data());
    restart_consumer();
  }

  Child start_producer(std::uint32_t life) override {
    ChildOptions options = daemon_->for_applications();
    options.descriptors = {setting_.page};
    return Child(producer_command("compare-lttng-producer", life, {}), options);
  }

  void kill_consumer() override { daemon_->kill(); }

  void restart_consumer() override {
    daemon_->start();
    session_ = name_of(++sessions_);
    daemon_->record({.name = session_,
                     .event = "logbuf_compare:record",
                     .output = data() / session_,
                     // So that what a dead consumer daemon had not yet written can be recovered.
                     .buffers = setting_.consumer_dies ? buffers_of(session_) : fs::path(),
                     .sub_buffer_bytes = sub_buffer_bytes(),
                     .per_process = settings_.per_process});
  }

  void finish() override {
    // It waits for all that was recorded to be on disk, which may never be.
    if (daemon_->control({"stop", session_}, 5s) != 0) remark("lttng stop did not end within 5 s");
    if (daemon_->control({"destroy", "--no-wait", session_}, 5s) != 0) remark("lttng destroy failed");
    if (!daemon_->end(5s)) remark("lttng-sessiond did not end within 5 s");
  }

  std::uint64_t read_back(Tally& tally) override {
    const bench::TraceReader reader(setting_.waiter, setting_.log);
    const fs::path scratch = setting_.directory / "babeltrace2.err";
    bench::TraceContents all;
    const auto read = [&](const fs::path& directory) {
      const bench::TraceContents contents = reader.read(directory, scratch, [&](std::string_view event) {
        constexpr std::string_view before = "text = \"";
        const std::size_t at = event.find(before);
        if (at != std::string_view::npos) tally.add(event.substr(at + before.size(), kRecordBytes));
      });
      all.unreadable += contents.unreadable;
      return contents.discarded;
    };
    for (int session = 1; session <= sessions_; ++session) {
      const std::string name = name_of(session);
      const fs::path recovered = home_ / ("recovered-" + name);
      const bool died = session < sessions_;
      if (died && !reader.recover(buffers_of(name), recovered, data() / name, daemon_->for_applications()))
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

  // Four sub-buffers a CPU, and a set for each process where the buffers are its own.
  std::uint64_t sub_buffer_bytes() const {
    const auto cpus = static_cast<std::uint64_t>(::sysconf(_SC_NPROCESSORS_CONF));
    const std::uint64_t sets = cpus * (settings_.per_process ? setting_.producers : 1);
    return std::max<std::uint64_t>(4096, std::bit_floor(setting_.capacity_bytes / (4 * sets)));
  }

  LttngSettings settings_;
  fs::path home_;
  std::optional<LttngDaemon> daemon_;
  std::string session_;
  int sessions_ = 0;
};

}  // namespace

std::vector<TransportKind> lttng_transports(const fs::path& programs, const Waiter& waiter) {
  std::string version;
  const std::string absent = fs::exists(programs / "compare-lttng-producer") ? LttngDaemon::absent()
                                                                             : "built without LTTng (liblttng-ust-dev)";
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
