// LTTng-UST in blocking mode, its daemons, and its own reader.
#include <array>
#include <bit>
#include <charconv>
#include <optional>

#include "../archived_ring.hpp"
#include "../cycle_timer.hpp"
#include "../lttng/daemon.hpp"
#include "../lttng/trace.hpp"
#include "contender.hpp"
#include "failure.hpp"

namespace logbuf::bench_disk {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using bench::LttngDaemon;

constexpr const char* kSession = "bench";

// "payload = [ [0] = 1, [1] = 2, ..." as bytes; false: it is not that.
bool read_payload(std::string_view event, std::array<std::uint64_t, kRecordBytes / 8>& words) {
  std::size_t at = event.find("payload = [");
  if (at == std::string_view::npos) return false;
  at += std::string_view("payload = [").size();
  constexpr std::string_view before = "] = ";
  for (std::uint64_t& word : words) {
    at = event.find(before, at);
    if (at == std::string_view::npos) return false;
    at += before.size();
    const char* const end = event.data() + event.size();
    if (std::from_chars(event.data() + at, end, word).ec != std::errc()) return false;
  }
  return true;
}

class LttngContender : public Contender {
 public:
  using Contender::Contender;

  void start() override {
    daemon_.emplace(setting_.waiter, setting_.scratch / "lttng", setting_.log, true, setting_.writer_cpu);
    LttngDaemon::give_away(setting_.data);
    daemon_->start();
    daemon_->record({.name = kSession,
                     .event = "logbuf_bench:record",
                     .output = setting_.data / kSession,
                     // The producer stays on one CPU: as much room for it there as in a ring.
                     .sub_buffer_bytes = std::bit_floor(setting_.room_bytes / 4)});
  }

  Child start_producer() override { return start_program("disk-lttng-producer", "-", daemon_->for_applications()); }

  // It counts when it is on file, not when the tool says so: that looks every 200 ms.
  std::uint64_t finish(Child& producer) override {
    bench::await("the producer", setting_.waiter, setting_.limit, nullptr, &producer, [&] { return producer_done(); });
    look();
    for (const char* const command : {"stop", "destroy"}) {
      Child control = daemon_->begin_control(command == std::string_view("stop")
                                                 ? std::vector<std::string>{"stop", "--no-wait", kSession}
                                                 : std::vector<std::string>{"destroy", kSession});
      setting_.waiter.until(
          [&] {
            look();
            return !control.running();
          },
          setting_.limit);
      if (control.wait(setting_.waiter, 0s) != 0) cli::die(std::string("lttng ") + command + " failed");
    }
    look();
    if (!daemon_->end(10s)) cli::die("lttng-sessiond did not end within 10 s");
    return grown_ns_;
  }

  OnFile read_back(const TakeRecord& take) override {
    const bench::TraceReader reader(setting_.waiter, setting_.log);
    std::uint64_t records = 0;
    std::array<std::uint64_t, kRecordBytes / 8> words{};
    const auto contents =
        reader.read(setting_.data / kSession, setting_.scratch / "babeltrace2.err", [&](std::string_view event) {
          // What cannot be read is taken for a record all the same, and is none.
          ++records;
          take(read_payload(event, words) ? std::as_bytes(std::span(words)) : std::span<const std::byte>());
        });
    if (contents.unreadable != 0) cli::die("babeltrace2 could not read the trace, or not to its end");
    return {.records = records, .lost = contents.discarded};
  }

  // To write out the events of a long run takes babeltrace2 five times as long. What was discarded is then missing.
  OnFile count() override {
    const bench::TraceReader reader(setting_.waiter, setting_.log);
    const auto counts = reader.count(setting_.data / kSession, setting_.scratch / "babeltrace2.err");
    if (counts.unreadable != 0) cli::die("babeltrace2 could not read the trace, or not to its end");
    return {.records = counts.events};
  }

 private:
  // Has anything come to the channel's files?
  void look() {
    std::uint64_t bytes = 0;
    std::error_code gone;  // directories appear while this looks
    for (fs::recursive_directory_iterator at(setting_.data, gone), end; !gone && at != end; at.increment(gone)) {
      const fs::path& path = at->path();
      if (!path.filename().string().starts_with(std::string(LttngDaemon::kChannel) + "_") || path.extension() == ".idx")
        continue;
      std::error_code none;
      const std::uintmax_t size = at->file_size(none);
      if (!none) bytes += size;
    }
    if (bytes == bytes_) return;
    bytes_ = bytes;
    grown_ns_ = bench::monotonic_ns();
  }

  std::optional<LttngDaemon> daemon_;
  std::uint64_t bytes_ = 0;
  std::uint64_t grown_ns_ = 0;
};

}  // namespace

ContenderKind lttng_contender(const fs::path& programs, const Waiter& waiter) {
  const std::string absent =
      fs::exists(programs / "disk-lttng-producer") ? LttngDaemon::absent() : "built without LTTng (liblttng-ust-dev)";
  return {.name = "lttng-ust",
          .settings = "a tracepoint, --buffers-uid, --blocking-timeout=inf and LTTNG_UST_ALLOW_BLOCKING",
          .version = absent.empty()
                         ? "LTTng-UST " LOGBUF_BENCH_LTTNG_UST ", lttng-tools " + bench::version_of("lttng", waiter)
                         : "",
          .absent = absent,
          .make = [](const Setting& setting) { return std::make_unique<LttngContender>(setting); }};
}

}  // namespace logbuf::bench_disk
