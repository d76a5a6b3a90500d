// logbuf: a producer attached to a ring by name, and the real archiver.
#include <unistd.h>

#include <optional>

#include "../archived_ring.hpp"
#include "../cycle_timer.hpp"
#include "../read_archive.hpp"
#include "contender.hpp"
#include "failure.hpp"
#include "program.hpp"

namespace logbuf::bench_disk {
namespace {

class LogbufContender : public Contender {
 public:
  using Contender::Contender;

  void start() override {
    ring_.emplace("bench-disk-" + std::to_string(::getpid()), setting_.room_bytes);
    archiver_.emplace(bench::start_archiver({setting_.archiver, "--dir", setting_.data, "--sync", "none",
                                             // One file: at its end it would make it durable, and nobody else does.
                                             "--rotate-size", std::to_string(setting_.file_bytes)},
                                            *ring_, {.log = setting_.log, .cpu = setting_.writer_cpu},
                                            setting_.waiter));
  }

  Child start_producer() override { return start_program("disk-logbuf-producer", ring_->name(), {}); }

  std::uint64_t finish(Child& producer) override {
    bench::await("the archive to be complete", setting_.waiter, setting_.limit, &*archiver_, &producer,
                 [&] { return producer_done() && ring_->all_archived(); });
    const std::uint64_t on_file_ns = bench::monotonic_ns();
    archiver_->kill();
    return on_file_ns;
  }

  OnFile read_back(const TakeRecord& take) override {
    const archive::Totals totals = bench::read_archive(setting_.data / ring_->name(), take);
    return {.records = totals.records, .lost = totals.lost};
  }

 private:
  std::optional<bench::ArchivedRing> ring_;
  std::optional<Child> archiver_;
};

}  // namespace

ContenderKind logbuf_contender() {
  return {.name = "logbuf",
          .settings = "channel::mpsc::Sender::send, which waits at a full ring; logbuf-archiver --sync none",
          .version = "logbuf " + std::string(cli::version()),
          .absent = {},
          .make = [](const Setting& setting) { return std::make_unique<LogbufContender>(setting); }};
}

}  // namespace logbuf::bench_disk
