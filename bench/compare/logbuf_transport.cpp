// logbuf: producers attached to a ring by name, and the real archiver.
#include <unistd.h>

#include <logbuf/logbuf.hpp>
#include <optional>

#include "../read_archive.hpp"
#include "failure.hpp"
#include "program.hpp"
#include "transport.hpp"

namespace logbuf::compare {
namespace {

using namespace std::chrono_literals;

class LogbufTransport : public Transport {
 public:
  LogbufTransport(const Setting& setting, std::string at_full)
      : Transport(setting), at_full_(std::move(at_full)), ring_("compare-" + std::to_string(::getpid())) {}
  ~LogbufTransport() override {
    if (segment_) static_cast<void>(Segment::unlink(ring_));
  }

  void start() override {
    auto segment = Segment::create(ring_, {.capacity = setting_.capacity_bytes});
    if (!segment) cli::die(segment.error(), "making the ring " + ring_);
    segment_.emplace(std::move(*segment));
    restart_consumer();
    const bool attached = setting_.waiter.until(
        [&] {
          const auto consumer = segment_->status().consumer;
          return !archiver_->running() || (consumer && consumer->alive);
        },
        20s);
    if (!attached || !archiver_->running()) cli::die("logbuf-archiver did not attach to the ring");
  }

  Child start_producer(std::uint32_t life) override {
    return Child(producer_command("compare-logbuf-producer", life, {ring_, at_full_}), with_page());
  }

  void kill_consumer() override { archiver_->kill(); }
  void restart_consumer() override {
    archiver_.emplace(
        Child({setting_.archiver, "--ring", ring_, "--dir", data(), "--rotate-size", "64M"}, {.log = setting_.log}));
  }

  void finish() override {
    if (const auto closed = segment_->close(); !closed) cli::die(closed.error(), "closing the ring");
    const auto status = archiver_->wait(setting_.waiter, 30s);
    if (!status) {
      remark("the archiver did not come to an end");
    } else if (*status != 0 &&
               *status != static_cast<int>(cli::ExitCode::lost)) {  // lost: of that, read_back() says more
      remark("the archiver's exit status was " + std::to_string(*status));
    }
    archiver_->kill();
  }

  std::uint64_t read_back(Tally& tally) override {
    const archive::Totals totals = bench::read_archive(data() / ring_, [&](std::span<const std::byte> bytes) {
      tally.add({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    });
    remark("claims of dead producers skipped: " + std::to_string(totals.holes));
    if (totals.refused != 0) remark("refused, says the archive: " + std::to_string(totals.refused));
    if (totals.damaged_bytes != 0) remark(std::to_string(totals.damaged_bytes) + " damaged bytes");
    // What was refused was never written: the producers knew.
    return totals.lost - totals.refused;
  }

 private:
  std::string at_full_;
  std::string ring_;
  std::optional<Segment> segment_;
  std::optional<Child> archiver_;
};

TransportKind kind_of(const std::string& at_full, const std::string& settings) {
  return {.name = "logbuf-" + at_full,
          .settings = settings,
          .version = "logbuf " + std::string(cli::version()),
          .absent = {},
          .on_request = false,
          .make = [at_full](const Setting& setting) { return std::make_unique<LogbufTransport>(setting, at_full); }};
}

}  // namespace

std::vector<TransportKind> logbuf_transports() {
  return {kind_of("wait", "channel::mpsc::Sender::send, which waits at a full ring; logbuf-archiver"),
          kind_of("try", "queue::mpsc::Producer::try_claim, dropping what a full ring refuses; logbuf-archiver")};
}

}  // namespace logbuf::compare
