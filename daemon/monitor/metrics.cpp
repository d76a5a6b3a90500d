#include "metrics.hpp"

#include <functional>

#include "exposition.hpp"
#include "kind.hpp"
#include "program.hpp"
#include "text.hpp"

namespace logbuf::archiver {
namespace {

using Type = Exposition::Type;
constexpr double kNanosecond = 1e-9;

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

// A family of one sample a ring.
class Families {
 public:
  Families(Exposition& out, const Sample& sample) : out_(out), sample_(sample) {}

  // `of` gives a number, or a std::optional of one.
  template <typename Of>
  void each(std::string_view name, Type type, std::string_view help, const Of& of) {
    out_.family(name, type, help);
    for (const RingSample& ring : sample_.rings) put({{"ring", ring.name}}, of(ring));
  }
  // The same, of rings that can be looked at.
  template <typename Of>
  void look(std::string_view name, Type type, std::string_view help, const Of& of) {
    out_.family(name, type, help);
    for (const RingSample& ring : sample_.rings) {
      if (ring.look) put({{"ring", ring.name}}, of(*ring.look));
    }
  }
  // A sample a producer.
  template <typename Of>
  void producers(std::string_view name, Type type, std::string_view help, const Of& of) {
    out_.family(name, type, help);
    for (const RingSample& ring : sample_.rings) {
      if (!ring.look) continue;
      for (const ProducerStatus& producer : ring.look->status.producers) {
        put({{"ring", ring.name}, {"slot", std::to_string(producer.slot)}, {"name", producer.name}},
            of(producer, ring.counts->slots.at(producer.slot)));
      }
    }
  }

 private:
  void put(const Labels& labels, std::uint64_t value) { out_.sample(labels, value); }
  void put(const Labels& labels, double value) { out_.sample(labels, value); }
  void put(const Labels& labels, bool value) { out_.sample(labels, std::uint64_t{value}); }
  template <typename T>
  void put(const Labels& labels, const std::optional<T>& value) {
    if (value) put(labels, *value);
  }

  Exposition& out_;
  const Sample& sample_;
};

void about_rings(Families& families, Exposition& out, const Sample& sample) {
  out.family("logbuf_ring_info", Type::gauge, "What a ring is: always 1.");
  for (const RingSample& ring : sample.rings) {
    if (!ring.look) continue;
    out.sample({{"ring", ring.name},
                {"uuid", cli::uuid_text(ring.look->info.uuid)},
                {"kind", cli::kind_word(ring.look->info.kind)}},
               std::uint64_t{1});
  }
  families.look("logbuf_ring_created_timestamp_seconds", Type::gauge, "When the ring was made.",
                [](const auto& look) { return static_cast<double>(look.info.created_ns) * kNanosecond; });
  families.look("logbuf_ring_capacity_bytes", Type::gauge, "How much the ring holds.",
                [](const auto& look) { return std::uint64_t{look.info.capacity}; });
  families.look("logbuf_ring_fill_bytes", Type::gauge, "Claimed and not yet released.",
                [](const auto& look) { return look.fill_bytes; });
  families.look("logbuf_ring_waiting_bytes", Type::gauge, "Claimed and not yet consumed.",
                [](const auto& look) { return look.unread_bytes; });
  families.look("logbuf_ring_waiting_records", Type::gauge, "Committed and not yet consumed.",
                [](const auto& look) { return look.records_waiting; });
  families.look("logbuf_ring_producers", Type::gauge, "Producers that are attached, or died attached.",
                [](const auto& look) { return std::uint64_t{look.status.producers.size()}; });
  families.look("logbuf_ring_max_producers", Type::gauge, "Producers that can be attached at once.",
                [](const auto& look) { return std::uint64_t{look.info.max_producers}; });
  families.look("logbuf_ring_consumer_attached", Type::gauge, "1 while a living consumer is attached.",
                [](const auto& look) { return look.status.consumer && look.status.consumer->alive; });
  families.look("logbuf_ring_closed", Type::gauge, "1 once the ring is closed.",
                [](const auto& look) { return look.status.closed; });
  families.look("logbuf_ring_quarantined", Type::gauge, "1 where the ring holds a header that no producer has written.",
                [](const auto& look) { return look.status.quarantined; });
  families.look("logbuf_ring_blocked", Type::gauge, "1 while the next claim is not finished.",
                [](const auto& look) { return look.status.blocked.has_value(); });
  families.each("logbuf_ring_consumer_lag_seconds", Type::gauge,
                "How long ago the first record was claimed that is not consumed.", [](const auto& ring) {
                  return ring.consumer_lag ? std::optional(seconds(ring.consumer_lag->time)) : std::nullopt;
                });
  families.each("logbuf_ring_recovered_claims_total", Type::counter,
                "Unfinished claims of dead producers that were made skips.",
                [](const auto& ring) { return ring.counts->holes.value(); });
  families.each("logbuf_ring_producers_attached_total", Type::counter, "Producers that have attached.",
                [](const auto& ring) { return ring.counts->producers_attached.value(); });
  families.each("logbuf_ring_consumers_attached_total", Type::counter, "Consumers that have attached.",
                [](const auto& ring) { return ring.counts->consumers_attached.value(); });
}

void about_records(Families& families) {
  families.each("logbuf_records_committed_total", Type::counter, "Records that producers have committed.",
                [](const auto& ring) { return ring.counts->all[0].value(); });
  families.each("logbuf_records_payload_bytes_total", Type::counter, "Bytes of payload that producers have committed.",
                [](const auto& ring) { return ring.counts->all[1].value(); });
  families.each("logbuf_records_refused_total", Type::counter,
                "Records that producers could not write at the full ring, and counted.",
                [](const auto& ring) { return ring.counts->all[2].value(); });
  families.each("logbuf_records_aborted_total", Type::counter, "Claims that producers have given back.",
                [](const auto& ring) { return ring.counts->all[3].value(); });
  families.each("logbuf_records_consumed_total", Type::counter, "Records that consumers have taken.",
                [](const auto& ring) { return ring.counts->consumed.value(); });
  families.producers("logbuf_producer_alive", Type::gauge, "1 while the producer lives.",
                     [](const auto& producer, const auto&) { return producer.alive; });
  families.producers("logbuf_producer_records_total", Type::counter, "Records that this producer has committed.",
                     [](const auto&, const auto& slot) { return slot.counts[0].value(); });
  families.producers("logbuf_producer_payload_bytes_total", Type::counter,
                     "Bytes of payload that this producer has committed.",
                     [](const auto&, const auto& slot) { return slot.counts[1].value(); });
  families.producers("logbuf_producer_refused_records_total", Type::counter,
                     "Records that this producer could not write at the full ring, and counted.",
                     [](const auto&, const auto& slot) { return slot.counts[2].value(); });
  families.producers("logbuf_producer_aborted_total", Type::counter, "Claims that this producer has given back.",
                     [](const auto&, const auto& slot) { return slot.counts[3].value(); });
}

void about_archives(Families& families, Exposition& out, const Sample& sample) {
  const auto counter = [&](std::string_view name, std::string_view help, Counters::Count Counters::* count) {
    families.each(name, Type::counter, help,
                  [=](const RingSample& ring) { return (ring.archiver.counters.get()->*count).load(); });
  };
  const auto seq = [](std::uint64_t ArchiveProgress::* which) {
    return [=](const rings::Look& look) {
      return look.status.archive ? std::optional((*look.status.archive).*which) : std::nullopt;
    };
  };
  families.each("logbuf_archive_up", Type::gauge,
                "1 while all is well with the ring's way to disk, as /healthz has it.",
                [](const auto& ring) { return ring.ailments.empty(); });
  families.each("logbuf_archive_draining", Type::gauge, "1 while a drain works on the ring.",
                [](const auto& ring) { return ring.archiver.state == Board::State::draining; });
  families.each("logbuf_archive_disk_failing", Type::gauge, "1 while the disk refuses what the drain gives it.",
                [](const auto& ring) { return !ring.archiver.counters->trouble().empty(); });
  families.look("logbuf_archive_written_seq", Type::gauge, "Seq of the first record that is not archived.",
                seq(&ArchiveProgress::written_seq));
  families.look("logbuf_archive_synced_seq", Type::gauge, "Seq of the first record that may not be durable.",
                seq(&ArchiveProgress::synced_seq));
  families.each("logbuf_archive_durable_lag_seconds", Type::gauge,
                "How long ago the first record was claimed that is not durable.", [](const auto& ring) {
                  return ring.durable_lag ? std::optional(seconds(ring.durable_lag->time)) : std::nullopt;
                });
  families.each(
      "logbuf_archive_sync_interval_seconds", Type::gauge,
      "How long a record may wait for its sync, by --sync; 0 with batch, none with none.", [](const auto& ring) {
        const std::int64_t interval_ns = ring.archiver.counters->sync_interval_ns;
        return interval_ns == Counters::kNeverSynced ? std::nullopt
                                                     : std::optional(static_cast<double>(interval_ns) * kNanosecond);
      });
  families.each("logbuf_archive_files", Type::gauge, "Files of the archive, as looked at every few seconds.",
                [](const auto& ring) { return ring.disk.files; });
  families.each("logbuf_archive_size_bytes", Type::gauge, "What they take, as looked at every few seconds.",
                [](const auto& ring) { return ring.disk.bytes; });
  counter("logbuf_archive_records_total", "Records that this archiver has archived.", &Counters::records);
  counter("logbuf_archive_written_bytes_total", "Bytes of the ring that this archiver has archived.", &Counters::bytes);
  counter("logbuf_archive_refused_records_total", "Records refused at the full ring that it has told in the archive.",
          &Counters::refused_records);
  counter("logbuf_archive_missing_records_total", "Records that others had taken from the ring: gaps of the archive.",
          &Counters::missing_records);
  counter("logbuf_archive_torn_bytes_total", "Bytes of unfinished writes that it has cut.", &Counters::torn_bytes);
  counter("logbuf_archive_sealed_files_total", "Files sealed.", &Counters::sealed_files);
  counter("logbuf_archive_compressed_files_total", "Files compressed.", &Counters::compressed_files);
  counter("logbuf_archive_removed_files_total", "Files removed by retention.", &Counters::removed_files);
  counter("logbuf_archive_removed_bytes_total", "What they took.", &Counters::removed_bytes);
  counter("logbuf_archive_upkeep_errors_total",
          "What compression and retention could not do, each try counted: standard error says what.",
          &Counters::upkeep_errors);
  counter("logbuf_archive_write_errors_total", "Writes that the disk has refused, each try counted.",
          &Counters::write_errors);
  counter("logbuf_archive_sync_errors_total", "Syncs that have failed.", &Counters::sync_errors);
  out.family("logbuf_archive_sync_seconds", Type::summary, "How long syncs took.");
  for (const RingSample& ring : sample.rings) {
    const Counters& counters = *ring.archiver.counters;
    out.sample({{"ring", ring.name}}, static_cast<double>(counters.sync_ns) * kNanosecond, "_sum");
    out.sample({{"ring", ring.name}}, counters.syncs.load(), "_count");
  }
}

}  // namespace

std::string metrics_text(const Sample& sample, std::optional<std::uint64_t> free_bytes, std::int64_t start_ns) {
  Exposition out;
  out.family("logbuf_archiver_build_info", Type::gauge, "Which archiver this is: always 1.");
  out.sample({{"version", std::string(cli::version())}}, std::uint64_t{1});
  out.family("logbuf_archiver_start_timestamp_seconds", Type::gauge, "When the archiver began.");
  out.sample({}, static_cast<double>(start_ns) * kNanosecond);
  out.family("logbuf_archiver_rings", Type::gauge, "Rings that it knows.");
  out.sample({}, std::uint64_t{sample.rings.size()});
  if (free_bytes) {
    out.family("logbuf_archive_disk_free_bytes", Type::gauge, "What is free on the disk of the archives.");
    out.sample({}, *free_bytes);
  }
  Families families(out, sample);
  about_rings(families, out, sample);
  about_records(families);
  about_archives(families, out, sample);
  return std::move(out).text();
}

}  // namespace logbuf::archiver
