/// \file
/// Text in fmt's format, as a record. Header-only, for fmt 9 (Debian's), and not part of logbuf.hpp, as it needs fmt's
/// headers. No streams, and no memory is allocated (but by formatters of the caller's own types that do so, and for a
/// long text that changes while it is formatted).
///
///     logbuf::format_record(sender, 0, "{} at {:.2f}", symbol, price);
///
/// A claim needs its length first, and fmt knows the length when it has formatted. So what is short (up to
/// kFormatOnce_bytes) is formatted once, on the stack, and copied into the claim; what is longer is formatted twice:
/// once for its length, and then straight into the claim.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <logbuf/channel.hpp>
#include <logbuf/producer.hpp>

namespace logbuf {

/// Text of up to so many bytes is formatted once.
inline constexpr std::size_t kFormatOnce_bytes = 512;

namespace detail {

template <typename Claim>
using FormatResult = std::expected<void, typename Claim::error_type>;

// A whole text, from memory.
template <typename Take>
auto put_text(std::string_view text, Take take) -> FormatResult<decltype(take(std::size_t{}))> {
  auto claim = take(text.size());
  if (!claim) [[unlikely]]
    return std::unexpected(claim.error());
  std::copy(text.begin(), text.end(), reinterpret_cast<char*>(claim->bytes().data()));
  claim->commit();
  return {};
}

// `take(length)` gives a claim, or says why there is none.
template <typename Take>
auto put_format(fmt::string_view format, fmt::format_args arguments, Take take)
    -> FormatResult<decltype(take(std::size_t{}))> {
  std::array<char, kFormatOnce_bytes> head;
  const std::size_t length = fmt::vformat_to_n(head.data(), head.size(), format, arguments).size;
  if (length <= head.size()) [[likely]]
    return put_text({head.data(), length}, take);
  {
    auto claim = take(length);
    if (!claim) return std::unexpected(claim.error());
    char* const to = reinterpret_cast<char*>(claim->bytes().data());
    if (fmt::vformat_to_n(to, length, format, arguments).size == length) {
      claim->commit();
      return {};
    }
  }
  // An argument that others write to, or a formatter that says something else each time: the claim was taken back, and
  // what is formatted now holds.
  fmt::memory_buffer whole;
  fmt::vformat_to(fmt::appender(whole), format, arguments);
  return put_text({whole.data(), whole.size()}, take);
}

}  // namespace detail

/// Formats as fmt::format() does and sends what comes out, without a line end, as one record of this type. Waits at a
/// full ring, as Sender::send(). Errors: as send(); `empty`, where nothing comes out. Throws what formatting throws;
/// then nothing is sent. One thread at a time, as the Sender.
template <Kind K, typename... Arguments>
std::expected<void, SendError> format_record(Sender<K>& sender, std::uint16_t type,
                                             fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  return detail::put_format(format, fmt::make_format_args(arguments...),
                            [&](std::size_t length) { return sender.send(length, type); });
}
/// The same into a queue, which never waits, as Producer::try_claim(). Errors: as try_claim().
template <Kind K, typename... Arguments>
std::expected<void, ClaimError> format_record(Producer<K>& producer, std::uint16_t type,
                                              fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  return detail::put_format(format, fmt::make_format_args(arguments...),
                            [&](std::size_t length) { return producer.try_claim(length, type); });
}

/// As format_record(), but never waits: what finds the ring full is lost, and counted as refused (Sender::try_send()).
template <Kind K, typename... Arguments>
std::expected<void, SendError> try_format_record(Sender<K>& sender, std::uint16_t type,
                                                 fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  return detail::put_format(format, fmt::make_format_args(arguments...),
                            [&](std::size_t length) { return sender.try_send(length, type); });
}
/// The same into a queue (IfFull::drop).
template <Kind K, typename... Arguments>
std::expected<void, ClaimError> try_format_record(Producer<K>& producer, std::uint16_t type,
                                                  fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  return detail::put_format(format, fmt::make_format_args(arguments...),
                            [&](std::size_t length) { return producer.try_claim(length, type, IfFull::drop); });
}

}  // namespace logbuf
