/* Compiled as C99, every warning an error: the header stands alone, and what it declares can be called. */
#include <logbuf/logbuf.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What compiled programs rely on: sizes and offsets. A structure without `size` never changes; one with it grows at its end,
   and then a new line is added here, and none is changed. */
#define IS(condition, name) typedef char name[(condition) ? 1 : -1]
#if defined(__LP64__)
IS(sizeof(logbuf_segment_options) == 40 && offsetof(logbuf_segment_options, group) == 32, options_are);
IS(sizeof(logbuf_ring_info) == 216 && offsetof(logbuf_ring_info, uuid) == 144 &&
       offsetof(logbuf_ring_info, timestamps) == 208,
   info_is);
IS(sizeof(logbuf_end_status) == 112 && offsetof(logbuf_end_status, name) == 29, end_status_is);
IS(sizeof(logbuf_producer_status) == 160 && offsetof(logbuf_producer_status, slot) == 144, producer_status_is);
IS(sizeof(logbuf_ring_status) == 288 && offsetof(logbuf_ring_status, consumer) == 160 &&
       offsetof(logbuf_ring_status, has_consumer) == 284,
   status_is);
IS(sizeof(logbuf_record) == 40 && offsetof(logbuf_record, has_time) == 36, record_is);
IS(sizeof(logbuf_blockage) == 152 && offsetof(logbuf_blockage, slot) == 148, blockage_is);
IS(sizeof(logbuf_batch) == 56 && offsetof(logbuf_batch, first_record) == 48, batch_is);
IS(sizeof(logbuf_archive_progress) == 32, progress_is);
IS(sizeof(logbuf_peeked) == 80 && offsetof(logbuf_peeked, has_time) == 76, peeked_is);
IS(sizeof(logbuf_archive_record) == 88 && offsetof(logbuf_archive_record, has_time) == 68, archive_record_is);
IS(sizeof(logbuf_archive_gap) == 64 && offsetof(logbuf_archive_gap, lost_known) == 44, gap_is);
IS(sizeof(logbuf_archive_entry) == 168 && offsetof(logbuf_archive_entry, gap) == 104, entry_is);
IS(sizeof(logbuf_archive_totals) == 96 && offsetof(logbuf_archive_totals, next_seq) == 88, totals_are);
IS(sizeof(logbuf_archive_ring) == 176 && offsetof(logbuf_archive_ring, timestamps) == 168, archive_ring_is);
#endif
IS(LOGBUF_OK == 0 && LOGBUF_NO_SUCH_RING == 4 && LOGBUF_RING_NOT_EMPTY == 22 && LOGBUF_FULL == 101 &&
       LOGBUF_NO_CLAIM == 108 && LOGBUF_INVALID_ARGUMENT == 201 && LOGBUF_INTERNAL == 202,
   errors_are);

static int failed(const char *what, int result) {
  fprintf(stderr, "%s: %s (%s)\n", what, logbuf_error_text(result), logbuf_error_detail());
  return 1;
}

static int print_name(const char *name, void *context) {
  return strcmp(name, (const char *)context) == 0;
}

int main(void) {
  char name[64];
  logbuf_segment_options options = LOGBUF_SEGMENT_OPTIONS_INIT;
  logbuf_ring_info info = LOGBUF_RING_INFO_INIT;
  logbuf_segment *segment;
  logbuf_producer *producer;
  logbuf_consumer *consumer;
  logbuf_record record;
  void *bytes;
  int result;

  snprintf(name, sizeof name, "conforming-%ld", (long)getpid());
  options.capacity = 4096;
  options.timestamps = true;
  result = logbuf_segment_create(name, &options, &segment);
  if (result != LOGBUF_OK) return failed("create", result);
  result = logbuf_segment_info(segment, &info);
  if (result != LOGBUF_OK || info.capacity != 4096 || strcmp(info.name, name) != 0) return failed("info", result);
  if (logbuf_segment_list(print_name, name) != 1) return failed("list", LOGBUF_OK);
  result = logbuf_producer_attach(name, "conforming", &producer);
  if (result != LOGBUF_OK) return failed("attach", result);
  result = logbuf_producer_try_claim(producer, 5, 7, LOGBUF_RETRY, &bytes);
  if (result != LOGBUF_OK) return failed("claim", result);
  memcpy(bytes, "hello", 5);
  result = logbuf_producer_commit(producer, NULL);
  if (result != LOGBUF_OK) return failed("commit", result);
  result = logbuf_consumer_attach(name, NULL, &consumer);
  if (result != LOGBUF_OK) return failed("attach", result);
  result = logbuf_consumer_try_claim(consumer, &record);
  if (result != LOGBUF_OK) return failed("take", result);
  if (record.length != 5 || memcmp(record.bytes, "hello", 5) != 0 || record.type != 7 || !record.has_time)
    return failed("record", LOGBUF_OK);
  result = logbuf_consumer_release(consumer);
  if (result != LOGBUF_OK) return failed("release", result);
  logbuf_producer_detach(producer);
  logbuf_consumer_detach(consumer);
  result = logbuf_segment_remove(segment, LOGBUF_IF_EMPTY);
  if (result != LOGBUF_OK) return failed("remove", result);
  logbuf_segment_free(segment);
  return 0;
}
