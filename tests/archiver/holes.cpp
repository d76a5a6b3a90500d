// What a producer leaves that dies in its claim, as the archive and the archiver's words show it.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "archiver.hpp"

namespace test {
namespace {

using logbuf::queue::mpsc::Producer;

// A process that commits "before" (or does not), claims once more and dies.
void die_in_a_claim(const std::string& ring, bool commit = true, const std::string& name = "mortal") {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    auto producer = Producer::attach(ring, {.name = name});
    if (!producer) ::_exit(1);
    if (commit) put(*producer, "before");
    auto last = producer->try_claim(100);
    std::ranges::fill(last->bytes(), std::byte{0x5a});
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
}

}  // namespace

TEST_CASE("a claim whose producer died is skipped, said, and shown in its place in the archive") {
  const ScratchRing ring;
  const TemporaryDirectory directory;
  die_in_a_claim(ring.name());
  auto producer = required(Producer::attach(ring.name()));
  put(producer, "after");
  Program daemon = archive_ring(ring.name(), directory.path(), {"--once"});
  CHECK(daemon.wait() == 0);
  CHECK_MESSAGE(daemon.has_said("producer 'mortal' (slot 0"), daemon.said());
  CHECK(contents_of(directory.path() / ring.name()) ==
        Lines{"before", "gap 0 producer mortal (slot 0) died in a claim", "after"});
}

TEST_CASE("a producer's name makes no lines of its own in what the archiver says") {
  const ScratchRing ring;
  const TemporaryDirectory directory;
  die_in_a_claim(ring.name(), true, "e\x1b[2J\nlogbuf-archiver: forged");
  Program daemon = archive_ring(ring.name(), directory.path(), {"--once"});
  CHECK(daemon.wait() == 0);
  CHECK_MESSAGE(daemon.has_said("producer 'e\\x1b[2J\\x0alogbuf-archiver: forged' (slot 0"), daemon.said());
  const std::string said = daemon.said();
  CHECK(said.find("\nlogbuf-archiver: forged") == std::string::npos);
}

TEST_CASE("a dead producer's claim is shown though no record ever came before it, or behind it") {
  const ScratchRing ring;
  const TemporaryDirectory directory;
  die_in_a_claim(ring.name(), false);
  Program daemon = archive_ring(ring.name(), directory.path(), {"--once"});
  CHECK(daemon.wait() == 0);
  CHECK(contents_of(directory.path() / ring.name()) == Lines{"gap 0 producer mortal (slot 0) died in a claim"});
}

TEST_CASE("a dead producer's claim at the end of the ring is shown, too") {
  const ScratchRing ring;
  const TemporaryDirectory directory;
  die_in_a_claim(ring.name());
  Program daemon = archive_ring(ring.name(), directory.path(), {"--once"});
  CHECK(daemon.wait() == 0);
  CHECK(contents_of(directory.path() / ring.name()) ==
        Lines{"before", "gap 0 producer mortal (slot 0) died in a claim"});
}

}  // namespace test
