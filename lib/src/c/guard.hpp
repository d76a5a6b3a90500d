// What every C function does: an error_code becomes a result, an exception never leaves, structures keep the caller's
// size.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <new>
#include <string_view>
#include <system_error>
#include <utility>

#include <logbuf/logbuf.h>

namespace logbuf::c {

// Errors: logbuf_error, or an errno with a minus sign.
int result_of(std::error_code code) noexcept;
// For the exception in flight.
int result_of_exception() noexcept;

template <typename Body>
int guarded(Body body) noexcept {
  try {
    return body();
  } catch (...) {
    return result_of_exception();
  }
}

inline int result_of(const std::expected<void, std::error_code>& done) noexcept {
  return done ? LOGBUF_OK : result_of(done.error());
}

// A handle of what was made; `handle` may be NULL, and what was made is ended again.
template <typename Handle, typename Made>
int hand_out(std::expected<Made, std::error_code> made, Handle** handle) {
  if (!made) return result_of(made.error());
  if (handle != nullptr) *handle = std::make_unique<Handle>(std::move(*made)).release();
  return LOGBUF_OK;
}

inline std::string_view text(const char* string) noexcept {
  return string == nullptr ? std::string_view() : std::string_view(string);
}

inline std::chrono::nanoseconds timeout_of(std::int64_t timeout_ns) noexcept {
  return timeout_ns < 0 ? std::chrono::nanoseconds::max() : std::chrono::nanoseconds(timeout_ns);
}

// Does a structure to be filled have all that this version fills? What a later one has besides stays as it is.
template <typename Struct>
bool has_room(const Struct* to) noexcept {
  return to != nullptr && to->size >= sizeof(Struct);
}

template <typename Struct>
void fill(Struct& to, Struct with) noexcept {
  with.size = to.size;
  to = with;
}

// Zero-terminated, cut where it does not fit.
template <std::size_t N>
void copy_name(char (&to)[N], std::string_view name) noexcept {
  const std::size_t length = name.copy(to, N - 1);
  to[length] = '\0';
}

}  // namespace logbuf::c
