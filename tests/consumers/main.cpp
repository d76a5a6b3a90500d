// What a project of somebody else does with logbuf: main DIR takes a record through a ring into an archive, and reads
// it there.
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <variant>

#include <logbuf/logbuf.hpp>

namespace {

int failed(const char* what) {
  std::fprintf(stderr, "%s: %s\n", what, logbuf::error_detail().c_str());
  return 1;
}

bool archive_ring(const std::string& ring, const char* directory) {
  auto consumer = logbuf::Consumer::attach(ring);
  if (!consumer) return false;
  const logbuf::RingInfo& info = consumer->info();
  auto writer = logbuf::archive::Writer::open(
      directory, {.name = info.name, .uuid = info.uuid, .capacity = info.capacity, .timestamps = info.timestamps});
  auto batch = consumer->try_claim_batch(1 << 16);
  if (!writer || !batch) return false;
  batch->walk();
  return writer
      ->append({.begin = batch->begin_position(),
                .end = batch->end_position(),
                .records = batch->records(),
                .first_record = batch->first_record(),
                .bytes = batch->data()})
      .has_value();
}

bool is_archived(const char* directory, const char* text) {
  auto reader = logbuf::archive::Reader::open(directory);
  if (!reader) return false;
  const auto entry = reader->next();
  const auto* record = entry && *entry ? std::get_if<logbuf::archive::Record>(&**entry) : nullptr;
  return record != nullptr && record->bytes.size() == std::strlen(text) &&
         std::memcmp(record->bytes.data(), text, record->bytes.size()) == 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::string ring = "consumer-project-" + std::to_string(getpid());
  if (!logbuf::Segment::create(ring, {.capacity = 4096})) return failed("create");
  {
    auto sender = logbuf::channel::mpsc::Sender::attach(ring);
    if (!sender || !sender->try_send(std::as_bytes(std::span("order", 5)))) return failed("send");
  }
  if (!archive_ring(ring, argv[1])) return failed("archive");
  if (!logbuf::Segment::unlink(ring)) return failed("unlink");
  return is_archived(argv[1], "order") ? 0 : failed("read");
}
