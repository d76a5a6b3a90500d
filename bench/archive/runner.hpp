// One run: an empty directory, a ring, the archiver, a producer; or the plain loop.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "archived_ring.hpp"
#include "child.hpp"
#include "options.hpp"
#include "page.hpp"
#include "placement.hpp"
#include "runs.hpp"
#include "scratch.hpp"
#include "waiter.hpp"

namespace logbuf::bench_archive {

class Runner {
 public:
  explicit Runner(const Options& options);

  // `read_back`: the archive is read, and has to be what the producer wrote.
  ArchiverRun run_archiver(const Sync& sync, std::uint32_t payload_bytes, bool read_back);
  ArchiverRun run_archiver(const Sync& sync, std::uint32_t payload_bytes, bool read_back, std::uint64_t bytes);
  // What the last run has left.
  std::filesystem::path archive() const { return data() / ring_; }
  PlainRun run_plain(const Sync& sync, std::uint64_t bytes);

  // How long a program takes whose output nobody wants, from its start to its end, which has to be with this status.
  double time_program(const std::vector<std::string>& command, int status) const;

  // Does the program's --help speak of it?
  bool knows(const std::filesystem::path& program, const std::string& option) const;
  bool can_compress() const { return knows(options_.archiver, "--compress"); }
  CompressRun run_compression();

  std::string placement() const { return placement_.describe(); }
  // What an archiver takes until it has a ring that is empty. It is not in the runs.
  const Cpu& start_up() const noexcept { return start_up_; }

 private:
  struct TextRun {
    Produced produced;
    std::uint64_t bytes = 0;  // of the archive's files
  };

  Cpu measure_start_up();
  TextRun run_text(const std::string& compress);
  void clear() const;
  void prepare() const;
  PlainRun write_plainly(const Task& task) const;
  bench::Child start_archiver(const bench::ArchivedRing& ring, const std::vector<std::string>& more, bool pin,
                              int log) const;
  bench::Child start_worker(const bench::SharedMemory& page, const std::vector<std::string>& arguments, int cpu) const;
  // Until it is true, as long as the processes are there that make it so.
  void await(const std::string& what, bench::Child* archiver, bench::Child* worker,
             const std::function<bool()>& condition) const;
  void check_read_back(const Produced& produced) const;
  std::filesystem::path data() const { return directory_.path() / "data"; }

  const Options& options_;
  bench::HeldSignals signals_;
  bench::Waiter waiter_{signals_};
  bench::Placement placement_;
  bench::Job cpus_;
  bench::TemporaryDirectory directory_;
  std::string ring_;
  Cpu start_up_;
};

}  // namespace logbuf::bench_archive
