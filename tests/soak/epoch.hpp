// An epoch: rings are made, processes come and go as its plan says; then all come to their end, what is left is
// drained, and the books are compared.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <logbuf/segment.hpp>

#include "audit.hpp"
#include "children.hpp"
#include "ledger.hpp"
#include "options.hpp"
#include "plan.hpp"
#include "scratch.hpp"
#include "tally.hpp"
#include "watch.hpp"

namespace logbuf::soak {

class Epoch {
 public:
  Epoch(const Options& options, const Scratch& scratch, Children& children, Tally& tally, std::uint64_t number);

  // Ends early at `deadline`. `progress` is called now and then. Throws Failure and Interrupted.
  void run(Clock::time_point deadline, const std::function<void()>& progress);

 private:
  struct Ring {
    RingPlan plan;
    Segment segment;
    std::vector<ChildNumber> places;
    std::vector<Deceased> deceased;
    Watch watch;
  };

  // The chaos.
  void follow_plan(Clock::time_point deadline, const std::function<void()>& progress);
  void carry_out(const Step& step);
  void act_on_producers(const Step& step);
  void act_on_archivers(const Step& step);
  void start_producer(std::uint32_t ring, std::uint32_t place);
  void start_archiver(std::uint32_t ring, std::uint64_t draw);
  void start_reader(const Step& step);
  void stop_for(Child& child, std::chrono::nanoseconds span);
  void later(std::chrono::nanoseconds delay, std::function<void()> what);
  void do_what_is_due();
  void watch_rings();
  bool enough_on_disk() const;

  // The end.
  void end_producers();
  void end_archivers_and_readers();
  void drain(std::uint32_t ring);
  void check_at_rest(Ring& ring);
  void check_slots(const Ring& ring) const;
  void check_books();

  void wait(Clock::time_point until);
  void wait_for_all(Role role, const std::string& after);
  void judge(const Ended& ended);
  void judge_producer(const Ended& ended);
  void judge_archiver(const Ended& ended);
  void judge_reader(const Ended& ended);
  void log(const std::string& what);

  std::filesystem::path archives() const { return directory_ / "archive"; }
  std::string ring_name(std::uint32_t ring) const { return scratch_.ring_name(number_, ring); }

  const Options& options_;
  const Scratch& scratch_;
  Children& children_;
  Tally& tally_;
  const std::uint64_t number_;
  const std::uint64_t seed_;
  Plan plan_;
  const std::filesystem::path directory_;
  std::ofstream log_;
  const Clock::time_point began_ = Clock::now();
  Ledger ledger_;
  std::vector<Ring> rings_;
  std::uint32_t producers_ = 0;  // started
  std::multimap<Clock::time_point, std::function<void()>> due_;
  Clock::time_point look_at_{};
};

}  // namespace logbuf::soak
