#include "archive_progress.hpp"

#include <algorithm>

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

}  // namespace logbuf::cat
