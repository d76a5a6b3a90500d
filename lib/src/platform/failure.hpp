// The one way to fail: set the sentence that error_detail() gives, return the code.
#pragma once

#include <cerrno>
#include <expected>
#include <string>
#include <system_error>

#include <logbuf/error.hpp>

namespace logbuf {

std::unexpected<std::error_code> failure(std::error_code code, std::string detail);

inline std::unexpected<std::error_code> failure(Errc code, std::string detail) {
  return failure(make_error_code(code), std::move(detail));
}

// `detail` gets ": " and the errno's own text after it.
inline std::unexpected<std::error_code> system_failure(std::string detail, int error = errno) {
  const std::error_code code(error, std::system_category());
  return failure(code, std::move(detail) + ": " + code.message());
}

}  // namespace logbuf
