// What --metrics shows, and what becomes of those who ask badly.
#include <nlohmann/json.hpp>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <map>
#include <thread>

#include "config_file.hpp"
#include "monitored.hpp"

namespace test {
namespace {

using logbuf::queue::mpsc::Producer;
using Json = nlohmann::json;

Json inspect(const std::string& ring) {
  Program ctl({path_of("LOGBUF_CTL"), "inspect", ring, "--json"});
  const std::string text = ctl.rest_of_stdout();
  REQUIRE_MESSAGE(ctl.wait() == 0, ctl.said());
  return Json::parse(text);
}

// The lines of the text that are samples, by their series.
std::map<std::string, std::string> samples_of(const std::string& text) {
  std::map<std::string, std::string> samples;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    if (line.starts_with('#')) continue;
    const std::size_t blank = line.rfind(' ');
    CHECK_MESSAGE(samples.emplace(line.substr(0, blank), line.substr(blank + 1)).second, "twice: ", line);
  }
  return samples;
}

std::string of(const std::string& name, const std::string& ring) {
  return name + "{ring=\"" + ring + "\"}";
}

// What promtool has to say; nothing where there is none.
void check_format(const std::string& text) {
  if (std::system("command -v promtool >/dev/null") != 0) {
    MESSAGE("skipped: there is no promtool");
    return;
  }
  const TemporaryDirectory directory;
  const std::string file = (directory.path() / "metrics").string();
  std::ofstream(file) << text;
  Program promtool({"sh", "-c", "promtool check metrics <" + file});
  CHECK_MESSAGE(promtool.wait() == 0, promtool.said());
}

// How many sockets a process has.
std::ptrdiff_t sockets_of(pid_t pid) {
  return std::ranges::count_if(std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd"),
                               [](const auto& fd) {
                                 std::error_code gone;
                                 return std::filesystem::read_symlink(fd, gone).string().starts_with("socket:");
                               });
}

}  // namespace

TEST_CASE("at rest /metrics has the numbers that logbuf-ctl inspect --json has, and a format that promtool takes") {
  const ScratchRing ring;
  auto kept = required(Producer::attach(ring.name(), {.name = "kept"}));
  Monitored archiver({"--ring", ring.name()});
  put(kept, "first");
  put(kept, "second");
  abort_one(kept);
  {
    auto gone = required(Producer::attach(ring.name(), {.name = "gone"}));
    put(gone, "third");
  }
  archiver.wait_for(of("logbuf_archive_synced_seq", ring.name()), "3");
  archiver.wait_for(of("logbuf_archive_files", ring.name()), "1");
  const Json json = inspect(ring.name());
  const std::string text = archiver.metrics();
  auto samples = samples_of(text);
  const std::map<std::string, Json> expected = {
      {"logbuf_ring_capacity_bytes", json["capacity_bytes"]},
      {"logbuf_ring_fill_bytes", json["fill_bytes"]},
      {"logbuf_ring_waiting_bytes", json["waiting_bytes"]},
      {"logbuf_ring_waiting_records", json["waiting_records"]},
      {"logbuf_ring_producers", json["producers"].size()},
      {"logbuf_ring_max_producers", json["max_producers"]},
      {"logbuf_ring_consumer_attached", 1},
      {"logbuf_ring_closed", 0},
      {"logbuf_ring_quarantined", 0},
      {"logbuf_ring_blocked", 0},
      {"logbuf_ring_recovered_claims_total", json["holes"]},
      {"logbuf_ring_producers_attached_total", json["totals"]["producers_attached"]},
      {"logbuf_ring_consumers_attached_total", json["totals"]["consumers_attached"]},
      {"logbuf_records_committed_total", json["totals"]["records"]},
      {"logbuf_records_payload_bytes_total", json["totals"]["bytes"]},
      {"logbuf_records_refused_total", json["totals"]["refused"]},
      {"logbuf_records_aborted_total", json["totals"]["aborted"]},
      {"logbuf_records_consumed_total", json["totals"]["consumed_records"]},
      {"logbuf_archive_written_seq", json["archive"]["written_seq"]},
      {"logbuf_archive_synced_seq", json["archive"]["synced_seq"]},
      {"logbuf_archive_records_total", 3},
      {"logbuf_archive_up", 1},
      {"logbuf_archive_draining", 1},
  };
  for (const auto& [name, value] : expected) CHECK_MESSAGE(samples[of(name, ring.name())] == value.dump(), name);
  CHECK(json["totals"]["aborted"] == 1);
  const std::string producer = "{ring=\"" + ring.name() + "\",slot=\"0\",name=\"kept\"}";
  CHECK(samples["logbuf_producer_records_total" + producer] == "2");
  CHECK(samples["logbuf_producer_payload_bytes_total" + producer] == "11");
  CHECK(samples["logbuf_producer_aborted_total" + producer] == "1");
  CHECK(samples["logbuf_producer_alive" + producer] == "1");
  std::uintmax_t bytes = 0;
  for (const auto& file : files_with(archiver.archives.path() / ring.name(), ".open")) bytes += file_size(file);
  CHECK(samples[of("logbuf_archive_size_bytes", ring.name())] == std::to_string(bytes));
  CHECK(std::stoull(samples[of("logbuf_archive_sync_seconds_count", ring.name())]) >= 1);
  CHECK(text.find("name=\"gone\"") == std::string::npos);
  check_format(text);
  archiver.end();
}

TEST_CASE("names of producers may hold anything: the text stays well-formed, and is UTF-8") {
  const ScratchRing ring;
  const Lines names = {"quote\"d",
                       "back\\slash",
                       "new\nline\r\t",
                       "\xff\xfe not utf-8 \xc0\xaf",
                       "ü ☃",
                       "}\" 1\nevil 2",
                       "\x01\x1b[31m\xe2\x80\xae",
                       "<script>alert(1)</script>"};
  std::vector<Producer> producers;
  for (const std::string& name : names) producers.push_back(required(Producer::attach(ring.name(), {.name = name})));
  Monitored archiver({"--ring", ring.name()});
  archiver.wait_for(of("logbuf_ring_producers", ring.name()), std::to_string(names.size()));
  const std::string text = archiver.metrics();
  const auto samples = samples_of(text);
  const auto has = [&](int slot, const std::string& name) {
    return samples.contains("logbuf_producer_alive{ring=\"" + ring.name() + "\",slot=\"" + std::to_string(slot) +
                            "\",name=\"" + name + "\"}");
  };
  CHECK(has(0, R"(quote\"d)"));
  CHECK(has(1, R"(back\\slash)"));
  CHECK(has(2, R"(new\\x0aline\\x0d\\x09)"));
  CHECK(has(3, R"(\\xff\\xfe not utf-8 \\xc0\\xaf)"));
  CHECK(has(4, "ü ☃"));
  CHECK_FALSE(samples.contains("evil"));
  check_format(text);
  archiver.end();
}

TEST_CASE("counters go on where a ring is made anew, and where a producer of the same name takes the slot again") {
  const ScratchRing ring;
  Monitored archiver({"--rings", ring.name() + "*"});
  const std::string committed = of("logbuf_records_committed_total", ring.name());
  const std::string archived = of("logbuf_archive_records_total", ring.name());
  const std::string producer = "logbuf_producer_records_total{ring=\"" + ring.name() + "\",slot=\"0\",name=\"feed\"}";
  const auto send = [&](int count) {
    auto feed = required(Producer::attach(ring.name(), {.name = "feed"}));
    for (int i = 0; i < count; ++i) put(feed, "x");
    wait_until("they are archived", [&] { return ring.drained(); });
    return feed;
  };
  {
    const auto feed = send(5);
    archiver.wait_for(producer, "5");
  }
  {
    const auto feed = send(2);
    archiver.wait_for(producer, "7");
  }
  archiver.wait_for(committed, "7");
  REQUIRE(logbuf::Segment::unlink(ring.name()).has_value());
  wait_until("it is let go", [&] { return archiver.value_of(committed).empty(); });
  REQUIRE(logbuf::Segment::create(ring.name(), {.capacity = 65536}).has_value());
  const auto feed = send(4);
  archiver.wait_for(archived, "11");
  archiver.wait_for(committed, "11");
  archiver.wait_for(producer, "11");
  archiver.end();
}

TEST_CASE("files that are sealed and removed are counted, and what producers were refused") {
  const ScratchRing ring({.capacity = 4096});
  auto producer = required(Producer::attach(ring.name()));
  const std::string text(1000, 'x');
  int sent = 0;
  while (auto claim = producer.try_claim(text.size(), 0, logbuf::IfFull::drop)) {
    claim->commit();
    ++sent;
  }
  Monitored archiver({"--ring", ring.name(), "--retain-size", "1"});
  archiver.wait_for(of("logbuf_archive_records_total", ring.name()), std::to_string(sent));
  archiver.wait_for(of("logbuf_records_refused_total", ring.name()), "1");
  archiver.wait_for(of("logbuf_archive_refused_records_total", ring.name()), "1");
  for (int file = 1; file <= 2; ++file) {
    archiver.daemon.signal(SIGUSR2);
    archiver.wait_for(of("logbuf_archive_sealed_files_total", ring.name()), std::to_string(file));
    put(producer, text);
    archiver.wait_for(of("logbuf_archive_written_seq", ring.name()), std::to_string(sent + file));
  }
  // The second one may follow at once: it is not the last any more.
  wait_until("a file is removed",
             [&] { return archiver.value_of(of("logbuf_archive_removed_files_total", ring.name())) != "0"; });
  CHECK(std::stoull(archiver.value_of(of("logbuf_archive_removed_bytes_total", ring.name()))) > 1000);
  archiver.end();
}

TEST_CASE("/metrics has the interval of --sync: 0 of batch, none where nothing is synced") {
  const std::map<std::string, std::string> intervals = {{"interval=1500ms", "1.5"}, {"batch", "0"}, {"none", ""}};
  for (const auto& [sync, seconds] : intervals) {
    const ScratchRing ring;
    Monitored archiver({"--ring", ring.name(), "--sync", sync});
    auto producer = required(Producer::attach(ring.name()));
    put(producer, "x");
    archiver.wait_for(of("logbuf_archive_written_seq", ring.name()), "1");
    archiver.wait_for(of("logbuf_archive_sync_interval_seconds", ring.name()), seconds);
    archiver.end();
  }
}

TEST_CASE("what compression and retention cannot do is counted") {
  const ScratchRing ring;
  const std::string errors = of("logbuf_archive_upkeep_errors_total", ring.name());
  const auto counts_with = [&](const Lines& arguments, const std::function<bool(const Monitored&)>& spoil) {
    Lines all = {"--ring", ring.name()};
    all.insert(all.end(), arguments.begin(), arguments.end());
    Monitored archiver(all);
    auto producer = required(Producer::attach(ring.name()));
    put(producer, "x");
    archiver.wait_for(of("logbuf_archive_records_total", ring.name()), "1");
    if (spoil) {
      CHECK(archiver.value_of(errors) == "0");
      if (!spoil(archiver)) return archiver.end();
    }
    archiver.daemon.signal(SIGUSR2);
    archiver.wait_for(of("logbuf_archive_sealed_files_total", ring.name()), "1");
    put(producer, "in the next file");
    wait_until("it is counted", [&] { return archiver.value_of(errors) != "0" && !archiver.value_of(errors).empty(); });
    archiver.end();
  };
  SUBCASE("--min-free that cannot be had") {
    counts_with({"--min-free", "1000000T"}, {});
  }
  SUBCASE("a file that cannot be compressed") {
    counts_with({"--compress", "lz4"}, [&](const Monitored& archiver) {
      const auto archive = archiver.archives.path() / ring.name();
      std::fstream file(files_with(archive, ".open").at(0), std::ios::binary | std::ios::in | std::ios::out);
      file.seekp(4100);
      file.write("spoiled", 7);
      return file.good();
    });
  }
  const WithoutLeakCheck without_leak_check;
  std::unique_ptr<Program> trace;
  const auto refuse = [&](const std::string& call) {
    return [&trace, call](const Monitored& archiver) {
      trace = attach_strace(archiver.daemon.pid(),
                            {"-e", "trace=" + call, "-e", "inject=" + call + ":error=EIO", "-o", "/dev/null"});
      return trace != nullptr;
    };
  };
  SUBCASE("a file that cannot be removed") {
    counts_with({"--retain-size", "1"}, refuse("unlinkat"));
  }
  SUBCASE("a directory that cannot be listed") {
    counts_with({"--retain-size", "1"}, refuse("getdents64"));
  }
}

TEST_CASE("without --metrics nothing listens; where it can listen, the address is said, also of IPv6") {
  const ScratchRing ring;
  for (const std::string address : {"0", ":0", "127.0.0.1:0", "localhost:0", "[::1]:0"}) {
    const TemporaryDirectory directory;
    Program daemon = archive_ring(ring.name(), directory.path(), {"--metrics", address});
    CHECK(port_of(daemon) > 0);
    const std::string host = address == "[::1]:0" ? "[::1]" : "127.0.0.1";
    CHECK_MESSAGE(daemon.has_said("metrics at http://" + host + ":"), daemon.said());
    daemon.signal(SIGTERM);
    CHECK(daemon.wait() == 0);
  }
}

TEST_CASE("an address that is none, or one that is taken, ends the archiver before it drains anything") {
  const ScratchRing ring;
  const TemporaryDirectory directory;
  auto producer = required(Producer::attach(ring.name()));
  put(producer, "x");
  for (const std::string address :
       {"", "x", "70000", "-1", "127.0.0.1", "127.0.0.1:", "example.com:80", "[::1:9", "1.2.3:9", "127.0.0.1:9x"}) {
    Program daemon = archive_ring(ring.name(), directory.path(), {"--metrics", address});
    CHECK(daemon.wait() == 2);
    CHECK_MESSAGE(daemon.has_said("--metrics"), daemon.said());
  }
  const ScratchRing other;
  Monitored first({"--ring", other.name()});
  Program second = archive_ring(ring.name(), directory.path(), {"--metrics", std::to_string(first.port)});
  CHECK(second.wait() == 1);
  CHECK_MESSAGE(second.has_said("cannot listen at 127.0.0.1:" + std::to_string(first.port)), second.said());
  CHECK_FALSE(ring.drained());
  first.end();
}

TEST_CASE("only GET of what there is is answered, to those who ask by address") {
  const ScratchRing ring;
  Monitored archiver({"--ring", ring.name()});
  const auto status = [&](const std::string& request) { return ask(archiver.port, request).status; };
  CHECK(get(archiver.port, "/metrics").head.find("text/plain; version=0.0.4") != std::string::npos);
  CHECK(get(archiver.port, "/metrics?name=x").status == 200);
  CHECK(get(archiver.port, "/nothing").status == 404);
  CHECK(get(archiver.port, "/../../etc/passwd").status == 404);
  for (const std::string method : {"POST", "PUT", "DELETE", "OPTIONS", "NONSENSE"}) {
    const Answer answer =
        ask(archiver.port, method + " /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc");
    CHECK(answer.status == 405);
    CHECK(answer.head.find("Allow: GET, HEAD\r\n") != std::string::npos);
  }
  const std::string ask_head = "GET /metrics HTTP/1.1\r\nHost: ";
  for (const std::string host :
       {"127.0.0.1", "127.0.0.1:9464", "[::1]:9464", "localhost:1", "localhost", "LOCALHOST", "localhost."})
    CHECK(status(ask_head + host + "\r\n\r\n") == 200);
  for (const std::string host : {"evil.example", "evil.example:9464", "127.0.0.1.evil.example", "localhost.evil:80"})
    CHECK(status(ask_head + host + "\r\n\r\n") == 421);
  CHECK(status("GET /metrics HTTP/1.0\r\n\r\n") == 200);
  for (const std::string bad : {"nonsense\r\n\r\n", "GET  HTTP/1.1\r\n\r\n", "\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
                                "GET /metrics HTTP/1.1\r\nno colon\r\n\r\n"})
    CHECK_MESSAGE(status(bad) != 200, bad);
  CHECK(status("GET /metrics?" + std::string(40'000, 'x') + " HTTP/1.1\r\n\r\n") != 200);
  CHECK(status(ask_head + "localhost\r\nCookie: " + std::string(40'000, 'x') + "\r\n\r\n") != 200);
  CHECK(get(archiver.port, "/metrics").status == 200);
  archiver.end();
}

TEST_CASE("clients that ask slowly, or read nothing, hold up neither the drain nor others, nor the end") {
  const ScratchRing ring;
  Monitored archiver({"--ring", ring.name()});
  auto producer = required(Producer::attach(ring.name()));
  std::vector<std::unique_ptr<Connection>> slow;
  for (int i = 0; i < 100; ++i) {
    slow.push_back(std::make_unique<Connection>(archiver.port));
    slow.back()->send(i % 2 == 0 ? "GET /metr" : "GET /metrics HTTP/1.1\r\n\r\n");
  }
  put(producer, "x");
  wait_until("it is archived", [&] { return ring.drained(); });
  archiver.wait_for(of("logbuf_records_committed_total", ring.name()), "1");
  CHECK(sockets_of(archiver.daemon.pid()) < 50);
  CHECK(slow.front()->rest().find("200 OK") == std::string::npos);  // it has been let go for others
  archiver.end();
}

TEST_CASE("clients that dribble their requests are let go, too") {
  const ScratchRing ring;
  Monitored archiver({"--ring", ring.name()});
  std::vector<std::unique_ptr<Connection>> slow;
  for (int i = 0; i < 40; ++i) {
    slow.push_back(std::make_unique<Connection>(archiver.port));
    slow.back()->send("GET /metrics HTTP/1.1\r\nX: ");
  }
  std::atomic<bool> answered = false;
  std::thread reader([&] { answered = get(archiver.port, "/healthz").status == 200; });
  wait_until("another reader is answered", [&] {
    for (const auto& one : slow) one->send("x");
    return answered.load();
  });
  reader.join();
  archiver.end();
}

TEST_CASE("where --metrics listens is changed by a restart alone") {
  const ScratchRing ring;
  const TemporaryDirectory directory;
  const std::string base = "ring = " + ring.name() + "\ndir = " + directory.path().string() + "\n";
  const ConfigFile file(base + "metrics = 0\n");
  Program daemon = file.archiver();
  const int port = port_of(daemon);
  file.write(base);
  daemon.signal(SIGHUP);
  wait_until("it has been read again", [&] { return daemon.has_said("has been read again"); });
  CHECK_MESSAGE(daemon.has_said(": metrics needs a restart"), daemon.said());
  CHECK(get(port, "/metrics").status == 200);
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);
}

}  // namespace test
