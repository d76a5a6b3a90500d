#include "archive_progress.hpp"

#include <algorithm>
#include <limits>

namespace logbuf::cat {

std::uint64_t count_records(const std::filesystem::path& target, SeqRange seqs) {
  const auto files = archive::list_files(target);
  std::uint64_t records = 0;
  if (!files) return records;
  for (const auto& file : *files) {
    const std::uint64_t begin = std::max(file.first_seq, seqs.first);
    const std::uint64_t end = file.end_seq > seqs.last ? seqs.last + 1 : file.end_seq;
    if (begin < end) records += end - begin;
  }
  return records;
}

ArchiveProgress::ArchiveProgress(const std::filesystem::path& target, const Filter& filter, SeqRange seqs,
                                 std::uint64_t passes)
    : Progress("records"), target_(target), seqs_(seqs), passes_(filter.times().until ? 0 : passes) {}

void ArchiveProgress::count(std::uint64_t seq) {
  if (passed_ == 0 && passes_ != 0) {
    const std::uint64_t each = count_records(target_, {.first = std::max(seq, seqs_.first), .last = seqs_.last});
    const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    set_total(each > most / passes_ ? most : each * passes_);
  }
  update(++passed_);
}

}  // namespace logbuf::cat
