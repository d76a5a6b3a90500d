#include <exception>
#include <string>

#include <logbuf/error.hpp>

#include "c/guard.hpp"
#include "platform/failure.hpp"
#include "version.hpp"

namespace logbuf::c {
namespace {

static_assert(LOGBUF_INVALID_NAME == static_cast<int>(Errc::invalid_name) &&
              LOGBUF_NO_MEMORY == static_cast<int>(Errc::no_memory) &&
              LOGBUF_CONSUMER_PRESENT == static_cast<int>(Errc::consumer_present) &&
              LOGBUF_NOT_AN_ARCHIVE == static_cast<int>(Errc::not_an_archive) &&
              LOGBUF_RING_NOT_EMPTY == static_cast<int>(Errc::ring_not_empty));

// Empty: an Errc, an errno, or nothing that these functions return.
const char* own_text(int result) noexcept {
  switch (result) {
    case LOGBUF_OK: return "no error";
    case LOGBUF_FULL: return "the ring is full";
    case LOGBUF_TOO_LARGE: return "the record is too large for the ring";
    case LOGBUF_EMPTY: return "a record of no bytes";
    case LOGBUF_DISCONNECTED: return "disconnected";
    case LOGBUF_BUSY: return "the last claim is still open";
    case LOGBUF_TIMEOUT: return "the time is over";
    case LOGBUF_NOTHING: return "there is no record";
    case LOGBUF_NO_CLAIM: return "no claim is open";
    case LOGBUF_INVALID_ARGUMENT: return "invalid argument";
    case LOGBUF_INTERNAL: return "internal error";
    default: return "";
  }
}

}  // namespace

int result_of(std::error_code code) noexcept {
  if (code.category() == error_category()) return code.value();
  if (code.category() == std::system_category() || code.category() == std::generic_category()) return -code.value();
  return LOGBUF_INTERNAL;
}

int result_of_exception() noexcept {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return result_of(failure(std::error_code(ENOMEM, std::generic_category()), "out of memory").error());
  } catch (const std::system_error& error) {
    return result_of(failure(error.code(), {}).error());
  } catch (...) {
    (void)failure(std::error_code(), {});  // what was said before is about something else
    return LOGBUF_INTERNAL;
  }
}

}  // namespace logbuf::c

extern "C" {

const char* logbuf_error_text(int result) noexcept {
  if (const char* const own = logbuf::c::own_text(result); *own != '\0') return own;
  try {
    static thread_local std::string text;
    text = result < 0 ? std::system_category().message(-result) : logbuf::error_category().message(result);
    return text.c_str();
  } catch (...) {
    return "unknown error";
  }
}

const char* logbuf_error_detail() noexcept {
  return logbuf::error_detail().c_str();
}

const char* logbuf_version() noexcept {
  return LOGBUF_VERSION;
}
}
