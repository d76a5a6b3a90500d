#include "append.hpp"
#include "reading.hpp"
#include "size.hpp"

namespace logbuf::bench_archive {
namespace {

using Json = nlohmann::ordered_json;
using bench::append;

double gb_per_s(std::uint64_t bytes, double seconds) {
  return static_cast<double>(bytes) / seconds / 1e9;
}

Json spread_as_json(const Spread& spread) {
  return {{"median", spread.median}, {"least", spread.least}, {"most", spread.most}};
}

}  // namespace

void append_method_of_reading(std::string& text, const Report& report) {
  const Options& options = report.options;
  append(text, "placement  %s; readers where the consumer is\n", report.runner.placement().c_str());
  append(text,
         "method     an archive of %s of records, files of %s, just written: its pages are in memory\n"
         "           in turn: cat of its files, a reader of the archive, both to /dev/null, from start to end\n"
         "           recovery: Writer::open() behind a killed archiver; finding: Reader::seek_seq() and next()\n",
         cli::format_size(options.bytes).c_str(), cli::format_size(options.rotate_bytes).c_str());
}

void append_reading(std::string& text, const Report& report) {
  const Reading& reading = report.results.reading;
  if (reading.lines.empty()) return;
  append(text, "\n%-22s %7s %4s %8s %8s   %-19s %s\n", "Reading", "payload", "runs", "GB/s", "cat", "reader/cat",
         "target");
  for (const ReadLine& line : reading.lines) {
    const Spread ratio = spread_over(line.pairs, [](const ReadPair& pair) { return pair.ratio(); });
    append(text, "%-22s %7u %4zu %8.2f %8.2f   %.2f (%.2f-%.2f)", line.name.c_str(), line.payload_bytes,
           line.pairs.size(),
           gb_per_s(line.bytes, spread_over(line.pairs, [](const ReadPair& pair) { return pair.reader_s; }).median),
           gb_per_s(line.bytes, spread_over(line.pairs, [](const ReadPair& pair) { return pair.cat_s; }).median),
           ratio.median, ratio.least, ratio.most);
    if (line.target != 0) append(text, "    %.1f", line.target);
    text += '\n';
  }
  if (!reading.left_out.empty()) text += "left out, for this one does not know it: " + reading.left_out + "\n";
  append(text, "\n%-22s %12s   %-24s %s\n", "Archive, MB", "file in use", "recovery, ms", "finding a record, ms");
  const auto spread = [](const Spread& s) {
    std::string range;
    append(range, "%.3f (%.3f-%.3f)", s.median, s.least, s.most);
    return range;
  };
  for (const SizeLine& line : reading.sizes) {
    append(text, "%-22.1f %12.1f   %-24s %s\n", static_cast<double>(line.bytes) / 1e6,
           static_cast<double>(line.in_use_bytes) / 1e6, spread(spread_of(line.recovery_ms)).c_str(),
           spread(spread_of(line.seek_ms)).c_str());
  }
}

Json reading_as_json(const Reading& reading) {
  Json json{{"lines", Json::array()}, {"sizes", Json::array()}};
  for (const ReadLine& line : reading.lines) {
    Json runs = Json::array();
    for (const ReadPair& pair : line.pairs)
      runs.push_back({{"reader_s", pair.reader_s}, {"cat_s", pair.cat_s}, {"ratio", pair.ratio()}});
    Json each{{"reader", line.name}, {"payload_bytes", line.payload_bytes}, {"bytes", line.bytes}};
    each["ratio"] = spread_over(line.pairs, [](const ReadPair& pair) { return pair.ratio(); }).median;
    if (line.target != 0) each["target"] = line.target;
    each["runs"] = runs;
    json["lines"].push_back(each);
  }
  for (const SizeLine& line : reading.sizes) {
    json["sizes"].push_back({{"bytes", line.bytes},
                             {"in_use_bytes", line.in_use_bytes},
                             {"recovery_ms", spread_as_json(spread_of(line.recovery_ms))},
                             {"seek_ms", spread_as_json(spread_of(line.seek_ms))}});
  }
  return json;
}

}  // namespace logbuf::bench_archive
