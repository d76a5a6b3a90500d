// Where a successor goes on: the archive says how far the ring's records are on disk, whatever its predecessor came to.
#include "archiver.hpp"

namespace test {
namespace {

using logbuf::archive::Writer;
using logbuf::queue::mpsc::Producer;

struct Setting {
  ScratchRing ring{{.capacity = 4096}};
  TemporaryDirectory directory;
  Producer producer = required(Producer::attach(ring.name()));

  std::filesystem::path archive() const { return directory.path() / ring.name(); }
  Writer writer() const {
    const auto info = required(logbuf::Segment::open(ring.name())).info();
    return required(Writer::open(archive(), {.name = ring.name(), .uuid = info.uuid, .capacity = info.capacity}));
  }
  // What an archiver does that dies after it has written, before it releases.
  void archive_without_release() const {
    auto consumer = required(logbuf::Consumer::attach(ring.name()));
    auto batch = consumer.try_claim_batch(4096);
    REQUIRE(batch.has_value());
    while (batch->next()) {
    }
    const auto appended = writer().append({.begin = batch->data_position(),
                                           .end = batch->end_position(),
                                           .records = batch->records(),
                                           .first_record = batch->first_record(),
                                           .bytes = batch->data()});
    REQUIRE_MESSAGE(appended.has_value(), logbuf::error_detail());
    batch->keep();
  }
  Lines archive_once(int code = 0) const {
    Program daemon = archive_ring(ring.name(), directory.path(), {"--once"});
    CHECK_MESSAGE(daemon.wait() == code, daemon.said());
    return contents_of(archive());
  }
};

}  // namespace

TEST_CASE("what was written and not released is released, not written again") {
  Setting s;
  put(s.producer, "a");
  put(s.producer, "b");
  s.archive_without_release();
  put(s.producer, "c");
  CHECK(s.archive_once() == Lines{"a", "b", "c"});
  CHECK(s.ring.drained());
}

TEST_CASE("an archive that ends behind an abort goes on with the record behind it") {
  Setting s;
  put(s.producer, "a");
  abort_one(s.producer);
  s.archive_without_release();
  put(s.producer, "b");
  CHECK(s.archive_once() == Lines{"a", "b"});
}

TEST_CASE("aborts that were passed before a stop are no gap") {
  Setting s;
  put(s.producer, "a");
  CHECK(s.archive_once() == Lines{"a"});
  abort_one(s.producer);
  CHECK(s.archive_once() == Lines{"a"});
  put(s.producer, "b");
  CHECK(s.archive_once() == Lines{"a", "b"});
}

TEST_CASE("aborts at the beginning of a ring are no gap") {
  Setting s;
  abort_one(s.producer);
  CHECK(s.archive_once() == Lines{});
  put(s.producer, "a");
  CHECK(s.archive_once() == Lines{"a"});
}

TEST_CASE("laps of aborts, passed by an earlier archiver, are no gap") {
  Setting s;
  put(s.producer, "a");
  CHECK(s.archive_once() == Lines{"a"});
  for (int lap = 0; lap < 5; ++lap) {
    abort_one(s.producer, 1000);
    abort_one(s.producer, 1000);
    CHECK(s.archive_once() == Lines{"a"});
  }
  put(s.producer, "b");
  CHECK(s.archive_once() == Lines{"a", "b"});
}

TEST_CASE("laps of aborts between two records are no gap") {
  Setting s;
  Program daemon = archive_ring(s.ring.name(), s.directory.path());
  put(s.producer, "a");
  for (int i = 0; i < 20; ++i) {
    wait_until("the ring is drained", [&] { return s.ring.drained(); });
    abort_one(s.producer, 1000);
  }
  wait_until("the ring is drained", [&] { return s.ring.drained(); });
  put(s.producer, "b");
  s.ring.close();
  CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
  CHECK(contents_of(s.archive()) == Lines{"a", "b"});
}

TEST_CASE("aborts passed before a file was made that holds nothing yet are no gap") {
  Setting s;
  put(s.producer, "a");
  CHECK(s.archive_once() == Lines{"a"});
  {
    // A predecessor that dies when it has made the next file.
    auto writer = s.writer();
    const auto end = *writer.end_position();
    REQUIRE(writer.append({.begin = end, .end = end + 16, .records = 0, .first_record = 1, .bytes = {}}));
  }
  for (const auto& entry : std::filesystem::directory_iterator(s.archive())) {
    if (entry.path().extension() == ".open") std::filesystem::resize_file(entry.path(), 4096);  // its header
  }
  abort_one(s.producer);
  (void)required(logbuf::Consumer::attach(s.ring.name())).try_claim();  // passes the abort
  put(s.producer, "b");
  CHECK(s.archive_once() == Lines{"a", "b"});
}

TEST_CASE("records that somebody else has consumed are a gap, said, and exit code 3") {
  Setting s;
  put(s.producer, "a");
  CHECK(s.archive_once() == Lines{"a"});
  put(s.producer, "b");
  put(s.producer, "c");
  {
    auto consumer = required(logbuf::Consumer::attach(s.ring.name()));
    CHECK(consumer.try_claim().has_value());
    CHECK(consumer.try_claim().has_value());
  }
  put(s.producer, "d");
  Program daemon = archive_ring(s.ring.name(), s.directory.path(), {"--once"});
  CHECK(daemon.wait() == 3);
  CHECK(daemon.has_said("2 records at positions 16 to 48 were released from the ring, but not in the archive"));
  CHECK(contents_of(s.archive()) == Lines{"a", "gap 2 released from the ring, but not in the archive", "d"});
  // It is said once.
  CHECK(s.archive_once().size() == 3);
}

TEST_CASE("records consumed before the first archiver came are a gap") {
  Setting s;
  put(s.producer, "a");
  {
    auto consumer = required(logbuf::Consumer::attach(s.ring.name()));
    CHECK(consumer.try_claim().has_value());
  }
  CHECK(s.archive_once(3) == Lines{"gap 1 released from the ring, but not in the archive"});
}

TEST_CASE("aborts passed behind a gap are no second gap") {
  Setting s;
  put(s.producer, "a");
  (void)required(logbuf::Consumer::attach(s.ring.name())).try_claim();
  const Lines gap = {"gap 1 released from the ring, but not in the archive"};
  CHECK(s.archive_once(3) == gap);
  abort_one(s.producer);
  (void)required(logbuf::Consumer::attach(s.ring.name())).try_claim();  // passes the abort
  CHECK(s.archive_once() == gap);
}

TEST_CASE("an archive that is ahead of its ring is refused") {
  Setting s;
  put(s.producer, "a");
  {
    auto writer = s.writer();
    REQUIRE(writer.append({.lost = std::nullopt, .from = 0, .to = 8192, .why = "made up"}).has_value());
  }
  Program daemon = archive_ring(s.ring.name(), s.directory.path(), {"--once"});
  CHECK(daemon.wait() == 1);
  CHECK(daemon.has_said("ends at position 8192, but the ring only at 16"));
  CHECK_FALSE(s.ring.drained());
}

TEST_CASE("an archive that ends inside a record of its ring is refused") {
  Setting s;
  put(s.producer, "something that takes several words");
  {
    auto writer = s.writer();
    REQUIRE(writer.append({.lost = std::nullopt, .from = 0, .to = 16, .why = "made up"}).has_value());
  }
  Program daemon = archive_ring(s.ring.name(), s.directory.path(), {"--once"});
  CHECK(daemon.wait() == 1);
  CHECK(daemon.has_said("in the middle of a record"));
  CHECK_FALSE(s.ring.drained());
}

TEST_CASE("a ring made anew under its name goes on in the same archive") {
  Setting s;
  put(s.producer, "a");
  CHECK(s.archive_once() == Lines{"a"});
  REQUIRE(logbuf::Segment::unlink(s.ring.name()).has_value());
  (void)required(logbuf::Segment::create(s.ring.name(), {.capacity = 8192}));
  Producer anew = required(Producer::attach(s.ring.name()));
  put(anew, "b");
  CHECK(s.archive_once() == Lines{"a", "b"});
}

TEST_CASE("an archive of a ring with another name is refused") {
  Setting s;
  {
    auto writer = required(Writer::open(s.archive(), {.name = "other", .uuid = {}, .capacity = 4096}));
    REQUIRE(writer.append({.lost = std::nullopt, .from = 0, .to = 8, .why = "made up"}).has_value());
  }
  put(s.producer, "a");
  Program daemon = archive_ring(s.ring.name(), s.directory.path(), {"--once"});
  CHECK(daemon.wait() == 2);
  CHECK(daemon.has_said("other"));
}

}  // namespace test
