// The flags that say which records are wanted, for every program that reads them.
#pragma once

#include <boost/program_options.hpp>
#include <optional>
#include <string>
#include <vector>

#include "filter.hpp"
#include "ranges.hpp"
#include "value.hpp"

namespace logbuf::cat {

struct Selection {
  std::optional<TimeWord> since;
  std::optional<TimeWord> until;
  std::optional<SeqRange> seqs;
  std::vector<std::string> producers;
  std::vector<cli::Count> types;
  bool utc = false;  // where they have no offset, the times are of UTC

  // --since, --until and --seq; --producer and --type. Bound to this.
  void add_ranges_to(boost::program_options::options_description& group);
  void add_fields_to(boost::program_options::options_description& group);
  bool any() const { return since || until || seqs || !producers.empty() || !types.empty(); }

  // Ends the program with ExitCode::usage where a time or a type is none.
  Filter filter() const;
};

// Says which of the wanted producers have not been seen.
void tell_unseen_producers(const Filter& filter);

}  // namespace logbuf::cat
