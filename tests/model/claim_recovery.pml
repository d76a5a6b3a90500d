/* Claim, commit, abort, death and recovery: an MPSC ring whose producers may die between any two stores.
 *
 * A unit is one 8-byte word of the ring. A claim is a record of one unit (its header) or of two (header and
 * payload); where a record of two units does not fit before the end of the lap, the claim has a skip of one
 * unit before it: two headers, the first one stored last.
 *
 *   here                   in the code
 *   taken[], intent[]      a slot's kernel lock; SlotHot::intent (position, extent and WON in one word)
 *   producer: attach       take_slot(): lock, look at the dead owner's intent, let go or clear it
 *   producer: claim        ProducerCore::claim(): tail and head, intent, CAS of tail, WON
 *   producer: write ...    the payload; ProducerCore::commit() and abort(); clear the intent
 *   consumer: next         ConsumerCore::next() and release(), in one step (release_takeover.pml has its parts)
 *   consumer: look ...     recovery, steps 1 to 5
 *   truth[]                nowhere: what is really so at each unit, to check the consumer's conclusions against
 *
 * Each line of a process that reads or writes a shared word is one step; steps of all processes mix in every
 * order. A producer dies before any of its steps, DEATHS times in all, and comes back as a newcomer that takes
 * whatever slot it gets. The consumer dies CONSUMER_DEATHS times during recovery.
 *
 * Checked: every assert, and that no process waits for ever (an invalid end state): the consumer ends at
 * tail, newcomers get slots. A consumer that waits for a live producer blocks until what it saw changes, so
 * that there is no way to go round without progress.
 */

#ifndef PRODUCERS
#define PRODUCERS 2
#endif
#ifndef CLAIMS
#define CLAIMS 2 /* of the first producer, its newcomers' included */
#endif
#ifndef LATER_CLAIMS
#define LATER_CLAIMS CLAIMS /* of each other producer */
#endif
#ifndef DEATHS
#define DEATHS 2
#endif
#ifndef CONSUMER_DEATHS
#define CONSUMER_DEATHS 1
#endif
#ifndef SLOTS
#define SLOTS 3
#endif
#ifndef CAPACITY
#define CAPACITY 4
#endif

/* Words of the ring. */
#define NOT_YET 0
#define PAYLOAD 1
#define RECORD(units) (30 + (units))
#define SKIP(units) (40 + (units))
/* Truths about a unit: FREE, INSIDE a claim, or the beginning of something of so many units. */
#define FREE 0
#define INSIDE 1
#define OPEN(units) (10 + (units))   /* a live producer's unfinished claim */
#define ORPHAN(units) (20 + (units)) /* a dead producer's */

#define OFFSET(position) ((position) % CAPACITY)

/* The intent word: 0, or position, extent and WON. */
#define INTENT(position, extent) (((position) + 1) * 8 + (extent) * 2)
#define WON 1
#define BEGIN(word) ((word) / 8 - 1)
#define EXTENT(word) (((word) % 8) / 2)
#define HAS_WON(word) ((word) % 2)
#define UNRESOLVED(word) ((word) != 0 && head <= BEGIN(word) && BEGIN(word) < tail)

byte tail, head;
byte ring[CAPACITY];
byte taken[SLOTS]; /* 1: the kernel's lock is held, its owner lives */
byte in_use[SLOTS];
byte intent[SLOTS];

byte deaths = DEATHS;
byte truth[CAPACITY];

/* Dies before the step, without a claim or with one. */
#define OR_DIE :: atomic { deaths > 0 -> deaths--; goto died }
#define OR_DIE_CLAIMING :: atomic { deaths > 0 -> deaths--; truth[OFFSET(t)] = ORPHAN(extent); goto died }

/* The rest of the lap, where a record of `units` does not fit in it. */
#define FIT(units) \
  extent = units; skip_units = 0; \
  if \
  :: OFFSET(t) + (units) > CAPACITY -> skip_units = CAPACITY - OFFSET(t); extent = extent + skip_units \
  :: else \
  fi

#define CAN_TRY(i) taken[i] == 0 && (!((refused >> i) & 1) || !UNRESOLVED(intent[i]))

proctype producer(byte me) {
  byte slot = me;
  byte t, extent, skip_units, units, header, refused;
  byte claims = (me == 0 -> CLAIMS : LATER_CLAIMS);

  goto claim; /* it begins attached */

attach:
  /* Any slot that nobody living has, but not twice one whose dead owner's claim is still unresolved. */
  atomic {
    if
    :: CAN_TRY(0) -> slot = 0
#if SLOTS > 1
    :: CAN_TRY(1) -> slot = 1
#endif
#if SLOTS > 2
    :: CAN_TRY(2) -> slot = 2
#endif
#if SLOTS > 3
    :: CAN_TRY(3) -> slot = 3
#endif
    fi;
    taken[slot] = 1
  }
#ifndef MUTANT_SLOT_EARLY
  if
  :: atomic { UNRESOLVED(intent[slot]) -> taken[slot] = 0; refused = refused | (1 << slot); slot = 0; goto attach }
  :: atomic { !UNRESOLVED(intent[slot]) -> refused = 0 }
  OR_DIE
  fi;
#endif
  if
  :: intent[slot] = 0
  OR_DIE
  fi;
  if
  :: in_use[slot] = 1
  OR_DIE
  fi;

claim:
  atomic {
    if
    :: claims == 0 -> goto finished
    :: else -> claims--
    fi;
    if
    :: units = 1
    :: units = 2
    fi;
    t = tail;
    FIT(units);
    if
    :: t + extent - head > CAPACITY -> t = 0; extent = 0; skip_units = 0; units = 0; goto claim /* full */
    :: else
    fi
  }
  do
  :: if
     :: intent[slot] = INTENT(t, extent)
     OR_DIE
     fi;
     if
     :: atomic {
          tail == t -> tail = t + extent;
          assert(ring[OFFSET(t)] == NOT_YET && truth[OFFSET(t)] == FREE);
          truth[OFFSET(t)] = OPEN(extent);
          if
          :: extent > 1 ->
             assert(ring[OFFSET(t + 1)] == NOT_YET && truth[OFFSET(t + 1)] == FREE);
             truth[OFFSET(t + 1)] = INSIDE
          :: else
          fi;
          if
          :: extent > 2 ->
             assert(ring[OFFSET(t + 2)] == NOT_YET && truth[OFFSET(t + 2)] == FREE);
             truth[OFFSET(t + 2)] = INSIDE
          :: else
          fi
        }
        break
     :: atomic {
          tail != t -> t = tail;
          FIT(units);
          if
          :: t + extent - head > CAPACITY -> goto give_up
          :: else
          fi
        }
     OR_DIE
     fi
  od;
#if !defined(MUTANT_NO_WON) && !defined(MUTANT_WON_AFTER_WRITE)
  if
  :: intent[slot] = INTENT(t, extent) + WON
  OR_DIE_CLAIMING
  fi;
#endif
  if
  :: units == 2 ->
     if
     :: atomic {
          assert(truth[OFFSET(t)] == OPEN(extent) && ring[OFFSET(t + skip_units + 1)] == NOT_YET);
          ring[OFFSET(t + skip_units + 1)] = PAYLOAD
        }
     OR_DIE_CLAIMING
     fi
  :: else
  fi;
#ifdef MUTANT_WON_AFTER_WRITE
  if
  :: intent[slot] = INTENT(t, extent) + WON
  OR_DIE_CLAIMING
  fi;
#endif
  /* commit or abort */
  atomic {
    if
    :: header = RECORD(units)
#ifndef NO_ABORTS
    :: header = SKIP(units)
#endif
    fi
  }
  if
  :: skip_units > 0 ->
#ifdef MUTANT_FIRST_HEADER_FIRST
     if
     :: atomic {
          assert(truth[OFFSET(t)] == OPEN(extent));
          ring[OFFSET(t)] = SKIP(skip_units)
        }
     OR_DIE_CLAIMING
     fi;
     ring[OFFSET(t + skip_units)] = header;
#else
     if
     :: atomic {
          assert(truth[OFFSET(t)] == OPEN(extent) && ring[OFFSET(t + skip_units)] == NOT_YET);
          ring[OFFSET(t + skip_units)] = header
        }
     OR_DIE_CLAIMING
     fi;
#endif
     if
     :: atomic {
          assert(truth[OFFSET(t)] == OPEN(extent));
#ifndef MUTANT_FIRST_HEADER_FIRST
          assert(ring[OFFSET(t)] == NOT_YET);
#endif
          ring[OFFSET(t)] = SKIP(skip_units);
          truth[OFFSET(t)] = SKIP(skip_units);
          truth[OFFSET(t + skip_units)] = header
        }
     OR_DIE_CLAIMING
     fi
  :: else ->
     if
     :: atomic {
          assert(truth[OFFSET(t)] == OPEN(extent) && ring[OFFSET(t)] == NOT_YET);
          ring[OFFSET(t)] = header;
          truth[OFFSET(t)] = header
        }
     OR_DIE_CLAIMING
     fi
  fi;
give_up:
  atomic { t = 0; extent = 0; skip_units = 0; units = 0; header = 0 }
  if
  :: intent[slot] = 0
  OR_DIE
  fi;
  goto claim;

died:
  atomic {
    taken[slot] = 0;
    t = 0; extent = 0; skip_units = 0; units = 0; header = 0; refused = 0; slot = 0;
    if
    :: claims > 0 -> goto attach
    :: else -> goto gone
    fi
  }
finished:
  atomic { in_use[slot] = 0; taken[slot] = 0; slot = 0 }
gone:
  skip
}

/* [from, from + units) of the ring and of the truth. */
inline set_free(units) {
  ring[OFFSET(head)] = NOT_YET; truth[OFFSET(head)] = FREE;
  if
  :: units > 1 -> ring[OFFSET(head + 1)] = NOT_YET; truth[OFFSET(head + 1)] = FREE
  :: else
  fi;
  if
  :: units > 2 -> ring[OFFSET(head + 2)] = NOT_YET; truth[OFFSET(head + 2)] = FREE
  :: else
  fi
}

#define OR_CONSUMER_DIES :: atomic { consumer_deaths > 0 -> consumer_deaths--; goto died }

/* The first word after head that is not zero bounds the hole. */
inline look_at_word(k) {
  if
  :: atomic { head + k < bound && ring[OFFSET(head + k)] != NOT_YET -> bound = head + k }
  :: atomic { head + k >= bound || ring[OFFSET(head + k)] == NOT_YET -> skip }
  fi
}

proctype consumer() {
  byte bound;          /* of the hole, should several have raced for it: T, then less */
  byte i, lives, word; /* the slot that is looked at */
  byte won;            /* extent of the dead owner that has WON */
  byte waits_for;      /* slot + 1 of a live producer whose intent begins at head, */
  byte waits_word;     /* and that intent */
  byte dead;           /* dead producers whose intent begins at head: how many, */
  byte dead_slots;     /* which, */
  byte dead_extent;    /* and the last one's extent */
  byte hole;
  byte consumer_deaths = CONSUMER_DEATHS;

end_empty:
next:
  if
  :: d_step {
       ring[OFFSET(head)] != NOT_YET ->
       assert(head < tail);
       /* A record or skip that somebody has finished, or a recovered hole; whole. */
       hole = ring[OFFSET(head)];
       assert(hole == truth[OFFSET(head)]);
       assert(hole != RECORD(2) || ring[OFFSET(head + 1)] == PAYLOAD);
       hole = hole % 10;
       set_free(hole);
       head = head + hole;
       hole = 0;
       assert(truth[OFFSET(head)] != INSIDE);
       assert((head == tail) == (truth[OFFSET(head)] == FREE))
     }
     goto next
  :: atomic { ring[OFFSET(head)] == NOT_YET && head < tail -> skip }
  fi;

  /* 1. T, then every slot: liveness, then intent */
#ifndef MUTANT_TAIL_LATE
  bound = tail;
#endif
#ifdef MUTANT_WORDS_FIRST
  look_at_word(1);
  look_at_word(2);
  look_at_word(3);
#endif
  do
  :: atomic { i == SLOTS -> i = 0; lives = 0; word = 0; break }
  :: atomic { i < SLOTS && in_use[i] == 0 -> i++ }
#ifdef MUTANT_INTENT_FIRST
  :: atomic { i < SLOTS && in_use[i] == 1 -> word = intent[i] }
     atomic { lives = taken[i];
#else
  :: atomic { i < SLOTS && in_use[i] == 1 -> lives = taken[i] }
     atomic { word = intent[i];
#endif
#ifdef MUTANT_NO_WAIT
       lives = 0;
#endif
       if
       :: word != 0 && BEGIN(word) == head ->
          if
          :: lives -> waits_for = i + 1; waits_word = word
          :: else ->
             dead++; dead_slots = dead_slots | (1 << i); dead_extent = EXTENT(word);
             if
             :: HAS_WON(word) -> assert(won == 0); won = EXTENT(word)
             :: else
             fi
          fi
#ifndef MUTANT_TAIL_LATE
       :: word != 0 && BEGIN(word) > head && BEGIN(word) < bound -> bound = BEGIN(word)
#endif
       :: else
       fi;
       i++; lives = 0; word = 0
     }
  od;
#ifdef MUTANT_TAIL_LATE
  bound = tail;
#endif

  /* the header once more */
#ifndef MUTANT_NO_SECOND_LOOK
  if
  :: atomic { ring[OFFSET(head)] != NOT_YET -> goto over }
  :: ring[OFFSET(head)] == NOT_YET
  fi;
#endif

  atomic {
    if
    :: won > 0 -> hole = won; goto recover /* 2. */
    :: won == 0 && waits_for > 0 -> goto wait /* 3. */
    :: else -> skip
    fi;
    /* 4. */
    if
    :: dead == 1 -> hole = dead_extent; goto recover
    :: dead > 1 -> skip
    :: dead == 0 ->
#ifndef MUTANT_NO_SECOND_LOOK
       assert(false); /* an unfinished claim that is nobody's */
#endif
       goto over
    fi
  }
#ifndef MUTANT_WORDS_FIRST
  look_at_word(1);
  look_at_word(2);
  look_at_word(3);
#endif
  atomic { hole = bound - head }

recover: /* 5. */
  atomic {
    /* Exactly the claim; or what a consumer that died between two skips has left of it; or all of that anew. */
    i = CAPACITY - OFFSET(head);
    if
    :: hole > i && truth[OFFSET(head)] == ORPHAN(i) && truth[0] == SKIP(hole - i) ->
       truth[OFFSET(head)] = ORPHAN(hole);
       truth[0] = INSIDE
    :: else
    fi;
    assert(truth[OFFSET(head)] == ORPHAN(hole));
    i = 0; bound = 0; won = 0; waits_for = 0; waits_word = 0; dead = 0; dead_extent = 0
  }
  if
  :: d_step {
       if
       :: hole > 1 -> ring[OFFSET(head + 1)] = NOT_YET
       :: else
       fi;
       if
       :: hole > 2 -> ring[OFFSET(head + 2)] = NOT_YET
       :: else
       fi
     }
  OR_CONSUMER_DIES
  fi;
  /* A skip does not pass the end of a lap: where the hole does, it takes two, the first one stored last. */
  if
  :: atomic { OFFSET(head) + hole > CAPACITY -> i = CAPACITY - OFFSET(head) }
     if
     :: atomic {
          ring[0] = SKIP(hole - i);
          truth[OFFSET(head)] = ORPHAN(i);
          truth[0] = SKIP(hole - i)
        }
     OR_CONSUMER_DIES
     fi;
     if
     :: atomic {
          ring[OFFSET(head)] = SKIP(i);
          truth[OFFSET(head)] = SKIP(i);
          i = 0
        }
     OR_CONSUMER_DIES
     fi
  :: atomic { OFFSET(head) + hole <= CAPACITY -> skip }
     if
     :: atomic {
          ring[OFFSET(head)] = SKIP(hole);
          truth[OFFSET(head)] = SKIP(hole)
        }
     OR_CONSUMER_DIES
     fi
  fi;
  /* Free the slots while head has not passed: until then no newcomer keeps one of them. */
  do
  :: atomic { i == SLOTS -> i = 0; break }
  :: atomic { i < SLOTS && !((dead_slots >> i) & 1) -> i++ }
  :: atomic { i < SLOTS && ((dead_slots >> i) & 1) -> skip }
#ifdef MUTANT_FREE_INTENT_FIRST
     if
     :: intent[i] = 0
     OR_CONSUMER_DIES
     fi;
     if
     :: atomic { in_use[i] = 0; i++ }
     OR_CONSUMER_DIES
     fi
#else
     if
     :: in_use[i] = 0
     OR_CONSUMER_DIES
     fi;
     if
     :: atomic { intent[i] = 0; i++ }
     OR_CONSUMER_DIES
     fi
#endif
  od;

died: /* a successor begins afresh */
over:
  atomic {
    bound = 0; i = 0; lives = 0; word = 0; won = 0; waits_for = 0; waits_word = 0;
    dead = 0; dead_slots = 0; dead_extent = 0; hole = 0;
    goto next
  }
wait:
  atomic {
    ring[OFFSET(head)] != NOT_YET || taken[waits_for - 1] == 0 || intent[waits_for - 1] != waits_word ->
    goto over
  }
}

init {
  atomic {
    taken[0] = 1; in_use[0] = 1; run producer(0);
#if PRODUCERS > 1
    taken[1] = 1; in_use[1] = 1; run producer(1);
#endif
#if PRODUCERS > 2
    taken[2] = 1; in_use[2] = 1; run producer(2);
#endif
    run consumer()
  }
}
