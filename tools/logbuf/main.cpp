// logbuf WORD... runs logbuf-WORD..., as git does.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "near_words.hpp"
#include "program.hpp"
#include "programs.hpp"
#include "text.hpp"

namespace {

using namespace logbuf;
using cli::ExitCode;
using Words = std::vector<std::string>;

// Comes back only if that could not be.
int become(const std::string& file, const Words& words) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  execvp(file.c_str(), arguments.data());
  cli::complain("cannot run " + cli::escape(file) + ": " + std::system_category().message(errno));
  return static_cast<int>(ExitCode::failed);
}

std::string named(const std::string& word) {
  return "logbuf-" + word;
}

int unknown(const std::string& word, const Words& directories) {
  for (const front::Entry& own : front::own_programs()) {
    if (own.word != word) continue;
    cli::complain(named(word) + " is neither beside this program nor in PATH: is it installed?");
    return static_cast<int>(ExitCode::failed);
  }
  Words words = {"help"};
  for (const front::Entry& each : front::own_programs()) words.push_back(each.word);
  for (const front::Entry& each : front::other_programs(directories)) words.push_back(each.word);
  cli::complain("there is no command '" + cli::escape(word) + '\'' + cli::near_it(word, words) +
                " (logbuf help lists all)");
  return static_cast<int>(ExitCode::usage);
}

int run_program(const Words& given, const Words& directories) {
  const std::string& word = given.front();
  const std::string file = front::find_program(word, directories);
  if (file.empty()) return unknown(word, directories);
  Words words = given;
  words.front() = named(word);
  return become(file, words);
}

// `man -w` only looks.
bool has_man_page(const std::string& page) {
  const pid_t child = fork();
  if (child == 0) {
    const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nowhere >= 0) {
      dup2(nowhere, STDOUT_FILENO);
      dup2(nowhere, STDERR_FILENO);
    }
    execlp("man", "man", "-w", page.c_str(), nullptr);
    _exit(127);
  }
  int status = 0;
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int help_about(const std::string& word, const Words& directories) {
  const std::string page = word == "help" ? "logbuf" : named(word);
  const std::string file = word == "help" ? "/proc/self/exe" : front::find_program(word, directories);
  if (file.empty()) return unknown(word, directories);
  if (has_man_page(page)) return become("man", {"man", page});
  return become(file, {page, "--help"});
}

int list_commands(int argc, const char* const* argv, const Words& directories) {
  const cli::ProgramInfo program{
      .name = "logbuf",
      .purpose = "runs logbuf's programs: logbuf WORD is logbuf-WORD",
      .usage = {"COMMAND [ARGUMENT...]", "help [COMMAND]", "--version"},
      .groups = {},
      .arguments = {},
      .examples = {{"logbuf cat -f orders", "the same as logbuf-cat -f orders"},
                   {"logbuf help cat", "the manual page of logbuf-cat, or else its --help"}},
      .notes =
          "Programs are looked for beside this one, then in PATH. Exit codes: those of the program that is run;\n"
          "1 it cannot be run; 2 there is no such command."};
  std::vector<cli::Command> commands;
  const auto add = [&](const std::vector<front::Entry>& entries) {
    for (const front::Entry& each : entries) {
      commands.push_back({{.name = "logbuf " + each.word,
                           .purpose = each.purpose,
                           .usage = {},
                           .groups = {},
                           .arguments = {},
                           .examples = {},
                           .notes = ""},
                          [](const auto&) { return ExitCode::failed; }});
    }
  };
  add(front::own_programs());
  add(front::other_programs(directories));
  return cli::run_command(argc, argv, program, commands);
}

}  // namespace

int main(int argc, char** argv) {
  const Words given(argv + (argc > 0 ? 1 : 0), argv + argc);
  const Words directories = front::search_path(argc > 0 ? argv[0] : nullptr);
  // What is run finds signals and descriptors as we found them: hence before everything that a program does first.
  if (given.size() == 2 && given[0] == "help" && !given[1].starts_with('-')) return help_about(given[1], directories);
  if (given.size() > 2 && given[0] == "help") {
    cli::complain("help takes one COMMAND (try --help)");
    return static_cast<int>(ExitCode::usage);
  }
  const bool own = given.empty() || given[0] == "help" || given[0] == "--help" || given[0] == "-h" ||
                   given[0] == "--version" || given[0] == "-V";
  if (own && given.size() > 1) {
    cli::complain(cli::escape(given[0]) + " stands alone, without " + cli::escape(given[1]) + " (try --help)");
    return static_cast<int>(ExitCode::usage);
  }
  if (!own && given[0].starts_with('-')) {
    cli::complain("there is no option " + cli::escape(given[0]) + " (try --help)");
    return static_cast<int>(ExitCode::usage);
  }
  if (!own) return run_program(given, directories);
  const char* const list[] = {"logbuf", given.empty() ? "help" : argv[1], nullptr};
  return list_commands(2, list, directories);
}
