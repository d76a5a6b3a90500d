#include "archive_source.hpp"

#include <utility>

#include "failure.hpp"

namespace logbuf::cat {
namespace {

archive::Reader open_reader(const std::filesystem::path& target) {
  auto reader = archive::Reader::open(target);
  if (!reader) cli::die(reader.error(), "archive " + target.string() + " cannot be opened");
  return std::move(*reader);
}

}  // namespace

ArchiveSource::ArchiveSource(const std::filesystem::path& target) : target_(target), reader_(open_reader(target)) {}

void ArchiveSource::seek(std::uint64_t seq) {
  if (const auto sought = reader_.seek_seq(seq); !sought) {
    cli::die(sought.error(), "archive " + target_.string() + " cannot be read");
  }
}

void ArchiveSource::seek_last(std::uint64_t count) {
  if (const auto sought = reader_.seek_last(count); !sought) {
    cli::die(sought.error(), "archive " + target_.string() + " cannot be read");
  }
}

std::optional<Item> ArchiveSource::next() {
  auto next = reader_.next();
  if (!next) cli::die(next.error(), "archive " + target_.string() + " cannot be read");
  if (!*next) return std::nullopt;
  if (auto* gap = std::get_if<archive::Gap>(&**next)) {
    return Gap{
        .kind = Gap::Kind::lost, .records = gap->lost, .from = gap->from, .to = gap->to, .why = std::move(gap->why)};
  }
  const auto& record = std::get<archive::Record>(**next);
  return Record{.seq = record.seq,
                .position = record.position,
                .time_ns = record.time_ns,
                .drain_time_ns = record.drain_time_ns,
                .slot = record.slot,
                .type = record.type,
                .producer = record.producer,
                .bytes = record.bytes};
}

void ArchiveSource::wait(std::chrono::nanoseconds timeout) {
  if (!watch_) {
    // What came before the watch was there is not told by it: look once more first.
    watch_.emplace(target_);
    return;
  }
  watch_->wait(timeout);
}

}  // namespace logbuf::cat
