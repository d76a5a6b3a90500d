#include "verify.hpp"

#include <cstdint>
#include <functional>
#include <optional>

#include <logbuf/archive.hpp>

#include "archive_progress.hpp"
#include "fields.hpp"
#include "losses.hpp"
#include "ring_source.hpp"

namespace logbuf::cat {
namespace {

struct Seen {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::optional<std::uint64_t> first_seq;
  std::uint64_t last_seq = 0;
};

Seen read_all(RingSource& source, Losses& losses) {
  Seen seen;
  while (const auto item = source.next()) {
    if (const auto* const gap = std::get_if<Gap>(&*item)) {
      losses.add(*gap);
      continue;
    }
    const auto& record = std::get<Record>(*item);
    ++seen.records;
    seen.bytes += record.bytes.size();
    if (!seen.first_seq) seen.first_seq = record.seq;
    seen.last_seq = record.seq;
  }
  return seen;
}

void add_seen(Fields& fields, const Seen& seen) {
  fields.add("records", seen.records);
  fields.add("payload bytes", seen.bytes);
  if (!seen.first_seq) return;
  fields.add("first seq", *seen.first_seq);
  fields.add("last seq", seen.last_seq);
}

cli::ExitCode judge(const Losses& losses, const std::string& name, Fields& fields, cli::Output& out, bool json) {
  fields.add("verdict", losses.any() ? "lost or damaged" : "sound");
  fields.print(out, json);
  if (!losses.any()) return cli::ExitCode::ok;
  out.flush();
  cli::complain(losses.sentence(name));
  return cli::ExitCode::lost;
}

cli::ExitCode verify_archive(const std::string& path, cli::Output& out, bool json) {
  Losses losses;
  ArchiveProgress progress(path);
  const auto seen =
      archive::verify(path, [&](const archive::Finding& finding) { losses.add(finding); }, std::ref(progress));
  if (!seen) cli::die(seen.error(), "archive " + path + " cannot be read");
  const archive::Totals& totals = seen->totals;
  losses.add_damaged_bytes(totals.damaged_bytes);
  Fields fields;
  fields.add("archive", path);
  fields.add("files", totals.files);
  fields.add("blocks", totals.blocks);
  add_seen(fields, {.records = totals.records,
                    .bytes = totals.payload_bytes,
                    .first_seq = seen->first_seq,
                    .last_seq = seen->last_seq});
  fields.add("gaps", totals.gaps);
  fields.add("lost records", totals.lost);
  fields.add("refused records", totals.refused);
  fields.add("damaged bytes", totals.damaged_bytes);
  fields.add("torn bytes", totals.torn_bytes);
  return judge(losses, path, fields, out, json);
}

// What a damaged ring holds before the damage is not said: next() ends the program there.
cli::ExitCode verify_ring(const std::string& name, cli::Output& out, bool json) {
  RingSource source(name);
  Losses losses;
  const Seen seen = read_all(source, losses);
  Fields fields;
  fields.add("ring", name);
  add_seen(fields, seen);
  return judge(losses, name, fields, out, json);
}

}  // namespace

cli::ExitCode verify(const Target& target, cli::Output& out, bool json) {
  return target.kind == Target::Kind::ring ? verify_ring(target.name, out, json)
                                           : verify_archive(target.name, out, json);
}

}  // namespace logbuf::cat
