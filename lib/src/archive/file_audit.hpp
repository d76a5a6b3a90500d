// Compares what a sealed file says at its end with the blocks that stand in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "archive/format.hpp"
#include "archive/index.hpp"
#include "platform/file.hpp"

namespace logbuf::archive {

class FileAudit {
 public:
  // Errors are errno values.
  static std::expected<FileAudit, int> begin(const platform::File& file, const format::FileHeader& header);

  // Every block of the file, in its order.
  void pass(const format::BlockHeader& block, std::span<const std::byte> payload);
  // Something of the file cannot be read: what its end says of that part cannot be compared.
  void note_damage() noexcept { damaged_ = true; }

  struct Fault {
    std::uint64_t offset = 0;  // in the file, of the index or the seal
    std::string why;
  };
  // After the last block: what does not fit. Of each kind of fault the first.
  std::vector<Fault> end(const platform::File& file);
  // The file has its end, and all of it was compared.
  bool is_whole() const noexcept { return end_.has_value() && !damaged_; }
  // What the seal says, whether it fits or not.
  std::optional<format::Digest> seal() const noexcept;

 private:
  explicit FileAudit(const format::FileHeader& header) : header_(header), summary_(header) {}
  void compare_entry(const format::BlockHeader& block);
  void end_entry();
  void compare_name(const format::BlockHeader& block, const ProducerName& producer);
  void compare_seal(std::vector<Fault>& faults) const;
  void wrong(std::string& fault, std::string what);

  format::FileHeader header_;
  Summary summary_;  // of the blocks
  RefusedTotals refused_;
  std::optional<FileEnd> end_;
  bool damaged_ = false;
  bool sealed_ = false;  // the last block was a seal

  std::size_t next_entry_ = 0;  // of the index
  std::int64_t time_min_ns_ = 0;
  std::int64_t time_max_ns_ = 0;
  bool in_entry_ = false;
  std::size_t next_name_ = 0;
  std::string entry_fault_;
  std::string name_fault_;
};

}  // namespace logbuf::archive
