/* The same in C, but for the archive: main DIR reads what the program in C++ has written. */
#include <logbuf/logbuf.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int failed(const char *what) {
  fprintf(stderr, "%s: %s\n", what, logbuf_error_detail());
  return 1;
}

static int is_order(const void *bytes, size_t length) {
  return length == 5 && memcmp(bytes, "order", 5) == 0;
}

int main(int argc, char **argv) {
  char ring[64];
  logbuf_segment_options options = LOGBUF_SEGMENT_OPTIONS_INIT;
  logbuf_producer *producer;
  logbuf_consumer *consumer;
  logbuf_archive_reader *reader;
  logbuf_archive_entry entry = {0};
  logbuf_record record;

  if (argc != 2) return 2;
  snprintf(ring, sizeof ring, "consumer-project-%d", (int)getpid());
  options.capacity = 4096;
  if (logbuf_segment_create(ring, &options, NULL) != LOGBUF_OK) return failed("create");
  if (logbuf_producer_attach(ring, NULL, &producer) != LOGBUF_OK) return failed("attach");
  if (logbuf_producer_try_write(producer, "order", 5, 0, LOGBUF_RETRY, NULL) != LOGBUF_OK) return failed("write");
  if (logbuf_consumer_attach(ring, NULL, &consumer) != LOGBUF_OK) return failed("attach");
  if (logbuf_consumer_try_claim(consumer, &record) != LOGBUF_OK) return failed("claim");
  if (!is_order(record.bytes, record.length)) return failed("claim");
  logbuf_consumer_release(consumer);
  logbuf_consumer_detach(consumer);
  logbuf_producer_detach(producer);
  if (logbuf_segment_unlink(ring) != LOGBUF_OK) return failed("unlink");

  if (logbuf_archive_open(argv[1], &reader) != LOGBUF_OK) return failed("open");
  entry.size = sizeof entry;
  if (logbuf_archive_next(reader, &entry) != LOGBUF_OK) return failed("read");
  if (entry.kind != LOGBUF_ARCHIVE_RECORD || !is_order(entry.record.bytes, entry.record.length)) return failed("read");
  logbuf_archive_close(reader);
  return 0;
}
