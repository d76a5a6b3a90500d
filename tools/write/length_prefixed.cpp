#include <algorithm>
#include <cstdint>

#include "splitter.hpp"

namespace logbuf::write {
namespace {

constexpr std::size_t kPrefixBytes = 4;

std::uint32_t little_endian(std::span<const std::byte> bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < kPrefixBytes; ++i) value |= std::to_integer<std::uint32_t>(bytes[i]) << (8 * i);
  return value;
}

class Reading {
 public:
  Reading(Input& input, const Refill& refill, Sink& sink)
      : input_(input), refill_(refill), sink_(sink), place_{input.name(), "record", 1} {}

  bool write_all() {
    while (have(kPrefixBytes)) {
      const std::uint32_t length = little_endian(input_.pending());
      input_.use(kPrefixBytes);
      if (length > sink_.max_payload()) {
        sink_.refuse(length, place_);
        if (!pass_over(length)) return end_within_record(passed_over_, length);
      } else {
        if (!have(length)) return end_within_record(input_.pending().size(), length);
        if (!sink_.put(input_.pending().first(length), place_)) return false;
        input_.use(length);
      }
      ++place_.number;
    }
    return input_.pending().empty() ? end_of_input()
                                    : end_within_record(input_.pending().size(), kPrefixBytes, " of its length");
  }

 private:
  // False: the input ended before.
  bool have(std::size_t count) {
    while (input_.pending().size() < count) {
      filled_ = refill_();
      if (filled_ != Input::Fill::more) return false;
    }
    return true;
  }

  bool pass_over(std::uint64_t length) {
    passed_over_ = 0;
    while (passed_over_ < length) {
      if (!have(1)) return false;
      const auto now = std::min<std::uint64_t>(input_.pending().size(), length - passed_over_);
      input_.use(static_cast<std::size_t>(now));
      passed_over_ += now;
    }
    return true;
  }

  bool end_of_input() {
    if (filled_ == Input::Fill::failed) sink_.note_unreadable();
    return filled_ != Input::Fill::stopped;
  }

  bool end_within_record(std::uint64_t got, std::uint64_t wanted, const std::string& of_what = "") {
    // Told to stop, nobody expects the rest of it.
    if (filled_ != Input::Fill::stopped) {
      sink_.refuse_truncated(std::to_string(got) + " of " + std::to_string(wanted) + " bytes" + of_what, place_);
    }
    return filled_ != Input::Fill::stopped;
  }

  Input& input_;
  const Refill& refill_;
  Sink& sink_;
  Place place_;
  Input::Fill filled_ = Input::Fill::more;
  std::uint64_t passed_over_ = 0;
};

}  // namespace

bool write_length_prefixed(Input& input, const Refill& refill, Sink& sink) {
  return Reading(input, refill, sink).write_all();
}

}  // namespace logbuf::write
