#include "archive/file_audit.hpp"

#include <algorithm>
#include <utility>

#include "archive/block.hpp"

namespace logbuf::archive {
namespace {

std::string at(std::uint64_t offset) {
  return " (offset " + std::to_string(offset) + ")";
}

// Only the totals count: in the index they stand without what was new.
bool same(const RefusedTotals& a, const RefusedTotals& b) {
  return std::ranges::equal(a, b, [](const auto& x, const auto& y) {
    return x.first == y.first && x.second.total == y.second.total && x.second.producer == y.second.producer;
  });
}

}  // namespace

std::expected<FileAudit, int> FileAudit::begin(const platform::File& file, const format::FileHeader& header) {
  FileAudit audit(header);
  auto end = look_for_file_end(file, header);
  if (!end) return std::unexpected(end.error());
  audit.end_ = std::move(*end);
  return audit;
}

std::optional<format::Digest> FileAudit::seal() const noexcept {
  return end_ ? std::optional(end_->seal.seal) : std::nullopt;
}

void FileAudit::wrong(std::string& fault, std::string what) {
  if (fault.empty()) fault = std::move(what);
}

void FileAudit::pass(const format::BlockHeader& block, std::span<const std::byte> payload) {
  sealed_ = block::is_type(block, format::BlockType::seal);
  if (block::is_ending(block)) return;
  summary_.add(block);
  compare_entry(block);
  if (block::is_type(block, format::BlockType::producer)) {
    if (const auto producer = block::decode_producer(payload)) {
      summary_.add(*producer, block.offset);
      compare_name(block, *producer);
    }
  }
  if (block::is_type(block, format::BlockType::refused)) {
    if (auto statement = block::decode_refused(payload, block))
      refused_[statement->refused.slot] = std::move(statement->refused);
  }
}

void FileAudit::compare_entry(const format::BlockHeader& block) {
  if (!end_) return;
  const auto& entries = end_->entries;
  while (next_entry_ < entries.size() && entries[next_entry_].offset <= block.offset) {
    end_entry();
    const auto& entry = entries[next_entry_++];
    if (entry.offset != block.offset) {
      if (!damaged_) wrong(entry_fault_, "its index points to a place where no block begins" + at(entry.offset));
      continue;
    }
    if (entry.first_seq != block.first_seq || entry.begin != block.begin) {
      wrong(entry_fault_, "its index has another seq or position for a block" + at(block.offset));
    }
    in_entry_ = true;
    time_min_ns_ = block.time_min_ns;
    time_max_ns_ = block.time_max_ns;
  }
  if (!in_entry_ && !damaged_) wrong(entry_fault_, "its index does not know its first block" + at(block.offset));
  time_min_ns_ = std::min(time_min_ns_, block.time_min_ns);
  time_max_ns_ = std::max(time_max_ns_, block.time_max_ns);
}

// All blocks of an entry have been passed.
void FileAudit::end_entry() {
  if (!std::exchange(in_entry_, false) || damaged_) return;
  const auto& entry = end_->entries[next_entry_ - 1];
  if (entry.time_min_ns != time_min_ns_ || entry.time_max_ns != time_max_ns_) {
    wrong(entry_fault_, "its index has other times for the blocks from one on" + at(entry.offset));
  }
}

void FileAudit::compare_name(const format::BlockHeader& block, const ProducerName& producer) {
  if (!end_) return;
  const auto& names = end_->names;
  const bool forgotten = next_name_ == 0 && names.size() >= kMaxIndexedNames / 2 && block.offset < names.front().offset;
  if (forgotten) return;
  while (damaged_ && next_name_ < names.size() && names[next_name_].offset < block.offset) ++next_name_;
  const bool there = next_name_ < names.size() && names[next_name_].offset == block.offset;
  if (!there) {
    wrong(name_fault_, "its index lacks a producer's name" + at(block.offset));
    return;
  }
  const ProducerName& said = names[next_name_++].producer;
  if (said.slot != producer.slot || said.from != producer.from || said.pid != producer.pid ||
      said.name != producer.name) {
    wrong(name_fault_, "its index has another name for a producer" + at(block.offset));
  }
}

void FileAudit::compare_seal(std::vector<Fault>& faults) const {
  const format::SealPayload& said = end_->seal;
  const std::uint64_t offset = said.index_offset + sizeof(format::BlockHeader) + said.index_length;
  if (said.previous_seal != header_.previous_seal) {
    faults.push_back({offset, "its seal and its header disagree about the seal of the file before"});
  }
  if (damaged_) return;
  const format::SealPayload seen = summary_.seal(said.index_offset, said.index_length, {});
  if (said.blocks != seen.blocks || said.records != seen.records || said.payload_bytes != seen.payload_bytes ||
      said.time_min_ns != seen.time_min_ns || said.time_max_ns != seen.time_max_ns) {
    faults.push_back({offset, "its seal tells of " + std::to_string(said.blocks) + " blocks with " +
                                  std::to_string(said.records) + " records, " + std::to_string(said.payload_bytes) +
                                  " bytes and their times; there are " + std::to_string(seen.blocks) + " with " +
                                  std::to_string(seen.records) + ", " + std::to_string(seen.payload_bytes) +
                                  " bytes, or their times are others"});
  } else if (said.seal != seen.seal) {
    faults.push_back({offset, "its seal is not the digest of its blocks"});
  }
}

std::vector<FileAudit::Fault> FileAudit::end(const platform::File& file) {
  std::vector<Fault> faults;
  if (!end_) {
    // It may have been sealed while it was read; then its index has not been compared.
    if (!sealed_) return faults;
    auto end = look_for_file_end(file, header_);
    if (!end || !*end) {
      if (!damaged_) faults.push_back({0, "its index and its seal contradict each other"});
      return faults;
    }
    end_ = std::move(*end);
    compare_seal(faults);
    return faults;
  }
  end_entry();
  if (!damaged_ && next_entry_ != end_->entries.size()) {
    wrong(entry_fault_, "its index points to a place where no block begins" + at(end_->entries[next_entry_].offset));
  }
  if (!damaged_ && next_name_ != end_->names.size()) {
    wrong(name_fault_, "its index has a producer's name that stands nowhere" + at(end_->names[next_name_].offset));
  }
  const std::uint64_t offset = end_->seal.index_offset;
  if (!entry_fault_.empty()) faults.push_back({offset, std::move(entry_fault_)});
  if (!name_fault_.empty()) faults.push_back({offset, std::move(name_fault_)});
  if (!damaged_ && !same(end_->refused, refused_)) {
    faults.push_back({offset, "its index has other totals of refused records than its blocks"});
  }
  compare_seal(faults);
  return faults;
}

}  // namespace logbuf::archive
