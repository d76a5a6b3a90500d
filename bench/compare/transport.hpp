// One way from the producers to the disk: what the campaign does the same to each.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "processes.hpp"
#include "tally.hpp"

namespace logbuf::compare {

// What all transports of a comparison have in common.
struct Setting {
  const Waiter& waiter;
  std::filesystem::path programs;   // the directory of this program's helpers
  std::filesystem::path archiver;   // logbuf-archiver
  std::filesystem::path directory;  // empty, for this run alone
  int page = -1;                    // its descriptor
  int log = -1;
  std::uint32_t producers = 0;
  std::uint64_t capacity_bytes = 0;  // that the transport may hold between producers and disk
  bool consumer_dies = false;        // not the producers
};

class Transport {
 public:
  explicit Transport(Setting setting) : setting_(std::move(setting)) {}
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  virtual ~Transport() = default;

  // Until producers may come.
  virtual void start() = 0;
  virtual Child start_producer(std::uint32_t life) = 0;
  // Bytes of the files on disk; with what the transport adds, but nothing that it still holds.
  std::uint64_t arrived_bytes() const;
  // SIGKILL for what takes the records to disk; then another one in its place.
  virtual void kill_consumer() = 0;
  virtual void restart_consumer() = 0;
  // The producers have ended: brings to disk what can still be brought, within a limit, and ends everything.
  virtual void finish() = 0;
  // Everything on disk, through the transport's own reader. Gives how many records it says it has lost.
  virtual std::uint64_t read_back(Tally& tally) = 0;
  // What was noticed on the way; empty: nothing.
  const std::string& remarks() const noexcept { return remarks_; }

 protected:
  std::filesystem::path data() const { return setting_.directory / "data"; }
  std::vector<std::string> producer_command(const std::string& program, std::uint32_t life,
                                            const std::vector<std::string>& arguments) const;
  ChildOptions with_page() const { return {.descriptors = {setting_.page}, .log = setting_.log}; }
  void remark(const std::string& what) { remarks_ += (remarks_.empty() ? "" : "; ") + what; }

  Setting setting_;

 private:
  std::string remarks_;
};

struct TransportKind {
  std::string name;      // as --only takes it
  std::string settings;  // one line: how it is used
  std::string version;
  std::string absent;  // why it cannot be run here; empty: it can
  bool on_request;     // only where --only names it
  std::function<std::unique_ptr<Transport>(const Setting&)> make;
};

std::vector<TransportKind> logbuf_transports();
std::vector<TransportKind> queue_transports();
std::vector<TransportKind> lttng_transports(const std::filesystem::path& programs, const Waiter& waiter);

}  // namespace logbuf::compare
