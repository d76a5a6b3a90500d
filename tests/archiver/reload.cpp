// SIGHUP: what the configuration file says now takes effect where it can, and nothing that it says ends the archiver.
#include <chrono>
#include <csignal>

#include "archiver.hpp"
#include "config_file.hpp"

namespace test {
namespace {

using logbuf::queue::mpsc::Producer;
namespace fs = std::filesystem;

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; ++at) ++found;
  return found;
}

// An archiver with a configuration file that names the directory, and the ring unless others are given.
struct Service {
  ScratchRing ring;
  TemporaryDirectory archives;
  fs::path path = archives.path() / ring.name();
  Producer producer = required(Producer::attach(ring.name()));
  std::string base = "dir = " + archives.path().string() + "\n";
  ConfigFile file;
  Program daemon;

  explicit Service(const std::string& keys, const Lines& arguments = {})
      : file(base + ring_key() + keys), daemon(file.archiver(arguments)) {
    wait_until("the archiver attaches", [this] { return ring.has_consumer(); });
  }
  std::string ring_key() const { return "ring = " + ring.name() + "\n"; }
  // `keys` takes the place of all but the directory.
  void reload_all(const std::string& keys, const std::string& says = "has been read again") {
    file.write(base + keys);
    const std::size_t before = count(daemon.said(), says);
    daemon.signal(SIGHUP);
    wait_until("it has said '" + says + "'", [&] { return count(daemon.said(), says) > before || !daemon.running(); });
    REQUIRE_MESSAGE(daemon.running(), daemon.said());
  }
  void reload(const std::string& keys) { reload_all(ring_key() + keys); }
  void send(const std::string& text) {
    put(producer, text);
    wait_until("it is archived", [this] { return ring.drained(); });
  }
  // A sealed file with a record that can be compressed.
  void make_file() {
    const std::size_t before = sealed().size();
    send(std::string(10'000, 'x'));
    daemon.signal(SIGUSR2);
    wait_until("the file is sealed", [&] { return sealed().size() > before; });
  }
  std::vector<fs::path> sealed() const { return files_with(path, ".seg"); }
  void end() {
    daemon.signal(SIGTERM);
    CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
  }
};

std::size_t compressed_files(const fs::path& archive) {
  const auto files = logbuf::archive::list_files(archive);
  if (!files) return 0;
  return static_cast<std::size_t>(std::ranges::count_if(*files, [](const auto& file) { return file.compressed; }));
}

}  // namespace

TEST_CASE("SIGHUP brings another rotation, by age and by size, to the file in use") {
  Service s("");
  s.send("a");
  s.reload("rotate-age = 1ms\n");
  wait_until("the file is sealed", [&] { return s.sealed().size() == 1; });
  s.reload("rotate-size = 16K\n");
  for (int i = 0; i < 3; ++i) s.send(std::string(10'000, 'x'));
  wait_until("a record a file", [&] { return s.sealed().size() == 3; });
  s.end();
  CHECK(contents_of(s.path).size() == 4);
}

TEST_CASE("SIGHUP begins to compress what is sealed already, and ends it") {
  Service s("");
  s.make_file();
  s.make_file();
  CHECK(compressed_files(s.path) == 0);
  s.reload("compress = zstd\n");
  wait_until("all is compressed", [&] { return compressed_files(s.path) == 2; });
  s.reload("compress = none\n");
  s.make_file();
  s.reload("retain-size = 1G\n");  // its keeper is at work
  s.end();
  CHECK(compressed_files(s.path) == 2);
  CHECK(contents_of(s.path).size() == 3);
}

TEST_CASE("SIGHUP changes how much is retained, both ways") {
  Service s("");
  for (int i = 0; i < 4; ++i) s.make_file();
  const auto limit = [bytes = fs::file_size(s.sealed().front())](std::uintmax_t files) {
    return "retain-size = " + std::to_string(files * bytes + bytes / 2) + "\n";
  };
  s.reload(limit(2));
  wait_until("the oldest are gone", [&] { return s.sealed().size() == 2; });
  s.reload("retain-size = 1G\n");
  for (int i = 0; i < 4; ++i) s.make_file();
  s.reload(limit(4));
  wait_until("the oldest are gone", [&] { return s.sealed().size() == 4; });
  s.end();
  CHECK_MESSAGE(count(s.daemon.said(), "removed") == 4, s.daemon.said());
}

TEST_CASE("SIGHUP changes when records are made durable, also of those that are archived") {
  for (const std::string sync : {"interval=1ms", "batch"}) {
    Service s("sync = none\n");
    const auto position = put(s.producer, "a");
    wait_until("it is archived", [&] { return s.ring.drained(); });
    s.reload("sync = " + sync + "\n");
    CHECK(s.producer.wait_durable(position, std::chrono::minutes(2)).has_value());
    CHECK(s.producer.wait_durable(put(s.producer, "b"), std::chrono::minutes(2)).has_value());
    s.end();
  }
}

TEST_CASE("SIGHUP says what has changed, from what to what, or that nothing has") {
  Service s("sync = interval=1s\nrotate-age = 1h\nretain-size = 1G\n");
  const std::string begin = "the configuration has been read again: ";
  const auto says = [&](const std::string& keys, const std::string& changed) {
    s.reload_all(keys, begin + changed + "\n");
  };
  says(s.ring_key() + "sync = batch\nrotate-age = 60m\ncompress = zstd\n",
       "sync interval=1s -> batch, compress none -> zstd:3, retain-size 1G -> not set");
  says(s.ring_key() + "# the same, otherwise\ncompress = zstd:3\nsync=batch\nrotate-age = 3600s\n",
       "nothing has changed");
  // What needs a restart has not changed yet.
  says(s.ring_key() + "rings = " + s.ring.name() +
           "-none*\nonce = yes\ncompress = zstd\nsync = batch\nrotate-age = 1h\n",
       "rings not set -> " + s.ring.name() + "-none*");
  s.end();
}

TEST_CASE("SIGHUP adds rings by name and by pattern, makes those that are to be made, and lets others go") {
  Service s("");
  const ScratchRing by_name({.capacity = 65536}, "-name");
  const ScratchRing by_pattern({.capacity = 65536}, "-pattern");
  const ScratchName made("-made");
  s.reload_all("ring = " + by_name.name() + "\nrings = " + by_pattern.name().substr(0, by_pattern.name().size() - 2) +
               "??\n");
  for (const auto* const ring : {&by_name, &by_pattern}) {
    auto producer = required(Producer::attach(ring->name()));
    put(producer, "here");
    wait_until("it is archived", [&] { return ring->drained(); });
  }
  wait_until("the first ring is let go", [&] { return !s.ring.has_consumer(); });
  put(s.producer, "nobody's");
  s.reload_all("create = true\ncapacity = 8K\nring = " + made.name() + "\n");
  wait_until("the others are let go", [&] { return !by_name.has_consumer() && !by_pattern.has_consumer(); });
  CHECK(required(logbuf::Segment::open(made.name())).info().capacity == 8192);
  CHECK_FALSE(s.ring.drained());
  s.reload("");
  wait_until("what has waited is archived", [&] { return s.ring.drained(); });
  s.end();
  CHECK(contents_of(s.path) == Lines{"nobody's"});
  CHECK(contents_of(s.archives.path() / by_name.name()) == Lines{"here"});
  CHECK(contents_of(s.archives.path() / by_pattern.name()) == Lines{"here"});
}

TEST_CASE("a ring that is named by a reload and is not there is waited for, also where no other is left") {
  Service s("");
  const ScratchName name("-later");
  s.reload_all("ring = " + name.name() + "\n", "ring '" + name.name() + "' is not there");
  wait_until("the first ring is let go", [&] { return !s.ring.has_consumer(); });
  (void)required(logbuf::Segment::create(name.name(), {.capacity = 65536}));
  auto producer = required(Producer::attach(name.name()));
  put(producer, "a");
  wait_until("it is archived", [&] {
    const auto status = required(logbuf::Segment::open(name.name())).status();
    return status.head == status.tail;
  });
  s.end();
  CHECK(contents_of(s.archives.path() / name.name()) == Lines{"a"});
}

TEST_CASE("a configuration that is wrong changes nothing, is said, and the archiver goes on") {
  Service s("");
  s.make_file();
  const std::string says = "the one before stays in effect: ";
  const std::string with_line = says + s.file.path.string() + ", line ";
  s.reload_all(s.ring_key() + "compress = zstd\nretain_size = 1\n", with_line + "4: ");
  s.reload_all(s.ring_key() + "compress\n", with_line + "3: ");
  s.reload_all(s.ring_key() + "compress = zstd\nrotate-age = 0\n", with_line + "4: rotate-age");
  s.reload_all("compress = zstd\n", says + "no ring");
  fs::remove(s.file.path);
  s.daemon.signal(SIGHUP);
  wait_until("it has said that there is no file", [&] { return s.daemon.has_said("No such file"); });
  CHECK(s.daemon.said().find("has been read again") == std::string::npos);
  s.send("a");
  s.reload("rotate-age = 1ms\n");
  wait_until("a good one takes effect", [&] { return s.sealed().size() == 2; });
  s.end();
  CHECK(compressed_files(s.path) == 0);
}

TEST_CASE("what needs a restart is said by name, and stays; the rest of the file takes effect") {
  Service s("");
  const TemporaryDirectory elsewhere;
  s.send("a");
  s.base = "dir = " + elsewhere.path().string() + "\n";
  s.reload("once = true\nuntil-idle = 1ms\nrotate-age = 1ms\n");
  for (const std::string key : {"dir", "once", "until-idle"})
    CHECK_MESSAGE(s.daemon.has_said(": " + key + " needs a restart"), s.daemon.said());
  wait_until("the file is sealed", [&] { return s.sealed().size() == 1; });
  const ScratchRing added({.capacity = 65536}, "-added");
  s.reload("ring = " + added.name() + "\n");
  wait_until("the archiver attaches", [&] { return added.has_consumer(); });
  s.send("b");
  s.end();
  CHECK(contents_of(s.path) == Lines{"a", "b"});
  CHECK(fs::is_empty(elsewhere.path()));
  CHECK(fs::exists(s.archives.path() / added.name()));
}

TEST_CASE("the command line wins over a file that is read again, too") {
  const ScratchRing ring;
  const ScratchRing other;
  const TemporaryDirectory archives;
  const std::string base = "dir = " + archives.path().string() + "\n";
  const ConfigFile file(base + "ring = " + other.name() + "\n");
  Program daemon = file.archiver({"--ring", ring.name()});
  wait_until("the archiver attaches", [&] { return ring.has_consumer(); });
  file.write(base + "ring = " + other.name() + "\nrotate-age = 1h\n");
  daemon.signal(SIGHUP);
  wait_until("the file is read", [&] { return daemon.has_said("has been read again"); });
  CHECK_FALSE(daemon.has_said("not to be drained"));
  CHECK_FALSE(other.has_consumer());
  daemon.signal(SIGTERM);
  CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
}

}  // namespace test
