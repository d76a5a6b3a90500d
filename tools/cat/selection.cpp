#include "selection.hpp"

#include <cstdint>

#include "failure.hpp"
#include "text.hpp"

namespace logbuf::cat {

namespace po = boost::program_options;

void Selection::add_ranges_to(po::options_description& group) {
  auto add = group.add_options();
  add("since,S", po::value(&since)->value_name("TIME"), "those of this time and later");
  add("until,U", po::value(&until)->value_name("TIME"), "those of before this time");
  add("seq", po::value(&seqs)->value_name("A..B"), "those with seq A to B; A.., ..B and A alone will do");
}

void Selection::add_fields_to(po::options_description& group) {
  auto add = group.add_options();
  add("producer,p", po::value(&producers)->value_name("SLOT|NAME"),
      "those of this producer; may be given again for one more");
  add("type", po::value(&types)->value_name("N"), "those of this type; may be given again");
}

Filter Selection::filter() const {
  Filter filter;
  if (seqs) filter.set_seqs(*seqs);
  filter.set_times(parse_times(since, until, utc ? cli::Zone::utc : cli::Zone::local));
  for (const std::string& producer : producers) filter.add_producer(producer);
  for (const cli::Count type : types) {
    if (type.number > 0xffff) {
      cli::die("--type: " + std::to_string(type.number) + " is more than 65535 (try --help)", cli::ExitCode::usage);
    }
    filter.add_type(static_cast<std::uint16_t>(type.number));
  }
  return filter;
}

void tell_unseen_producers(const Filter& filter) {
  for (const std::string& producer : filter.unseen_producers()) {
    cli::complain("no record of producer '" + cli::escape(producer) +
                  "' was seen: --producer takes a slot or a name, and logbuf-cat --stats lists both");
  }
}

}  // namespace logbuf::cat
