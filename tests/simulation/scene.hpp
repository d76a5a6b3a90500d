// A ring, and somebody who brings its records to an archive as the archiver does, on a simulated disk; and the
// judgement of what a Reader finds there, after each death and at the end.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <logbuf/archive.hpp>

#include "disk.hpp"
#include "script.hpp"

namespace simulation {

namespace archive = logbuf::archive;

inline constexpr const char* kDirectory = "/srv/log/orders";
// Of gaps that a Writer is given: by the script; because the ring has released what the archive has not got.
inline constexpr const char* kTold = "told by the script";
inline constexpr const char* kReleased = "released";

// When an append has failed: it is repeated; another Writer is opened for it; the file is sealed first.
enum class Then { repeat, reopen, seal };

struct Circumstances {
  bool syncs = true;      // what is released from the ring is durable before; else it is only written
  bool power = false;     // a stop is the machine's
  bool new_ring = false;  // after the machine's death there is another ring under the name, with the same script
  Then then = Then::repeat;
  bool again = false;  // what a failed sync was for is written again; else it is cut off and handed in again
  std::uint64_t seed = 0;
};

class Scene {
 public:
  Scene(const Script& script, const Circumstances& circumstances);

  Disk& disk() noexcept { return disk_; }
  // All of the script, whatever happens. Says what is wrong with what the archive then holds; nothing: it is right.
  std::string run();

 private:
  // By ring (1, 2, ...) and record: the seq.
  using Seqs = std::map<std::pair<std::uint16_t, std::uint64_t>, std::uint64_t>;
  struct Found {
    Seqs seqs;
    archive::Totals totals;
    std::uint64_t told_gaps = 0;  // that a Writer was given
    std::uint64_t told_lost = 0;  // in them
    std::uint64_t refused_gaps = 0;
    bool lost_is_known = true;
    std::uint64_t lost_at_end = 0;  // no record comes behind this loss
    bool named = true;              // each record has its producer's name
  };

  void complain(std::string what);
  bool wrong() const { return !wrong_.empty(); }

  void open_writer();
  void align();
  void take_step();
  template <class Attempt>
  bool persist(Attempt attempt);
  bool append_span(const Step& step);
  void accept(Position from, Position to, std::uint64_t first_seq);
  bool sync();
  bool write_again();
  void leave_broken();
  void doubt();
  void revive();

  Found look();
  void take_record(const archive::Reader& reader, const archive::Record& record, Found& found);
  void take_gap(const archive::Gap& gap, Found& found);
  void judge(const Found& found, const char* when);
  void judge_files();
  void judge_end();
  bool contains(const Seqs& found, const Seqs& wanted, const char* when, const char* what);

  archive::RingIdentity ring() const;
  static archive::WriterOptions options() { return {.rotate_size = 24 << 10}; }

  const Script& script_;
  Circumstances now_;
  Disk disk_;
  std::optional<archive::Writer> writer_;
  std::size_t step_ = 0;
  std::size_t reached_ = 0;  // steps that were begun: none is a second time where it ends a Writer
  std::uint16_t ring_ = 1;   // which
  Position released_ = 0;    // by the ring: it has nothing before this any more
  Seqs held_;                // accepted by append(), or found by a Reader
  Seqs durable_;             // of these, what a sync() has said is durable
  Seqs doubtful_;            // of these, what a failed sync has left in the page cache alone
  bool whole_ = true;        // no machine has died, no block was cut: nothing may be missing
  std::map<std::uint16_t, std::uint64_t> refused_;  // by slot: what was told
  bool synced_once_ = false;                        // by this Writer
  bool doubted_ = false;
  bool rewritten_ = false;  // write_again() was there: a file may end before its end, and have no seal yet
  std::string wrong_;
};

}  // namespace simulation
