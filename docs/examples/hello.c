/* The README's example in C: a record through a ring, and what it looks like when something is wrong. */
#include <logbuf/logbuf.h>

#include <stdio.h>
#include <string.h>

static int failed(int result) {
  fprintf(stderr, "%s: %s\n", logbuf_error_text(result), logbuf_error_detail());
  return 1;
}

int main(void) {
  logbuf_segment_options options = LOGBUF_SEGMENT_OPTIONS_INIT;
  logbuf_sender *sender;
  logbuf_consumer *consumer;
  logbuf_record record;
  void *bytes;
  int result;

  options.capacity = 1 << 20;
  result = logbuf_segment_create("hello-c", &options, NULL); /* once, by anyone */
  if (result != LOGBUF_OK && result != LOGBUF_RING_EXISTS) return failed(result);
  result = logbuf_sender_attach("hello-c", NULL, &sender); /* in any process, up to 64 of them */
  if (result != LOGBUF_OK) return failed(result);
  if (logbuf_sender_try_claim(sender, 5, 0, &bytes) == LOGBUF_OK) { /* space by one CAS; never waits */
    memcpy(bytes, "order", 5);                                      /* written in place */
    logbuf_sender_commit(sender, NULL);                             /* one store; without it, taken back */
  }
  result = logbuf_consumer_attach("hello-c", NULL, &consumer); /* or: logbuf-archiver --ring hello-c --dir . */
  if (result != LOGBUF_OK) return failed(result);
  while (logbuf_consumer_try_claim(consumer, &record) == LOGBUF_OK) {
    printf("%zu bytes\n", record.length);
    logbuf_consumer_release(consumer);
  }
  logbuf_consumer_detach(consumer);
  logbuf_sender_detach(sender);
  return logbuf_segment_unlink("hello-c") == LOGBUF_OK ? 0 : 1;
}
