// Which producers are wanted, and which of them were seen.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace logbuf::cat {

class Producers {
 public:
  // A slot's number or a producer's name, which may be all digits.
  void add(const std::string& slot_or_name);
  // None was added: all are wanted.
  bool all() const noexcept { return wanted_.empty(); }

  // Any of those added will do. An empty name is not known.
  bool see(std::uint16_t slot, std::string_view name);
  // For what is not a record: it is wanted by its slot or by its name, or may be, where that is not known.
  bool may_want(std::uint16_t slot, std::string_view name) const;
  // What was added and has matched nothing that see() was told.
  std::vector<std::string> unseen() const;

 private:
  struct Wanted {
    std::string text;
    std::optional<std::uint16_t> slot;
    bool seen = false;

    bool matches(std::uint16_t its_slot, std::string_view its_name) const {
      return slot == its_slot || (!its_name.empty() && text == its_name);
    }
  };
  std::vector<Wanted> wanted_;  // few
};

}  // namespace logbuf::cat
