#include "failure.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <logbuf/error.hpp>
#include <utility>

#include "progress.hpp"
#include "text.hpp"

namespace logbuf::cli {
namespace {

std::string& name() {
  static std::string text = "logbuf";
  return text;
}

// As systemd.exec(5) has it: whoever has another stderr put in its place has inherited the variable alone.
bool stderr_is_the_journal() {
  const char* const journal = std::getenv("JOURNAL_STREAM");
  struct stat about{};
  if (journal == nullptr || ::fstat(STDERR_FILENO, &about) != 0) return false;
  return journal == std::to_string(about.st_dev) + ':' + std::to_string(about.st_ino);
}

}  // namespace

ExitCode exit_code_for(std::error_code code) noexcept {
  if (code.category() == error_category()) {
    switch (static_cast<Errc>(code.value())) {
      case Errc::invalid_name:
      case Errc::invalid_capacity:
      case Errc::invalid_option:
      case Errc::no_such_ring:
      case Errc::ring_exists:
      case Errc::not_a_ring:
      case Errc::wrong_kind:
      case Errc::not_an_archive:
      case Errc::wrong_ring: return ExitCode::usage;
      default: return ExitCode::failed;
    }
  }
  const bool names_nothing = code == std::errc::no_such_file_or_directory || code == std::errc::not_a_directory ||
                             code == std::errc::is_a_directory;
  return names_nothing ? ExitCode::usage : ExitCode::failed;
}

void complain(std::string_view what, Severity severity) {
  static const bool to_journal = stderr_is_the_journal();
  const std::string head = to_journal ? '<' + std::to_string(static_cast<int>(severity)) + '>' : program_name() + ": ";
  say(head + escape(what));
}

void say(std::string line) {
  wipe_progress();
  line += '\n';
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t written = write(STDERR_FILENO, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // nowhere left to say it
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

void die(const std::string& what, ExitCode code) {
  throw Stop(code, what);
}

void die(std::error_code code, const std::string& about) {
  const std::string& detail = error_detail();
  throw Stop(exit_code_for(code), detail.empty() ? about + ": " + code.message() : detail);
}

void set_program_name(std::string text) {
  name() = std::move(text);
}
const std::string& program_name() noexcept {
  return name();
}

}  // namespace logbuf::cli
