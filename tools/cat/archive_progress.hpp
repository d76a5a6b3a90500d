// How far reading an archive has come.
#pragma once

#include <cstdint>
#include <filesystem>

#include <logbuf/archive.hpp>

#include "filter.hpp"
#include "progress.hpp"
#include "ranges.hpp"

namespace logbuf::cat {

// Records of these seqs that the archive's files say they hold; 0 where nobody knows.
std::uint64_t count_records(const std::filesystem::path& target, SeqRange seqs = {});

// Counts the archive's records, where somebody sees it; what is read is then told to this.
class ArchiveProgress : public cli::Progress {
 public:
  // Of all of it.
  explicit ArchiveProgress(const std::filesystem::path& target) : Progress("records") {
    if (is_shown()) set_total(count_records(target));
  }
  // Of what the filter's range leaves of these seqs, read so many times; 0: nobody knows how often. How much there is
  // to come is known from the first record on, and never where it ends with a time.
  ArchiveProgress(const std::filesystem::path& target, const Filter& filter, SeqRange seqs, std::uint64_t passes = 1);
  // The next record, wanted or not.
  void pass(std::uint64_t seq) {
    if (is_shown()) count(seq);
  }
  void operator()(const archive::Totals& read) { update(read.records); }
  void operator()(const archive::RecoveryTotals& copied) { update(copied.records); }

 private:
  void count(std::uint64_t seq);

  std::filesystem::path target_;
  SeqRange seqs_;
  std::uint64_t passes_ = 0;
  std::uint64_t passed_ = 0;
};

}  // namespace logbuf::cat
