#include <cstdio>
#include <cstring>
#include <logbuf/logbuf.hpp>
int main() {
  (void)logbuf::Segment::create("hello", {.capacity = 1 << 20});   // once, by anyone
  auto sender = logbuf::channel::mpsc::Sender::attach("hello");    // in any process, up to 64 of them
  if (!sender) return std::puts(logbuf::error_detail().c_str()), 1;
  if (auto claim = sender->try_send(5)) {                          // space by one CAS; never waits
    std::memcpy(claim->bytes().data(), "order", 5);                // written in place
    claim->commit();                                               // one store; without it, taken back
  }
  auto consumer = logbuf::Consumer::attach("hello");               // or: logbuf-archiver --ring hello --dir .
  while (auto record = consumer->try_claim()) std::printf("%zu bytes\n", record->bytes().size());
  return logbuf::Segment::unlink("hello") ? 0 : 1;
}
