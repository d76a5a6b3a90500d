#include <logbuf/segment.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <memory>
#include <optional>

#include "commands.hpp"
#include "kind.hpp"
#include "progress.hpp"
#include "text.hpp"

namespace logbuf::ctl {
namespace {

namespace po = cli::po;

struct Options {
  std::vector<std::string> name;
  cli::Size capacity{std::uint64_t{64} << 20};
  std::string kind = "mpsc";
  std::optional<cli::Count> producers;
  std::string mode = "0600";
  std::string group;
  bool timestamps = false;
};

[[noreturn]] void wrong(const std::string& what) {
  cli::die(what + " (try --help)", cli::ExitCode::usage);
}

std::uint32_t parse_mode(const std::string& text) {
  std::uint32_t mode = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, mode, 8);
  if (error != std::errc() || at != end || text.empty())
    wrong("--mode: '" + cli::escape(text) + "' is no mode: give octal digits, such as 0660");
  return mode;
}

SegmentOptions segment_options(const Options& o) {
  SegmentOptions options;
  options.capacity = o.capacity.bytes;
  options.kind = cli::kind_of_word(o.kind);
  if (o.producers) {
    constexpr std::uint64_t most = UINT32_MAX;
    options.max_producers = static_cast<std::uint32_t>(std::min(o.producers->number, most));
    if (options.kind == Kind::spsc && options.max_producers != 1)
      wrong("--producers: an spsc ring has one producer; give --kind mpsc for more");
  }
  options.mode = parse_mode(o.mode);
  options.group = o.group;
  options.timestamps = o.timestamps;
  return options;
}

}  // namespace

cli::Command create_command() {
  auto o = std::make_shared<Options>();
  auto ring = cli::option_group("The ring");
  ring.add_options()("capacity,c", po::value(&o->capacity)->value_name("SIZE")->default_value(o->capacity),
                     "how much it holds: a power of two, 4K to 1G")(
      "kind", po::value(&o->kind)->value_name("mpsc|spsc")->default_value(o->kind), "for many producers or for one")(
      "producers", po::value(&o->producers)->value_name("N"),
      "how many may be attached at once, 1 to 4096 (64 if not given)")("timestamps", po::bool_switch(&o->timestamps),
                                                                       "every record carries the time of its writing");
  auto access = cli::option_group("Access");
  access.add_options()("mode", po::value(&o->mode)->value_name("OCTAL")->default_value(o->mode),
                       "who may read and write it, whatever the umask")(
      "group", po::value(&o->group)->value_name("GROUP"), "its group, by name or number");
  return {{.name = "logbuf-ctl create",
           .purpose = "makes a ring and reserves its memory",
           .usage = {"NAME [--capacity SIZE] [OPTION...]"},
           .groups = {ring, access},
           .arguments = {{"NAME", &o->name}},
           .examples = {{"logbuf-ctl create orders --capacity 64M", "a ring for this user's processes"},
                        {"logbuf-ctl create audit --capacity 16M --mode 0660 --group adm --timestamps",
                         "one that the group 'adm' writes to, with times"}},
           .notes = ""},
          [o](const auto&) {
            cli::Progress progress("bytes", o->capacity.bytes);
            const auto made = Segment::create(o->name.front(), segment_options(*o),
                                              [&](std::size_t bytes) { progress.update(bytes); });
            if (!made) cli::die(made.error(), "ring '" + o->name.front() + "'");
            return cli::ExitCode::ok;
          }};
}

}  // namespace logbuf::ctl
