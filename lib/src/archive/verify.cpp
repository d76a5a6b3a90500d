#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <logbuf/archive.hpp>

#include "archive/entry_stream.hpp"
#include "archive/file_audit.hpp"
#include "archive/stream_observer.hpp"

namespace logbuf::archive {
namespace {

class Verifier final : public StreamObserver {
 public:
  Verifier(EntryStream& entries, const std::function<void(const Finding&)>& found,
           const std::function<void(const Totals&)>& passed)
      : entries_(entries), found_(found), passed_(passed) {
    entries_.blocks().observe(this);
  }
  ~Verifier() { entries_.blocks().observe(nullptr); }

  std::expected<Verification, std::error_code> run() {
    for (;;) {
      const std::uint64_t expected_seq = entries_.blocks().totals().next_seq;
      auto entry = entries_.next();
      if (!entry) return std::unexpected(entry.error());
      if (!*entry) break;
      if (auto* const gap = std::get_if<Gap>(&**entry)) {
        take(std::move(*gap), expected_seq);
        continue;
      }
      const std::uint64_t seq = std::get<Record>(**entry).seq;
      if (!seen_.first_seq) seen_.first_seq = seq;
      seen_.last_seq = seq;
      for (auto more = entries_.more(); !more.empty(); more = entries_.more()) seen_.last_seq = more.back().seq;
      if (passed_) passed_(entries_.blocks().totals());
    }
    end_file();
    if (!torn_.empty()) tell({.kind = Finding::Kind::torn, .places = torn_, .lost = 0, .why = "an unfinished write"});
    seen_.totals = entries_.blocks().totals();
    return std::move(seen_);
  }

  std::expected<void, int> begin_file(const std::filesystem::path& path, const format::FileHeader& header,
                                      const platform::File& file) override {
    auto audit = FileAudit::begin(file, header);
    if (!audit) return std::unexpected(audit.error());
    compare_with_previous(path, header);
    file_ = &file;
    path_ = path;
    audit_.emplace(std::move(*audit));
    return {};
  }

  void end_file() override {
    if (!audit_) return;
    for (const auto& fault : audit_->end(*file_)) contradict(path_, fault.offset, fault.why);
    if (audit_->is_whole()) seen_.sealed_files += 1;
    previous_.reset();
    if (const auto seal = audit_->seal()) previous_ = {.path = path_, .seal = *seal};
    audit_.reset();
  }

  void pass_block(const format::BlockHeader& header, std::span<const std::byte> payload) override {
    audit_->pass(header, payload);
  }

  void pass_damage(const Finding::Place& place) override {
    if (audit_ && place.file == path_) {
      audit_->note_damage();
    } else {
      // A file that cannot be read stands between the one before it and the next.
      previous_.reset();
    }
    damaged_.push_back(place);
  }

  // The last word counts: what was torn may be whole by now.
  void pass_torn(const Finding::Place& place) override {
    if (!torn_.empty() && torn_.back().file == place.file) torn_.pop_back();
    torn_.push_back(place);
    if (audit_ && place.file == path_) audit_->note_damage();
  }

 private:
  struct Previous {
    std::filesystem::path path;
    format::Digest seal{};
  };

  void tell(const Finding& finding) {
    if (found_) found_(finding);
  }

  void contradict(const std::filesystem::path& path, std::uint64_t offset, const std::string& why) {
    seen_.contradictions += 1;
    tell({.kind = Finding::Kind::contradiction,
          .places = {{.file = path, .offset = offset, .bytes = 0}},
          .lost = 0,
          .why = path.string() + ": " + why});
  }

  void take(Gap gap, std::uint64_t expected_seq) {
    Finding finding{.kind = entries_.gap_kind(),
                    .places = {},
                    .lost = gap.lost,
                    .seq = expected_seq,
                    .from = gap.from,
                    .to = gap.to,
                    .why = std::move(gap.why)};
    if (finding.kind == Finding::Kind::missing) {
      finding.seqs = gap.lost.value_or(0);
      finding.places = std::exchange(damaged_, {});
      if (!finding.places.empty()) finding.kind = Finding::Kind::damaged;
    } else {
      const auto& block = entries_.blocks().header();
      finding.seq = block.first_seq;
      if (finding.kind == Finding::Kind::told || finding.kind == Finding::Kind::unknown)
        finding.seqs = block.record_count;
    }
    if (gap.lost != 0) seen_.losses += 1;
    seen_.unknown_losses = seen_.unknown_losses || !gap.lost;
    tell(finding);
  }

  // A Writer that found the file before damaged, or unsealed, does not name its seal.
  void compare_with_previous(const std::filesystem::path& path, const format::FileHeader& header) {
    const bool follows = header.first_seq == entries_.blocks().totals().next_seq;
    if (!previous_ || !follows) return;
    if (header.previous_seal == previous_->seal) {
      seen_.chained_files += 1;
    } else if (header.previous_seal != format::Digest{}) {
      contradict(path, offsetof(format::FileHeader, previous_seal),
                 "it was written behind another file than " + previous_->path.string() +
                     ", which was exchanged or made anew, or a file between the two is gone");
    }
  }

  EntryStream& entries_;
  const std::function<void(const Finding&)>& found_;
  const std::function<void(const Totals&)>& passed_;
  Verification seen_;
  const platform::File* file_ = nullptr;
  std::filesystem::path path_;
  std::optional<FileAudit> audit_;  // of the file in use
  std::optional<Previous> previous_;
  std::vector<Finding::Place> damaged_;  // since the last gap that told of damage
  std::vector<Finding::Place> torn_;
};

}  // namespace

std::expected<Verification, std::error_code> verify(const std::filesystem::path& target,
                                                    const std::function<void(const Finding&)>& found,
                                                    const std::function<void(const Totals&)>& passed) {
  auto blocks = BlockStream::open(target);
  if (!blocks) return std::unexpected(blocks.error());
  EntryStream entries(std::move(*blocks));
  return Verifier(entries, found, passed).run();
}

}  // namespace logbuf::archive
