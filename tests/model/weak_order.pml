/* Pairs of docs/memory-model.md on a processor that does not keep to the order of the program (aarch64).
 *
 * There is one memory, which all processors see alike (ARMv8: "other multi-copy atomic"); but a processor makes its own
 * accesses in any order that nothing forbids. So a process here is a set of steps, each of which is taken once, as soon as
 * what it has to be behind is done:
 *
 *   release   behind all that stands before it in the program
 *   acquire   all that stands behind it is behind it
 *   fence     what stands behind it is behind what stands before it
 *   the same word twice, and a store that depends on what was loaded: in the order of the program
 *
 * A mutant leaves one of these out: what a relaxed access in its place may do. Scenes, of which each run plays one:
 *
 *   scene     in the code
 *   commit    ProducerCore::commit(), ConsumerCore::load_header()
 *   count     ConsumerCore::release(), read_consumed()
 *   peek      ConsumerCore::release(), ProducerCore::claim(), Peek::State::overtaken()
 *   claim     ProducerCore::claim() to commit(), Recovery::look(), Consumer::state() and is_stray()
 *   left      ProducerDeleter, Consumer::park()
 *   refused   ProducerCore::count_refusal(), Consumer::refusals() and tail()
 *   durable   Consumer::report_archived(), ProducerCore::wait_durable()
 *
 * What a scene must hold is asserted when its processes have ended; to sleep for ever is an invalid end state. Death is
 * not here: a dead process's stores are all there, in whatever order they became visible (claim_recovery.pml).
 */

#ifndef MUTANT_COMMIT_STORED_RELAXED
#define MUTANT_COMMIT_STORED_RELAXED false
#endif
#ifndef MUTANT_COMMIT_LOADED_RELAXED
#define MUTANT_COMMIT_LOADED_RELAXED false
#endif
#ifndef MUTANT_COUNT_STORED_RELAXED
#define MUTANT_COUNT_STORED_RELAXED false
#endif
#ifndef MUTANT_CONSUMED_STORED_RELAXED
#define MUTANT_CONSUMED_STORED_RELAXED false
#endif
#ifndef MUTANT_COUNT_LOADED_RELAXED
#define MUTANT_COUNT_LOADED_RELAXED false
#endif
#ifndef MUTANT_CONSUMED_LOADED_RELAXED
#define MUTANT_CONSUMED_LOADED_RELAXED false
#endif
#ifndef MUTANT_ZEROES_EARLY
#define MUTANT_ZEROES_EARLY false
#endif
#ifndef MUTANT_HEAD_STORED_RELAXED
#define MUTANT_HEAD_STORED_RELAXED false
#endif
#ifndef MUTANT_NO_LOOKER_FENCE
#define MUTANT_NO_LOOKER_FENCE false
#endif
#ifndef MUTANT_CLAIM_STORED_RELAXED
#define MUTANT_CLAIM_STORED_RELAXED false
#endif
#ifndef MUTANT_INTENT_CLEARED_RELAXED
#define MUTANT_INTENT_CLEARED_RELAXED false
#endif
#ifndef MUTANT_TAIL_LOADED_RELAXED
#define MUTANT_TAIL_LOADED_RELAXED false
#endif
#ifndef MUTANT_INTENT_LOADED_RELAXED
#define MUTANT_INTENT_LOADED_RELAXED false
#endif
#ifndef MUTANT_HEADER_STORED_RELAXED
#define MUTANT_HEADER_STORED_RELAXED false
#endif
#ifndef MUTANT_HEADER_LOADED_RELAXED
#define MUTANT_HEADER_LOADED_RELAXED false
#endif
#ifndef MUTANT_LEFT_STORED_RELAXED
#define MUTANT_LEFT_STORED_RELAXED false
#endif
#ifndef MUTANT_LEFT_LOADED_RELAXED
#define MUTANT_LEFT_LOADED_RELAXED false
#endif
#ifndef MUTANT_REFUSED_STORED_RELAXED
#define MUTANT_REFUSED_STORED_RELAXED false
#endif
#ifndef MUTANT_REFUSED_LOADED_RELAXED
#define MUTANT_REFUSED_LOADED_RELAXED false
#endif
#ifndef MUTANT_CHANGES_STORED_RELAXED
#define MUTANT_CHANGES_STORED_RELAXED false
#endif
#ifndef MUTANT_CHANGES_LOADED_RELAXED
#define MUTANT_CHANGES_LOADED_RELAXED false
#endif
#ifndef MUTANT_NO_DURABLE_FENCE
#define MUTANT_NO_DURABLE_FENCE false
#endif

#define STEP(mine, behind, what) :: atomic { !mine && (behind) -> what; mine = true }

/* --- commit */
bit payload, header, saw_payload, saw_header;

proctype commit_producer() {
  bit a, b;
  do
  STEP(a, true, payload = 1)
  STEP(b, a || MUTANT_COMMIT_STORED_RELAXED, header = 1)
  :: a && b -> break
  od
}
proctype commit_consumer() {
  bit a, b;
  do
  STEP(a, true, saw_header = header)
  STEP(b, a || MUTANT_COMMIT_LOADED_RELAXED, saw_payload = payload)
  :: a && b -> break
  od
}

/* --- count: two releases behind one of 1. The count at a position is the position. */
byte records[2], position[2], consumed;
byte saw_consumed, saw_records, saw_position, saw_consumed_again;

proctype count_consumer() {
  bit a, b, c, d, e, f;
  do
  STEP(a, true, records[0] = 2)
  STEP(b, a, position[0] = 2)
  STEP(c, (a && b) || MUTANT_CONSUMED_STORED_RELAXED, consumed = 2)
  STEP(d, (a && b && c) || MUTANT_COUNT_STORED_RELAXED, records[1] = 3)
  STEP(e, a && b && c && d, position[1] = 3)
  STEP(f, c && ((a && b && d && e) || MUTANT_CONSUMED_STORED_RELAXED), consumed = 3)
  :: a && b && c && d && e && f -> break
  od
}
proctype count_reader(byte k) {
  bit a, b, c, d;
  do
  STEP(a, true, saw_consumed = consumed)
  STEP(b, a || MUTANT_CONSUMED_LOADED_RELAXED, saw_records = records[k])
  STEP(c, (a || MUTANT_CONSUMED_LOADED_RELAXED) && (b || MUTANT_COUNT_LOADED_RELAXED), saw_position = position[k])
  STEP(d, a && c && (b || MUTANT_COUNT_LOADED_RELAXED), saw_consumed_again = consumed)
  :: a && b && c && d -> break
  od
}

/* --- peek: a word that is released, and another lap's, while somebody copies it */
#define RECORD 7
#define NEXT_LAP 9
byte word, copy;
bit head, overtaken, spoken_for;

proctype peek_consumer() {
  bit a, b, c;
  do
  STEP(a, true, spoken_for = 1)
  STEP(b, a || MUTANT_ZEROES_EARLY, word = 0)
  STEP(c, (a && b) || MUTANT_HEAD_STORED_RELAXED, head = 1)
  :: a && b && c -> break
  od
}
proctype peek_producer() {
  head == 1;
  word = NEXT_LAP
}
proctype peek_looker() {
  bit a, b;
  do
  STEP(a, true, copy = word)
  STEP(b, a || MUTANT_NO_LOOKER_FENCE, overtaken = spoken_for)
  :: a && b -> break
  od
}

/* --- claim: one producer's behind the other's; a consumer that stands at one of them */
byte tail, saw_tail, header_tail;
bit intent[2], headers[2], saw_intent, saw_committed, saw_stray;

proctype claim_producer(byte me) {
  bit a, b, c, d;
  do
  STEP(a, true, intent[me] = 1)
  STEP(b, tail == me && (a || MUTANT_CLAIM_STORED_RELAXED), tail++)
  STEP(c, (a && b) || MUTANT_HEADER_STORED_RELAXED, headers[me] = 1)
  STEP(d, a && ((b && c) || MUTANT_INTENT_CLEARED_RELAXED), intent[me] = 0)
  :: a && b && c && d -> break
  od
}
proctype claim_recovery(byte k) {
  bit a, b, c;
  do
  STEP(a, true, saw_tail = tail)
  STEP(b, a || MUTANT_TAIL_LOADED_RELAXED, saw_intent = intent[k])
  STEP(c, (a || MUTANT_TAIL_LOADED_RELAXED) && (b || MUTANT_INTENT_LOADED_RELAXED), saw_committed = headers[k])
  :: a && b && c -> break
  od
}
proctype claim_stray(byte k) {
  bit a, b;
  do
  STEP(a, true, saw_stray = headers[k])
  STEP(b, a || MUTANT_HEADER_LOADED_RELAXED, header_tail = tail)
  :: a && b -> break
  od
}

/* --- left: in an anonymous ring, where no lock says it too */
bit in_use, left, saw_in_use, saw_left;

proctype left_producer() {
  bit a, b;
  do
  STEP(a, true, in_use = 0)
  STEP(b, a || MUTANT_LEFT_STORED_RELAXED, left = 1)
  :: a && b -> break
  od
}
proctype left_consumer() {
  bit a, b;
  do
  STEP(a, true, saw_left = left)
  STEP(b, a || MUTANT_LEFT_LOADED_RELAXED, saw_in_use = in_use)
  :: a && b -> break
  od
}

/* --- refused: a claim of another moves tail meanwhile */
bit moving_tail, refused, refused_at, saw_refused, told_at;

proctype refused_other() { moving_tail = 1 }
proctype refused_producer() {
  bit a, b;
  do
  STEP(a, true, refused_at = moving_tail)
  STEP(b, a || MUTANT_REFUSED_STORED_RELAXED, refused = 1)
  :: a && b -> break
  od
}
proctype refused_consumer() {
  bit a, b;
  do
  STEP(a, true, saw_refused = refused)
  STEP(b, a || MUTANT_REFUSED_LOADED_RELAXED, told_at = moving_tail)
  :: a && b -> break
  od
}

/* --- durable: two reports, and who waits for each. System calls are fences. */
byte synced, changes;
bit waiting, sleeps[2];

proctype durable_consumer() {
  bit a, b, some;
  byte n;
  do
  :: atomic { n == 2 -> break }
  :: atomic { n < 2 -> n++; a = 0; b = 0 }
     do
     STEP(a, true, synced = n)
     STEP(b, a || MUTANT_NO_DURABLE_FENCE, some = waiting)
     :: atomic { a && b -> a = 0; b = 0; break }
     od;
     if
     :: atomic { some ->  skip }
        do
        STEP(a, true, waiting = 0)
        STEP(b, a || MUTANT_CHANGES_STORED_RELAXED, changes++)
        :: atomic { a && b -> sleeps[0] = 0; sleeps[1] = 0; break }
        od
     :: else
     fi
  od
}
proctype durable_producer(byte me) {
  bit a, b;
  byte seen;
  do
  :: atomic { synced > me -> break }
  :: atomic { synced <= me -> a = 0; b = 0 }
     do
     STEP(a, true, seen = changes)
     STEP(b, a || MUTANT_CHANGES_LOADED_RELAXED, waiting = 1)
     :: atomic { a && b -> break }
     od;
     if
     :: atomic { synced > me -> break }
     :: atomic { synced <= me -> skip }
     fi;
     atomic { sleeps[me] = (changes == seen) }
     !sleeps[me]
  od
}

init {
  byte k;
  atomic {
    records[1] = 1; position[1] = 1; consumed = 1;
    word = RECORD;
    in_use = 1;
    if
    :: k = 0
    :: k = 1
    fi;
    if
    :: run commit_producer(); run commit_consumer()
    :: run count_consumer(); run count_reader(k)
    :: run peek_consumer(); run peek_producer(); run peek_looker()
    :: run claim_producer(0); run claim_producer(1); run claim_recovery(k); run claim_stray(k)
    :: run left_producer(); run left_consumer()
    :: run refused_other(); run refused_producer(); run refused_consumer()
    :: run durable_consumer(); run durable_producer(0); run durable_producer(1)
    fi
  }
  atomic {
    _nr_pr == 1 ->
    assert(!saw_header || saw_payload);
    assert(saw_position != saw_consumed || saw_consumed_again != saw_consumed || saw_records == saw_consumed);
    assert(overtaken || copy == RECORD || copy == 0 && word == RECORD);
    assert(word != 0);
    assert(saw_tail <= k || saw_intent || saw_committed);
    assert(!saw_stray || header_tail > k);
    assert(!saw_left || !saw_in_use);
    assert(!saw_refused || told_at >= refused_at)
  }
}
