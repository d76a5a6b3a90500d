#include "program.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <new>
#include <sstream>

#include <logbuf/logbuf.h>

#include "near_words.hpp"
#include "output.hpp"
#include "text.hpp"

namespace logbuf::cli {
namespace {

constexpr unsigned help_columns = 100;
constexpr int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;

// A closed descriptor 0, 1 or 2 would be given to the next file that is opened. The wrong mode keeps reads
// and writes failing as they would have.
void take_standard_descriptors() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (fcntl(fd, F_GETFD) != -1) continue;
    static_cast<void>(open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY));
  }
}

po::options_description about_the_program() {
  auto group = option_group("About the program");
  group.add_options()("help,h", "print this and exit")("version,V", "print the version and exit");
  return group;
}

bool print(const std::string& text) {
  Output out;
  out.put(text);
  return out.finish() == ExitCode::ok;
}

int code_of(bool printed) {
  return static_cast<int>(printed ? ExitCode::ok : ExitCode::failed);
}

void append_heading(std::ostringstream& out, const ProgramInfo& info) {
  out << info.name << ": " << info.purpose << "\n\n";
  std::string_view lead = "usage: ";
  for (const std::string& form : info.usage) {
    out << lead << info.name << ' ' << form << '\n';
    lead = "       ";
  }
}

void append_ending(std::ostringstream& out, const ProgramInfo& info) {
  if (!info.examples.empty()) out << "\nExamples:\n";
  for (const Example& example : info.examples) {
    out << "  " << example.command << "\n      " << example.effect << '\n';
  }
  if (!info.notes.empty()) out << '\n' << info.notes << '\n';
}

std::string help_text(const ProgramInfo& info) {
  std::ostringstream out;
  append_heading(out, info);
  for (const auto& group : info.groups) out << '\n' << group;
  out << '\n' << about_the_program();
  append_ending(out, info);
  return out.str();
}

[[noreturn]] void wrong_usage(const std::string& what) {
  die(what + " (try --help)", ExitCode::usage);
}

bool names_option(const po::options_description& all, std::string_view token) {
  if (token.starts_with("--") && token.size() > 2) {
    const std::string name(token.substr(2, token.find('=') - 2));
    return all.find_nothrow(name, false) != nullptr;
  }
  return token.size() == 2 && token[0] == '-' && all.find_nothrow(std::string(token), false) != nullptr;
}

// Boost takes `--lines --follow` for lines of "--follow". A value that looks like that can be given as
// --lines=--follow.
void refuse_options_as_values(const po::options_description& all, const po::parsed_options& parsed) {
  for (const auto& option : parsed.options) {
    if (option.string_key.empty()) continue;
    for (std::size_t i = 1; i < option.original_tokens.size(); ++i) {
      if (names_option(all, option.original_tokens[i])) wrong_usage(option.original_tokens[0] + " needs a value");
    }
  }
}

void take_arguments(const ProgramInfo& info, const po::parsed_options& parsed) {
  std::vector<std::string> given;
  for (const auto& option : parsed.options) {
    if (option.string_key.empty()) given.insert(given.end(), option.value.begin(), option.value.end());
  }
  std::size_t next = 0;
  for (const Argument& argument : info.arguments) {
    const std::size_t count = std::min(argument.at_most, given.size() - next);
    if (count < argument.at_least) wrong_usage(argument.name + " is missing");
    const auto first = given.begin() + static_cast<std::ptrdiff_t>(next);
    argument.values->assign(first, first + static_cast<std::ptrdiff_t>(count));
    next += count;
  }
  if (next < given.size()) wrong_usage("'" + escape(given[next]) + "' is one argument too many");
}

int parse_and_run(int argc, const char* const* argv, const ProgramInfo& info, const Body& body) {
  const po::variables_map values = parse(argc, argv, info);
  if (values.count("help") != 0) return code_of(print(help_text(info)));
  if (values.count("version") != 0) return code_of(print(info.name + ' ' + std::string(version()) + '\n'));
  return static_cast<int>(body(values));
}

template <typename Work>
int guarded(const std::string& name, const Work& work) {
  set_program_name(name);
  take_standard_descriptors();
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a limit on file sizes is an error of the write, as a full disk is
  try {
    return work();
  } catch (const Stop& stop) {
    complain(stop.what(), Severity::error);
    return static_cast<int>(stop.code());
  } catch (const std::bad_alloc&) {
    complain("out of memory", Severity::error);
  } catch (const std::exception& error) {
    complain(std::string("unexpected: ") + error.what(), Severity::error);
  }
  return static_cast<int>(ExitCode::failed);
}

std::string command_list(const ProgramInfo& program, const std::vector<Command>& commands) {
  std::ostringstream out;
  append_heading(out, program);
  out << "\nCommands (" << program.name << " COMMAND --help says more):\n";
  std::size_t width = 0;
  const auto word = [&](const Command& command) { return command.info.name.substr(program.name.size() + 1); };
  for (const Command& command : commands) width = std::max(width, word(command).size());
  for (const Command& command : commands) {
    const std::string name = word(command);
    out << "  " << name << std::string(width - name.size() + 2, ' ') << command.info.purpose << '\n';
  }
  append_ending(out, program);
  return out.str();
}

}  // namespace

po::options_description option_group(const std::string& heading) {
  return po::options_description(heading, help_columns, help_columns / 2);
}

po::variables_map parse(int argc, const char* const* argv, const ProgramInfo& info) {
  po::variables_map values;
  po::options_description all;
  for (const auto& group : info.groups) all.add(group);
  all.add(about_the_program());
  try {
    const auto parsed = po::command_line_parser(argc, argv).options(all).style(style).run();
    refuse_options_as_values(all, parsed);
    po::store(parsed, values);
    if (values.count("help") != 0 || values.count("version") != 0) return values;
    if (info.complete) info.complete(values);
    po::notify(values);
    take_arguments(info, parsed);
  } catch (const po::unknown_option& error) {
    const std::string given = error.get_option_name();
    std::string_view name = given;
    name.remove_prefix(std::min(name.find_first_not_of('-'), name.size()));
    wrong_usage(describe(error) + near_it(name.substr(0, name.find('=')), names_of(all), "--"));
  } catch (const po::error& error) {
    wrong_usage(describe(error));
  }
  return values;
}

int run(int argc, const char* const* argv, const ProgramInfo& info, const Body& body) {
  return guarded(info.name, [&] { return parse_and_run(argc, argv, info, body); });
}

int run_command(int argc, const char* const* argv, const ProgramInfo& program, const std::vector<Command>& commands) {
  return guarded(program.name, [&] {
    if (argc < 2) wrong_usage("a command is missing");
    const std::string_view word = argv[1];
    if (word == "--help" || word == "-h" || word == "help") return code_of(print(command_list(program, commands)));
    if (word == "--version" || word == "-V") {
      return code_of(print(program.name + ' ' + std::string(version()) + '\n'));
    }
    const std::string full = program.name + ' ' + std::string(word);
    const auto found = std::ranges::find_if(commands, [&](const auto& c) { return c.info.name == full; });
    if (found == commands.end()) {
      std::vector<std::string> words;
      for (const Command& each : commands) words.push_back(each.info.name.substr(program.name.size() + 1));
      wrong_usage("there is no command '" + escape(word) + "'" + near_it(word, words));
    }
    return parse_and_run(argc - 1, argv + 1, found->info, found->body);
  });
}

std::string describe(const po::error& error) {
  if (const auto* unknown = dynamic_cast<const po::unknown_option*>(&error)) {
    return "there is no option " + escape(unknown->get_option_name());
  }
  if (const auto* twice = dynamic_cast<const po::multiple_occurrences*>(&error)) {
    return twice->get_option_name() + " is given more than once";
  }
  if (const auto* absent = dynamic_cast<const po::required_option*>(&error)) {
    return absent->get_option_name() + " is missing";
  }
  if (const auto* syntax = dynamic_cast<const po::invalid_command_line_syntax*>(&error)) {
    switch (syntax->kind()) {
      case po::invalid_syntax::missing_parameter:
      case po::invalid_syntax::empty_adjacent_parameter: return syntax->get_option_name() + " needs a value";
      case po::invalid_syntax::extra_parameter: return syntax->get_option_name() + " takes no value";
      default: break;
    }
  }
  return escape(error.what());
}

std::vector<std::string> names_of(const po::options_description& options) {
  std::vector<std::string> names;
  for (const auto& option : options.options()) names.push_back(option->long_name());
  return names;
}

std::string_view version() noexcept {
  return logbuf_version();
}

}  // namespace logbuf::cli
