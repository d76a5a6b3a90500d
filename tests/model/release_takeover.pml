/* Release and takeover: the consumer gives space back and may die between any two stores; its successor goes on;
 * a looker reads along; the producer uses the space again.
 *
 *   here                     in the code
 *   consumed, head, counts   ConsumerLine
 *   producer                 ProducerCore::claim(), commit(): space below head + CAPACITY, header last
 *   consumer: attach         attach_consumer(): read_positions(), zero [head, consumed) again, move head
 *   consumer: walk           ConsumerCore::next()
 *   consumer: release        ConsumerCore::release(): count, consumed, zeroes, head
 *   read_consumed()          ring/positions.cpp
 *   looker                   Peek::State: next(), overtaken(), catch_up()
 *   sent[], before[]         nowhere: what was really sent at each position, and how many records before it
 *
 * The ring is words. A record is a header of one word and up to LONGEST - 1 words of payload; here it may
 * pass the end of a lap. Every load or store of
 * a shared word is a step of its own, zeroing word by word; nobody here stores a word and then looks at
 * another's (no Dekker pair), so that store buffers add nothing to the mixing of steps.
 *
 * Checked: the producer gets no word that is not zero; a (consumed, count) pair that is accepted is right; a
 * record that is handed out or accepted is the one that was sent; nothing is handed out again once consumed has
 * passed it; everything sent is released in the end, whoever dies (else: an invalid end state).
 */

#ifndef CAPACITY
#define CAPACITY 4
#endif
#ifndef RECORDS
#define RECORDS 4
#endif
#ifndef CONSUMER_DEATHS
#define CONSUMER_DEATHS 2
#endif
#ifndef LOOKS
#define LOOKS 2 /* records or gaps that the looker takes */
#endif
#ifndef LONGEST
#define LONGEST 2 /* words of a record, 2 or 3 */
#endif
#define END (RECORDS * LONGEST)

#define OFFSET(position) ((position) % CAPACITY)
#define HEADER(units) (units)             /* 1 .. LONGEST */
#define PAYLOAD(position, k) (10 + ((position) + (k)) % (2 * CAPACITY)) /* the lap before differs */

#define OR_DIE :: atomic { deaths > 0 -> deaths--; goto died }

#ifdef MUTANT_ONE_COUNT
#define COUNTS 1
#else
#define COUNTS 2
#endif

byte ring[CAPACITY];
byte tail, head, consumed;
byte count_position[2], count_records[2];
bool all_sent;

byte sent[END + 1];   /* units of the record at this position */
byte before[END + 1]; /* records before this position */

inline take_space(k) {
  if
  :: k < units -> assert(ring[OFFSET(tail + k)] == 0)
  :: else
  fi
}

proctype producer() {
  byte units, at, k, n;
  do
  :: atomic { n == RECORDS -> all_sent = true; break }
  :: atomic {
       n < RECORDS -> n++;
       if
       :: units = 1
       :: units = 2
#if LONGEST > 2
       :: units = 3
#endif
       fi
     }
     d_step {
       tail + units <= head + CAPACITY ->
       take_space(0);
       take_space(1);
       take_space(2);
       at = tail;
       sent[at] = units;
       before[at + units] = n;
       tail = tail + units;
       k = 1
     }
     do
     :: atomic { k < units -> ring[OFFSET(at + k)] = PAYLOAD(at, k); k++ }
     :: atomic { k == units -> break }
     od;
     atomic { ring[OFFSET(at)] = HEADER(units); units = 0; at = 0; k = 0 }
  od
}

/* A count that belongs to consumed: (at, seq). What does not match is tried again after the consumer has moved;
 * where there is no consumer to move it (`alone`), one of the counts must match. */
inline read_consumed(alone) {
  do
  :: atomic { at = consumed; k = 0; found = false }
     do
     :: atomic { k == COUNTS || found -> break }
     :: atomic { k < COUNTS && !found -> seq = count_records[k] }
        atomic { word = count_position[k] }
        atomic { found = (word == at && consumed == at); word = 0; k++ }
     od;
     if
     :: atomic { found -> k = 0; found = false; break }
     :: atomic {
          !found ->
          assert(!alone);
          consumed != at || count_position[0] == at || count_position[1] == at -> skip
        }
     fi
  od;
  assert(seq == before[at])
}

inline zero(from, to) {
  do
  :: atomic { k < to - from -> ring[OFFSET(from + k)] = 0; k++ }
  :: atomic { k == to - from -> k = 0; break }
  OR_DIE
  od
}

/* A walk begins no record beyond its lap: on a full ring it would meet its own beginning. */
#ifdef MUTANT_WALK_BEYOND_LAP
#define WALKABLE true
#else
#define WALKABLE walk < (at / CAPACITY + 1) * CAPACITY
#endif

proctype consumer() {
  byte at, seq, k, word, from;
  byte walk, walked, next_count;
  byte deaths = CONSUMER_DEATHS;
  bool found;

attach:
  from = head;
  read_consumed(true);
  atomic {
    next_count = (count_position[0] == at);
    if
    :: COUNTS == 1 -> next_count = 0
    :: else
    fi;
    assert(from <= at); /* read_positions() refuses the ring otherwise */
    if
    :: from == at -> from = 0; goto begin
    :: else
    fi
  }
#ifndef MUTANT_NO_ZEROES_AT_TAKEOVER
  zero(from, at);
#endif
  if
  :: head = at
  OR_DIE
  fi;
  from = 0;

begin: /* `at` is all that is released; `walk` the next header */
  atomic { walk = at; walked = 0 }
  do
  :: atomic {
       WALKABLE && ring[OFFSET(walk)] != 0 -> /* hand out */
       assert(walk >= consumed);
       assert(ring[OFFSET(walk)] == HEADER(sent[walk]));
       assert(sent[walk] < 2 || ring[OFFSET(walk + 1)] == PAYLOAD(walk, 1));
       assert(sent[walk] < 3 || ring[OFFSET(walk + 2)] == PAYLOAD(walk, 2));
       assert(seq + walked == before[walk]);
       walk = walk + sent[walk];
       walked++
     }
     if
     :: skip /* more */
     :: break
     fi
  :: atomic { walked > 0 && (!(WALKABLE) || ring[OFFSET(walk)] == 0) -> break }
  :: atomic { all_sent && walk == tail && walked == 0 -> assert(seq == RECORDS); goto gone }
  OR_DIE
  od;

  atomic { seq = seq + walked; walked = 0 }
#ifdef MUTANT_ZERO_BEFORE_CONSUMED
  zero(at, walk);
#endif
  if
  :: count_records[next_count] = seq
  OR_DIE
  fi;
  if
  :: atomic {
       count_position[next_count] = walk;
       if
       :: COUNTS == 2 -> next_count = 1 - next_count
       :: else
       fi
     }
  OR_DIE
  fi;
#ifdef MUTANT_HEAD_BEFORE_CONSUMED
  zero(at, walk);
  if
  :: head = walk
  OR_DIE
  fi;
#endif
  if
  :: consumed = walk
  OR_DIE
  fi;
#ifdef MUTANT_HEAD_BEFORE_ZERO
  if
  :: head = walk
  OR_DIE
  fi;
#endif
#if !defined(MUTANT_ZERO_BEFORE_CONSUMED) && !defined(MUTANT_HEAD_BEFORE_CONSUMED)
  zero(at, walk);
#endif
#if !defined(MUTANT_HEAD_BEFORE_ZERO) && !defined(MUTANT_HEAD_BEFORE_CONSUMED)
  if
  :: head = walk
  OR_DIE
  fi;
#endif
  at = walk;
  goto begin;

died:
  atomic { at = 0; seq = 0; k = 0; word = 0; from = 0; walk = 0; walked = 0; next_count = 0; found = false; goto attach }
gone:
  skip
}

#ifdef MUTANT_NO_TAIL_FIRST
#define WORTH_A_LOOK ring[OFFSET(at)] != 0
#else
#define WORTH_A_LOOK at < tail && ring[OFFSET(at)] != 0
#endif

proctype looker() {
  byte at, seq, k, word, looks;
  byte copy[3];
  bool found;

  read_consumed(false);
end_nothing_new:
  do
  :: atomic { looks == LOOKS -> break }
  /* Claimed yet? Before that the word may still hold the record of a lap before, released or not. */
  :: atomic { looks < LOOKS && (WORTH_A_LOOK || consumed > at) -> skip }
     copy[0] = ring[OFFSET(at)];
     /* Another lap's payload may stand where the header is expected: it has any length. */
     atomic {
       if
       :: copy[0] >= 1 && copy[0] < 10 -> word = copy[0]
       :: copy[0] >= 10 -> word = 1
       :: copy[0] == 0 -> word = 0
       fi;
       k = 1
     }
     do
     :: atomic { k < word -> copy[k] = ring[OFFSET(at + k)]; k++ }
     :: atomic { k >= word -> k = 0; word = 0; break }
     od;
     atomic { looks++ }
     if
     :: atomic { consumed > at -> copy[0] = 0; copy[1] = 0; copy[2] = 0 }
        read_consumed(false)
     :: atomic {
          consumed <= at ->
          if
          :: copy[0] == 0
          :: else ->
             assert(copy[0] == HEADER(sent[at]));
             assert(sent[at] < 2 || copy[1] == PAYLOAD(at, 1));
             assert(sent[at] < 3 || copy[2] == PAYLOAD(at, 2));
             assert(seq == before[at]);
             at = at + sent[at];
             seq++
          fi;
          copy[0] = 0; copy[1] = 0; copy[2] = 0
        }
     fi
  od
}

init {
  atomic {
    run producer();
    run consumer();
    run looker()
  }
}
