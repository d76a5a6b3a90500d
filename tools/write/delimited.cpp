#include <algorithm>
#include <cstring>
#include <optional>

#include "splitter.hpp"

namespace logbuf::write {
namespace {

std::optional<std::size_t> find(std::span<const std::byte> bytes, const std::string& delimiter) {
  if (bytes.empty()) return std::nullopt;
  const void* at = delimiter.size() == 1
                       ? std::memchr(bytes.data(), static_cast<unsigned char>(delimiter[0]), bytes.size())
                       : memmem(bytes.data(), bytes.size(), delimiter.data(), delimiter.size());
  if (at == nullptr) return std::nullopt;
  return static_cast<std::size_t>(static_cast<const std::byte*>(at) - bytes.data());
}

}  // namespace

bool write_delimited(Input& input, const Refill& refill, const std::string& delimiter, Sink& sink) {
  Place place{.input = input.name(), .unit = delimiter == "\n" ? "line" : "record", .number = 1};
  std::size_t searched = 0;       // of what is pending: no delimiter begins in here
  std::uint64_t passed_over = 0;  // of a record too large to be kept until its end is found

  const auto end_record = [&](std::span<const std::byte> bytes) {
    bool go_on = true;
    if (passed_over == 0) {
      go_on = sink.put(bytes, place);
    } else {
      sink.refuse(passed_over + bytes.size(), place);
    }
    passed_over = 0;
    ++place.number;
    return go_on;
  };

  for (;;) {
    const auto pending = input.pending();
    if (const auto at = find(pending.subspan(searched), delimiter)) {
      const std::size_t length = searched + *at;
      if (!end_record(pending.first(length))) return false;
      input.use(length + delimiter.size());
      searched = 0;
      continue;
    }
    // The delimiter may have begun in the last bytes.
    searched = pending.size() - std::min(pending.size(), delimiter.size() - 1);
    if (passed_over != 0 || searched > sink.max_payload()) {
      passed_over += searched;
      input.use(searched);
      searched = 0;
    }
    const Input::Fill filled = refill();
    if (filled == Input::Fill::more) continue;
    if (filled == Input::Fill::failed) sink.note_unreadable();
    // What was read is written, whatever ended the input.
    const auto rest = input.pending();
    const bool go_on = (rest.empty() && passed_over == 0) || end_record(rest);
    return go_on && filled != Input::Fill::stopped;
  }
}

}  // namespace logbuf::write
