// rm: what keeps a ring from being removed, and what does not.
#include <doctest/doctest.h>
#include <sched.h>
#include <unistd.h>

#include <csignal>

#include "ctl_support.hpp"
#include "holder.hpp"

namespace {

std::string refusal(const RingName& ring, const std::string& why) {
  return says("ring '" + ring.str() + "' is not removed: " + why);
}

std::string in_use(const std::string& who, const Program& program) {
  return "it is in use by " + who + " (pid " + std::to_string(program.pid()) +
         "); stop them first, or give --force, which closes the ring";
}

std::string holds(const std::string& what) {
  return "it still holds " + what + "; archive them first, or give --force, which throws them away";
}

}  // namespace

TEST_CASE("rm removes a ring that nobody needs") {
  const RingName ring;
  make_ring(ring);
  const Ended ended = ctl({"rm", ring});
  CHECK(ended.status == 0);
  CHECK(ended.out == "");
  CHECK_FALSE(exists(ring));
}

TEST_CASE("rm refuses while somebody is attached, and names who") {
  const RingName ring;
  make_ring(ring);
  auto sender = logbuf::channel::mpsc::Sender::attach(ring.str(), {.name = "feed"});
  const auto consumer = logbuf::Consumer::attach(ring.str(), {.name = "reader"});
  const std::string pid = std::to_string(getpid());
  const Ended ended = ctl({"rm", ring});
  CHECK(ended.status == 1);
  CHECK(ended.err ==
        says("ring '" + ring.str() + "' is not removed: it is in use by producer 'feed' (pid " + pid +
             "), consumer 'reader' (pid " + pid + "); stop them first, or give --force, which closes the ring"));
  CHECK(exists(ring));
  CHECK(ctl({"rm", ring, "--force"}).status == 0);
  CHECK_FALSE(exists(ring));
  CHECK(sender->is_closed());
}

TEST_CASE("rm refuses while records are left") {
  const RingName ring;
  make_ring(ring);
  send(ring, "left");
  const Ended ended = ctl({"rm", ring});
  CHECK(ended.status == 1);
  CHECK(contains(ended.err, "it still holds 1 record (16 bytes)"));
  CHECK(exists(ring));
  CHECK(ctl({"rm", ring, "--force"}).status == 0);
  CHECK_FALSE(exists(ring));
}

TEST_CASE("rm removes what is no ring only with --force") {
  const RingName ring;
  make_junk(ring, 8192);
  const Ended ended = ctl({"rm", ring});
  CHECK(ended.status == 1);
  CHECK(contains(ended.err, "ring '" + ring.str() + "' is not removed: '" + ring.str() + "' is no ring"));
  CHECK(exists(ring));
  CHECK(ctl({"rm", ring, "--force"}).status == 0);
  CHECK_FALSE(exists(ring));
}

TEST_CASE("rm refuses while a producer lives, also one that is stopped, and names it") {
  const RingName ring;
  make_ring(ring);
  Writer writer(ring);
  CHECK(receive_bytes(ring, 1) == Words{"a"});
  Ended ended = ctl({"rm", ring});
  CHECK(ended.status == 1);
  CHECK(ended.err == refusal(ring, in_use("producer 'feed'", writer)));
  writer.signal(SIGSTOP);
  ended = ctl({"rm", ring});
  CHECK(ended.status == 1);
  CHECK(ended.err == refusal(ring, in_use("producer 'feed'", writer)));
  CHECK(exists(ring));
  writer.signal(SIGCONT);
  CHECK(writer.finish().status == 0);
  CHECK(ctl({"rm", ring}).status == 0);
  CHECK_FALSE(exists(ring));
}

TEST_CASE("rm --force removes a living producer's ring, and the producer is told") {
  const RingName ring;
  make_ring(ring);
  Writer writer(ring);
  CHECK(ctl({"rm", ring, "--force"}).status == 0);
  CHECK_FALSE(exists(ring));
  writer.input("b\n");
  const Ended ended = writer.finish();
  CHECK(ended.status == 1);
  CHECK(contains(ended.err, "ring '" + ring.str() + "' has been closed; 1 record written"));
}

TEST_CASE("rm refuses while an archiver is attached, and not when it has been killed") {
  const RingName ring;
  const auto segment = make_ring(ring);
  const std::string directory = "/tmp/logbuf-" + ring.str();
  Program archiver({LOGBUF_ARCHIVER, "--ring", ring, "--dir", directory});
  send(ring, "a");
  while (segment.status().consumed == 0) ::sched_yield();
  const Ended ended = ctl({"rm", ring});
  CHECK(ended.status == 1);
  CHECK(ended.err == refusal(ring, in_use("consumer 'logbuf-archiver'", archiver)));
  archiver.signal(SIGKILL);
  CHECK(archiver.wait().status == 128 + SIGKILL);
  CHECK(ctl({"rm", ring}).status == 0);
  CHECK_FALSE(exists(ring));
  std::filesystem::remove_all(directory);
}

TEST_CASE("a record that a dead producer committed keeps its ring") {
  const RingName ring;
  make_ring(ring);
  Writer writer(ring);
  writer.signal(SIGKILL);
  CHECK(writer.wait().status == 128 + SIGKILL);
  const Ended ended = ctl({"rm", ring});
  CHECK(ended.status == 1);
  CHECK(ended.err == refusal(ring, holds("1 record (16 bytes)")));
  CHECK(receive_bytes(ring) == Words{"a"});
  CHECK(ctl({"rm", ring}).status == 0);
}

TEST_CASE("a dead producer's unfinished claim keeps no ring, but a record behind it does") {
  for (const bool behind : {false, true}) {
    const RingName ring;
    make_ring(ring);
    test::Holder holder(ring.str(), [](auto& producer, auto say) { test::hold_claim(producer, say); });
    REQUIRE(holder.ready());
    if (behind) send(ring, "behind");
    CHECK(contains(ctl({"rm", ring}).err, "it is in use by producer 'holder'"));
    holder.kill();
    const Ended ended = ctl({"rm", ring});
    CHECK(ended.status == (behind ? 1 : 0));
    CHECK(exists(ring) == behind);
    if (behind) CHECK(ended.err == refusal(ring, holds("1 record (128 bytes)")));
  }
}

TEST_CASE("an aborted claim that nobody has consumed keeps no ring") {
  const RingName ring;
  make_ring(ring);
  {
    auto producer = logbuf::queue::mpsc::Producer::attach(ring.str());
    producer->try_claim(100)->abort();
  }
  CHECK(ctl({"rm", ring}).status == 0);
}

TEST_CASE("rm removes a ring with damaged positions or records only with --force") {
  for (const bool quarantined : {false, true}) {
    const RingName ring;
    quarantined ? make_quarantined(ring) : make_damaged(ring);
    const Ended ended = ctl({"rm", ring});
    CHECK(ended.status == 1);
    CHECK(ended.err == refusal(ring, std::string("it is ") + (quarantined ? "quarantined" : "damaged") +
                                         " (see logbuf-ctl inspect); --force removes it all the same"));
    CHECK(exists(ring));
    CHECK(ctl({"rm", ring, "--force"}).status == 0);
    CHECK_FALSE(exists(ring));
  }
}

// /dev/shm is sticky: who may write to another's ring may not remove it.
TEST_CASE("who may not remove a ring does not close it either, with --force or without") {
  const RingName ring;
  make_ring(ring, {.capacity = 4096, .mode = 0666});
  if (ctl_as_nobody({"inspect", ring}).status != 0) {
    MESSAGE("not run: only root can become another user, who must be able to reach " LOGBUF_CTL);
    return;
  }
  for (const Words& words : {Words{"rm", ring}, Words{"rm", ring, "--force"}}) {
    const Ended ended = ctl_as_nobody(words);
    CHECK(ended.status == 1);
    CHECK(contains(ended.err, "ring '" + ring.str() + "': no permission to remove " + object_path(ring)));
  }
  send(ring, "still open");
  CHECK(receive_bytes(ring) == Words{"still open"});
  std::filesystem::permissions(object_path(ring), std::filesystem::perms(0644));
  CHECK(contains(ctl_as_nobody({"rm", ring}).err, "can only be looked at"));
  CHECK(contains(ctl_as_nobody({"rm", ring, "--force"}).err, "no permission to remove"));
  std::filesystem::permissions(object_path(ring), std::filesystem::perms(0600));
  CHECK(contains(ctl_as_nobody({"rm", ring}).err, "no permission for"));
  CHECK(contains(ctl_as_nobody({"rm", ring, "--force"}).err, "no permission to remove"));
  CHECK(exists(ring));
}
