// spdlog: each process writes a file of its own, by itself or by a thread of its own.
#include <array>
#include <fstream>

#include "../archived_ring.hpp"
#include "contender.hpp"

namespace logbuf::bench_disk {
namespace {

namespace fs = std::filesystem;

class SpdlogContender : public Contender {
 public:
  SpdlogContender(const Setting& setting, std::string program) : Contender(setting), program_(std::move(program)) {}

  void start() override {}
  Child start_producer() override { return start_program(program_, file(), {}); }

  std::uint64_t finish(Child& producer) override {
    bench::await("the file to be complete", setting_.waiter, setting_.limit, nullptr, &producer,
                 [&] { return producer_done(); });
    return page_in(setting_.page).produced.on_file_ns;
  }

  // A line is the record and its end. The records may hold line ends of their own.
  OnFile read_back(const TakeRecord& take) override {
    std::ifstream in(file(), std::ios::binary);
    std::array<char, kRecordBytes + 1> line;
    std::uint64_t records = 0;
    for (; in.read(line.data(), line.size()); ++records) take(std::as_bytes(std::span(line).first(kRecordBytes)));
    // What is cut off is one more, and a wrong one.
    if (in.gcount() != 0) take({}), ++records;
    return {.records = records};
  }

 private:
  std::string file() const { return setting_.data / "log"; }

  std::string program_;
};

}  // namespace

std::vector<ContenderKind> spdlog_contenders(const fs::path& programs) {
  std::vector<ContenderKind> kinds;
  for (const bool async : {false, true}) {
    const std::string program = async ? "disk-spdlog-async-producer" : "disk-spdlog-producer";
    const bool built = fs::exists(programs / program);
    kinds.push_back(
        {.name = async ? "spdlog-async" : "spdlog",
         .settings = async ? "async_logger, which waits at a full queue; its thread writes, as spdlog does"
                           : "a file of the process's own, basic_file_sink_st, pattern \"%v\"",
         .version = built ? "spdlog " LOGBUF_BENCH_SPDLOG : "",
         .absent = built ? "" : "built without spdlog (libspdlog-dev)",
         .make = [program](const Setting& setting) { return std::make_unique<SpdlogContender>(setting, program); }});
  }
  return kinds;
}

}  // namespace logbuf::bench_disk
