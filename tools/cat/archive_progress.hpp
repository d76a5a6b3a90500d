// How far reading an archive has come.
#pragma once

#include <cstdint>
#include <filesystem>

#include <logbuf/archive.hpp>

#include "progress.hpp"
#include "ranges.hpp"

namespace logbuf::cat {

// Records of these seqs that the archive's files say they hold; 0 where nobody knows.
std::uint64_t count_records(const std::filesystem::path& target, SeqRange seqs = {});

// Counts the archive's records, where somebody sees it; what is read is then told to this.
class ArchiveProgress : public cli::Progress {
 public:
  explicit ArchiveProgress(const std::filesystem::path& target, SeqRange seqs = {}) : Progress("records") {
    if (is_shown()) set_total(count_records(target, seqs));
  }
  void operator()(const archive::Totals& read) { update(read.records); }
  void operator()(const archive::RecoveryTotals& copied) { update(copied.records); }
};

}  // namespace logbuf::cat
