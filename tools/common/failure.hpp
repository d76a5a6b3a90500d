// How a program ends, and what it says then.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace logbuf::cli {

enum class ExitCode : int {
  ok = 0,
  failed = 1,  // something went wrong at run time; of logbuf-cat --grep: nothing matched
  usage = 2,   // wrong usage or configuration, no such ring or file
  lost = 3,    // finished, but records are lost or damaged
};

// usage if the caller named something that is not there or cannot be, failed for all else.
ExitCode exit_code_for(std::error_code code) noexcept;

// As syslog(3) counts them.
enum class Severity : int { error = 3, warning = 4, info = 6 };

// "logbuf-cat: what" on stderr, in one write, escaped: names in it may come from other processes. Where stderr is the
// journal's it is "<4>what": the journal has the name itself, and takes the number for the severity. Any thread.
void complain(std::string_view what, Severity severity = Severity::warning);
// The line alone, likewise.
void say(std::string line);

// Ends the program from wherever it is: run() catches it, complains and returns the code. Thrown rather than
// exit(), so that rings are detached and archives closed on the way. Main thread only.
class Stop : public std::runtime_error {
 public:
  Stop(ExitCode code, const std::string& what) : std::runtime_error(what), code_(code) {}
  ExitCode code() const noexcept { return code_; }

 private:
  ExitCode code_;
};

[[noreturn]] void die(const std::string& what, ExitCode code = ExitCode::failed);

// For an error_code that this thread was just given by the library: says its error_detail(), or else `about`
// and the code's own message.
[[noreturn]] void die(std::error_code code, const std::string& about);

// The name that complain() begins with; run() sets it, before there are threads.
void set_program_name(std::string name);
const std::string& program_name() noexcept;

}  // namespace logbuf::cli
