// The archiver's configuration file: what it may say, what the command line has to say about it, what is refused.
#include <sys/stat.h>

#include "archiver.hpp"
#include "config_file.hpp"

namespace test {
namespace {

namespace fs = std::filesystem;

// What --print-config prints.
std::string effective(const ConfigFile& file, Lines arguments = {}) {
  arguments.push_back("--print-config");
  Program program = file.archiver(arguments);
  std::string text = program.rest_of_stdout();
  CHECK_MESSAGE(program.wait() == 0, program.said());
  return text;
}

// A value that is not the default for every key there is.
constexpr const char* kAllKeys = R"(ring = orders
ring = trades
rings = feed-*
create = true
capacity = 1M
dir = /nowhere/at/all
sync = interval=1500ms
rotate-size = 1536M
rotate-age = 90m
compress = zstd:7
retain-size = 1025
retain-age = 7d
min-free = 3G
once = true
until-idle = 1ms
metrics = [::1]:9464
)";

}  // namespace

TEST_CASE("an archiver does what its configuration file says") {
  const ScratchName first;
  const ScratchName second("-too");
  const TemporaryDirectory archives;
  const ConfigFile file("# two rings\n  ring=" + first.name() + "\n\nring = " + second.name() +
                        "  # the other\r\ncreate = yes\ncapacity = 8K\ndir = " + archives.path().string() +
                        "\nonce = on\n");
  Program program = file.archiver();
  CHECK_MESSAGE(program.wait() == 0, program.said());
  for (const std::string& name : {first.name(), second.name()}) {
    CHECK(fs::exists(archives.path() / name / "LOCK"));
    CHECK(required(logbuf::Segment::open(name)).info().capacity == 8192);
  }
}

TEST_CASE("the command line wins over the file, and replaces all of its repeated keys") {
  const ConfigFile file("ring = a\nring = b\nrings = c*\ndir = /one\ncompress = lz4\n");
  const std::string text = effective(file, {"--ring", "d", "--dir", "/two", "--rotate-age", "1h"});
  CHECK(text ==
        "ring = d\nrings = c*\ncreate = false\ndir = /two\nsync = interval=1s\nrotate-size = 256M\n"
        "rotate-age = 1h\ncompress = lz4\nonce = false\n");
}

TEST_CASE("every key is read, and what --print-config prints is a file that says the same") {
  CHECK(effective(ConfigFile(kAllKeys)) == kAllKeys);
  for (const std::string key : {"sync = none\n", "sync = batch\n", "compress = none\n", "compress = lz4\n"}) {
    const std::string text = effective(ConfigFile("ring = a\ndir = b\n" + key));
    CHECK_MESSAGE(text.find(key) != std::string::npos, text);
    CHECK(effective(ConfigFile(text)) == text);
  }
}

TEST_CASE("--print-config refuses a value that a file cannot hold") {
  for (const std::string directory : {"/a#b", " /a", "/a ", "/a\nb", "\"/a b\"", "'a'"}) {
    Program program = archiver({"--ring", "a", "--dir", directory, "--print-config"});
    CHECK(program.rest_of_stdout().empty());
    CHECK(program.wait() == 2);
    CHECK_MESSAGE(program.has_said("--dir"), program.said());
  }
}

TEST_CASE("every flag but those about the file and the program is a key") {
  Program help = archiver({"--help"});
  const std::string text = help.rest_of_stdout();
  CHECK(help.wait() == 0);
  const std::string keys = std::string("\n") + kAllKeys;
  int flags = 0;
  for (std::size_t at = text.find("Rings:"); (at = text.find("--", at)) < text.find("Configuration file:"); ++at) {
    at += 2;
    if (text[at] < 'a' || text[at] > 'z') continue;
    const std::string flag = text.substr(at, text.find_first_of(" \n", at) - at);
    ++flags;
    CHECK_MESSAGE(keys.find("\n" + flag + " =") != std::string::npos, flag);
  }
  CHECK(flags >= 14);
}

TEST_CASE("--check-config says nothing of a good configuration, and touches nothing") {
  const ScratchName name;
  const TemporaryDirectory directory;
  const fs::path archives = directory.path() / "archives";
  const ConfigFile file("ring = " + name.name() + "\ncreate = true\ndir = " + archives.string() + "\n");
  Program program = file.archiver({"--check-config"});
  CHECK(program.wait() == 0);
  CHECK(program.said().empty());
  CHECK_FALSE(fs::exists(archives));
  CHECK_FALSE(logbuf::Segment::open(name.name()).has_value());
}

TEST_CASE("what is wrong in a file is said with the file and the line, and the exit code is 2") {
  struct Wrong {
    std::string line;
    std::string said;
  };
  for (const auto& [line, said] : {
           Wrong{"retain_size = 1G", "there is no key 'retain_size'; near it: 'retain-size'"},
           Wrong{"rnig = c", "there is no key 'rnig'; near it: 'ring', 'rings'"},
           Wrong{"config = other", "there is no key 'config'"},
           Wrong{"retain-size = 5x", "retain-size: '5x' is not a size"},
           Wrong{"rotate-age = 5", "rotate-age: '5' has no unit"},
           Wrong{"sync = often", "sync: 'often' cannot be"},
           Wrong{"sync = interval=0s", "sync: 'interval=0s' cannot be"},
           Wrong{"compress = gzip", "compress: 'gzip' cannot be"},
           Wrong{"create = perhaps", "create"},
           Wrong{"[archive]", "there are no sections"},
           Wrong{"dir = \"a b\"", "leave them out"},
           Wrong{"rings = 'c*'", "leave them out"},
           Wrong{"retain-size", "'retain-size' is neither KEY = VALUE nor a comment"},
       }) {
    const ConfigFile file("ring = a\n# a comment\ndir = b\n" + line + "\nrings = c*\n");
    for (const std::string flag : {"--check-config", "--print-config", "--once"}) {
      Program program = file.archiver({flag});
      CHECK(program.wait() == 2);
      CHECK_MESSAGE(program.has_said(file.path.string() + ", line 4: "), program.said());
      CHECK_MESSAGE(program.has_said(said), program.said());
    }
  }
}

TEST_CASE("a key given twice, and what one value alone does not show, are said with the file and the line") {
  struct Wrong {
    std::string lines;  // from the third on
    std::string said;
  };
  for (const auto& [lines, said] : {
           Wrong{"dir = c\nonce = yes\n", "line 3: dir is given more than once"},
           Wrong{"once = yes\nring = a\n", "line 4: ring 'a' is given twice"},
           Wrong{"ring = a/b\nring = c\n", "line 3: ring 'a/b' cannot be a ring's name"},
           Wrong{"once = yes\ncapacity = 1M\n", "line 4: capacity is for rings to be made"},
           Wrong{"rotate-size = 0\n", "line 3: rotate-size must be more than 0"},
           Wrong{"rotate-age = 0\n", "line 3: rotate-age must be longer than 0"},
           Wrong{"retain-size = 0\n", "line 3: retain-size must be more than 0"},
           Wrong{"retain-age = 0\n", "line 3: retain-age must be longer than 0"},
           Wrong{"min-free = 0\n", "line 3: min-free must be more than 0"},
           Wrong{"create = yes\ncapacity = 3000\n", "line 4: capacity must be a power of two"},
           Wrong{"rings =\n", "line 3: rings has no value"},
           Wrong{"create =\n", "line 3: create has no value"},
           Wrong{"once =   # yes\n", "line 3: once has no value"},
       }) {
    const ConfigFile file("ring = a\ndir = b\n" + lines);
    Program program = file.archiver({"--check-config"});
    CHECK(program.wait() == 2);
    CHECK_MESSAGE(program.has_said(file.path.string() + ", " + said), program.said());
  }
  const ConfigFile file("dir = b\nrings = *\ncreate = yes\n");
  Program program = file.archiver({"--check-config"});
  CHECK(program.wait() == 2);
  CHECK_MESSAGE(program.has_said(file.path.string() + ", line 3: create needs a --ring"), program.said());
}

TEST_CASE("what is wrong on the command line is not said of the file") {
  const ConfigFile file("ring = a\ndir = b\nrotate-age = 1h\n");
  for (const auto& [arguments, said] : {std::pair(Lines{"--ring", "c/d"}, "--ring 'c/d' cannot be"),
                                        std::pair(Lines{"--rotate-age", "0"}, "--rotate-age must be longer")}) {
    Program program = file.archiver(arguments);
    CHECK(program.wait() == 2);
    CHECK_MESSAGE(program.has_said(": " + std::string(said)), program.said());
    CHECK_MESSAGE(!program.has_said(", line "), program.said());
  }
}

TEST_CASE("a file that cannot be read is named, with the reason") {
  const TemporaryDirectory directory;
  const fs::path pipe = directory.path() / "pipe";
  const fs::path large = directory.path() / "large";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  std::ofstream(large) << "#";
  fs::resize_file(large, (1 << 20) + 1);
  for (const auto& [path, reason] :
       {std::pair(directory.path(), "is no regular file"), std::pair(pipe, "is no regular file"),
        std::pair(fs::path("/dev/zero"), "is no regular file"), std::pair(large, "has more than 1M"),
        std::pair(directory.path() / "none", "cannot be read: No such file")}) {
    Program program = archiver({"--config", path.string(), "--ring", "a", "--dir", "b", "--check-config"});
    CHECK(program.wait() == 2);
    CHECK_MESSAGE(program.has_said(path.string() + ": " + reason), program.said());
  }
}

}  // namespace test
