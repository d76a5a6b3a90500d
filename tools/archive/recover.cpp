#include <logbuf/error.hpp>

#include <functional>
#include <memory>
#include <system_error>

#include "archive_progress.hpp"
#include "commands.hpp"
#include "findings.hpp"
#include "output.hpp"
#include "text.hpp"

namespace logbuf::archive_tool {
namespace {

struct Options {
  std::vector<std::string> target;
  std::string to;
};

cli::ExitCode recover(const Options& o) {
  const std::string& target = o.target.front();
  cli::Output out;
  cat::ArchiveProgress progress(target);
  const auto found = [&](const archive::Finding& finding) { out.put(finding_line(finding) + '\n'); };
  const auto done = archive::recover_to(target, o.to, found, std::ref(progress));
  if (!done) {
    const bool usage = done.error() == std::errc::directory_not_empty || done.error() == std::errc::invalid_argument;
    if (usage) cli::die(error_detail(), cli::ExitCode::usage);
    cli::die(done.error(), "archive " + target + " cannot be recovered");
  }
  const auto line = [&](const char* field, std::uint64_t value) {
    out.put(std::string(field) + ": " + std::to_string(value) + '\n');
  };
  line("files", done->files);
  line("records", done->records);
  line("gaps", done->gaps);
  line("lost", done->lost);
  line("damaged bytes", done->damaged_bytes);
  line("torn bytes", done->torn_bytes);
  if (done->gaps == 0) return out.finish();
  out.flush();
  cli::complain(lost_sentence(o.to, done->lost, done->unknown_losses));
  return out.finish(cli::ExitCode::lost);
}

}  // namespace

cli::Command recover_command() {
  auto o = std::make_shared<Options>();
  auto where = cli::option_group("Where to");
  where.add_options()("to", cli::po::value(&o->to)->value_name("NEWDIR")->required(),
                      "the copy's directory: empty, or not there yet");
  return {{.name = "logbuf-archive recover",
           .purpose = "copies what is sound of an archive, with gaps for the rest",
           .usage = {"DIR|FILE --to NEWDIR"},
           .groups = {where},
           .arguments = {{"DIR|FILE", &o->target}},
           .examples = {{"logbuf-archive recover /var/log/logbuf/orders --to /var/log/logbuf/orders.sound",
                         "a copy that verify finds nothing damaged in"},
                        {"logbuf-archive recover /mnt/old/orders --to orders && logbuf-cat orders",
                         "shown only if nothing is lost"}},
           .notes = "The original is not touched. Records keep their seqs, positions and times; of what is lost the\n"
                    "copy tells how much and where it stood. Exit code 3: something is lost."},
          [o](const auto&) { return recover(*o); }};
}

}  // namespace logbuf::archive_tool
