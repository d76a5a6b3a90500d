// docs/examples/fix_journal.cpp: what it sends is durable, whoever is killed.
#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include "../archiver/archiver.hpp"
#include "../cli/run.hpp"

namespace {

using test::archive_ring;
using test::contents_of;
using test::ScratchRing;
using test::TemporaryDirectory;
using test::wait_until;
using Messages = std::vector<std::string>;

std::string checksummed(std::string message) {
  unsigned sum = 0;
  for (const char c : message) sum += static_cast<unsigned char>(c);
  char trailer[8];
  std::snprintf(trailer, sizeof trailer, "10=%03u\001", sum % 256);
  return message + trailer;
}

std::string order(int number, const std::string& text = "") {
  const std::string body = "35=D\00111=ORD" + std::to_string(number) +
                           "\00155=XYZ\00138=" + std::to_string(number % 90) + "\00158=" + text + "\001";
  return checksummed("8=FIX.4.4\0019=" + std::to_string(body.size()) + "\001" + body);
}

Messages orders(int from, int to) {
  Messages all;
  for (int number = from; number < to; ++number) all.push_back(order(number));
  return all;
}

std::string joined(const Messages& messages) {
  std::string all;
  for (const std::string& message : messages) all += message;
  return all;
}

struct Scene {
  ScratchRing ring;
  TemporaryDirectory directory;
  Program gateway{{FIX_JOURNAL, ring.name()}};

  test::Program archiver() const { return archive_ring(ring.name(), directory.path(), {"--sync", "batch"}); }
  Messages archived() const { return contents_of(directory.path() / ring.name()); }
  void drain() const {
    test::Program last = archive_ring(ring.name(), directory.path(), {"--once"});
    CHECK_MESSAGE(last.wait() == 0, last.said());
  }
};

// A consumer that says itself how much is durable.
struct Disk {
  // Takes so many records; their positions.
  std::vector<logbuf::Position> take(std::size_t count) {
    std::vector<logbuf::Position> positions;
    scene.gateway.wait_until([&] {
      if (const auto record = consumer.try_claim()) positions.push_back(record->position());
      return positions.size() == count;
    });
    return positions;
  }
  Scene& scene;
  logbuf::Consumer consumer = test::required(logbuf::Consumer::attach(scene.ring.name()));
};

}  // namespace

TEST_CASE("orders go out as they came in, and the journal has the same") {
  Scene s;
  const auto archiver = s.archiver();
  wait_until("it is attached", [&] { return s.ring.has_consumer(); });
  const Messages sent = orders(0, 2000);
  s.gateway.input(joined(sent));
  const Ended ended = s.gateway.finish();
  CHECK(ended.err == "");
  CHECK(ended.status == 0);
  CHECK((ended.out == joined(sent)));
  CHECK((s.archived() == sent));
}

TEST_CASE("what is no message, is damaged, or does not fit into the ring is named, and neither sent nor journaled") {
  Scene s;
  const auto archiver = s.archiver();
  std::string damaged = order(2);
  damaged[30] ^= 1;
  std::string no_length = order(3);
  no_length.replace(no_length.find("9="), 2, "9=x");
  const std::string large = order(5, std::string(40'000, 'x'));
  s.gateway.input(order(1) + damaged + no_length + order(4) + large + "nothing" + order(6));
  const Ended ended = s.gateway.finish();
  CHECK(ended.status == 0);
  CHECK(ended.out == order(1) + order(4) + order(6));
  CHECK((s.archived() == Messages{order(1), order(4), order(6)}));
  for (const std::size_t bytes : {damaged.size() + 0, no_length.size(), large.size() + 7}) {
    CHECK_MESSAGE(contains(ended.err, "rejected " + std::to_string(bytes) + " bytes"), ended.err);
  }
}

TEST_CASE("a ring that is full before an archiver runs is waited for") {
  Scene s;
  const Messages sent = orders(0, 2000);
  s.gateway.input(joined(sent));
  s.gateway.wait_for_err("held back: the ring is full, and no archiver runs");
  const auto archiver = s.archiver();
  CHECK((s.gateway.finish().out == joined(sent)));
  CHECK((s.archived() == sent));
}

TEST_CASE("a message may come in pieces, and one that does not end is told") {
  Scene s;
  const auto archiver = s.archiver();
  const std::string whole = order(1);
  const std::string stray =
      "\001"
      "8=F";
  s.gateway.input(order(0) + whole.substr(0, 3));
  s.gateway.wait_for_out(order(0));
  s.gateway.input(whole.substr(3) + "\0018=F");
  s.gateway.wait_for_out(whole);
  s.gateway.input(order(2).substr(3) + order(3).substr(0, 40));
  s.gateway.wait_for_out(order(2));
  const Ended ended = s.gateway.finish();
  CHECK(ended.status == 1);
  CHECK_MESSAGE(contains(ended.err, "40 bytes at the end are no whole message"), ended.err);
  CHECK((s.archived() == orders(0, 3)));
}

TEST_CASE("while no archiver runs nothing goes out, and what was held back is in the journal later") {
  Scene s;
  s.gateway.input(joined(orders(0, 10)));
  s.gateway.wait_for_err("held back: no archiver runs");
  s.gateway.signal(SIGKILL);
  CHECK(s.gateway.wait().out == "");
  s.drain();
  CHECK((s.archived() == orders(0, 10)));
}

TEST_CASE("nothing of a group goes out before the last of it is durable") {
  Scene s;
  Disk disk{.scene = s};
  s.gateway.input(joined(orders(0, 10)));
  const auto positions = disk.take(10);
  disk.consumer.report_archived({.written = disk.consumer.position(), .synced = positions.back()});
  s.gateway.wait_for_err("held back");
  s.gateway.signal(SIGKILL);
  CHECK(s.gateway.wait().out == "");
}

TEST_CASE("orders that nobody can make durable any more are not sent") {
  Scene s;
  {
    Disk disk{.scene = s};
    s.gateway.input(joined(orders(0, 10)));
    (void)disk.take(10);
    s.ring.close();
  }
  const Ended ended = s.gateway.wait();
  CHECK(ended.status == 1);
  CHECK(ended.out == "");
  CHECK_MESSAGE(contains(ended.err, "the ring is closed"), ended.err);
}

TEST_CASE("whatever has gone out is in the archive at that moment, however often the archiver is killed") {
  Scene s;
  const int groups = 20;
  const int group = 50;
  for (int n = 0; n < groups; ++n) {
    CAPTURE(n);
    const auto before = s.ring.status().tail;
    auto killed = s.archiver();
    s.gateway.input(joined(orders(n * group, (n + 1) * group)));
    if (n % 2 == 0) s.gateway.wait_until([&] { return s.ring.status().tail > before; });
    killed.kill();
    auto archiver = s.archiver();
    s.gateway.wait_for_out(order((n + 1) * group - 1));
    archiver.kill();
    REQUIRE((s.archived() == orders(0, (n + 1) * group)));
  }
  CHECK((s.gateway.finish().out == joined(orders(0, groups * group))));
}

TEST_CASE("whatever a gateway has sent before it was killed is in the archive") {
  for (int n = 0; n < 5; ++n) {
    CAPTURE(n);
    Scene s;
    auto archiver = s.archiver();
    const Messages sent = orders(0, 20'000);
    s.gateway.input(joined(sent));
    s.gateway.wait_for_out(order(n * 2'000));
    s.gateway.signal(SIGKILL);
    const std::string out = s.gateway.wait().out;
    archiver.kill();
    const Messages archived = s.archived();
    CHECK((out.size() <= joined(archived).size()));
    CHECK((out.size() > 0));
    CHECK((archived.size() < sent.size()));
    CHECK((joined(sent).starts_with(out)));
    CHECK((joined(sent).starts_with(joined(archived))));
  }
}
