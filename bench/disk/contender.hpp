// One way from a producer to a file: what the runner does the same to each.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "../child.hpp"
#include "../waiter.hpp"
#include "page.hpp"

namespace logbuf::bench_disk {

using bench::Child;
using bench::Waiter;

// What all contenders have in common.
struct Setting {
  const Waiter& waiter;
  std::filesystem::path programs;  // the directory of this program's helpers
  std::filesystem::path archiver;  // logbuf-archiver
  std::filesystem::path data;      // where the files go: empty, for this run alone
  std::filesystem::path scratch;   // for all else, with a short name
  const bench::SharedMemory& page;
  int log = -1;
  int producer_cpu = -1;  // -1: anywhere
  int writer_cpu = -1;
  std::uint64_t room_bytes = 0;  // between the producer and what writes, headers included
  std::uint64_t file_bytes = 0;  // more than the records of this run will take
  Waiter::Duration limit{};
};

struct OnFile {
  std::uint64_t records = 0;
  std::uint64_t lost = 0;  // as the contender itself says
};

using TakeRecord = std::function<void(std::span<const std::byte>)>;

class Contender {
 public:
  explicit Contender(Setting setting) : setting_(std::move(setting)) {}
  Contender(const Contender&) = delete;
  Contender& operator=(const Contender&) = delete;
  virtual ~Contender() = default;

  // Until the producer may come.
  virtual void start() = 0;
  virtual Child start_producer() = 0;
  // Until all is on file; since when it is, by CLOCK_MONOTONIC. What wrote it has ended then.
  virtual std::uint64_t finish(Child& producer) = 0;
  // Everything on file, in its order, through the contender's own reader.
  virtual OnFile read_back(const TakeRecord& take) = 0;
  // Only how much it is, where that is faster.
  virtual OnFile count() {
    return read_back([](std::span<const std::byte>) {});
  }

 protected:
  Child start_program(const std::string& program, const std::string& target, bench::ChildOptions options) const;
  bool producer_done() const;

  Setting setting_;
};

struct ContenderKind {
  std::string name;      // as the report and the names of ratios have it
  std::string settings;  // one line: how it is used
  std::string version;
  std::string absent;  // why it cannot be run here; empty: it can
  std::function<std::unique_ptr<Contender>(const Setting&)> make;
};

ContenderKind logbuf_contender();
ContenderKind lttng_contender(const std::filesystem::path& programs, const Waiter& waiter);
std::vector<ContenderKind> spdlog_contenders(const std::filesystem::path& programs);

}  // namespace logbuf::bench_disk
