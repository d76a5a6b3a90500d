/* Park and wake: a consumer that sleeps on `parked`, producers that look at it after they commit, and store
 * buffers between them.
 *
 *   here                    in the code
 *   header[], parked        the record headers; ParkLine::parked
 *   producer: commit        ProducerCore::commit(): the header's store
 *   producer: fence, look   ProducerCore::notify(); producer 0 has registered for barriers, and has no fence
 *   producer: take, wake    ProducerCore::wake(): exchange, futex_wake
 *   consumer: park          Consumer::park(): its fence, and its barrier for those that have registered
 *   full_ring               ProducerCore::wake_always(), by a Sender at a full ring or a producer that leaves
 *   interrupter             Consumer::interrupt()
 *
 * Every process stores into a buffer of its own, first in, first out; memory drains them at any time (TSO). A
 * fence waits until the buffer is empty, a system call too. A barrier for all (membarrier) waits until the buffers of
 * those that have registered have been empty, one after the other. Atomic exchanges go to memory at once and do not
 * wait for the buffer: that is weaker than x86, so that no fence is hidden behind one. No process loads a word
 * that it has in its own buffer, other than in the kernel's compare.
 *
 * There is no time-out. Checked: the consumer gets all the records and the interruption; to sleep for ever is
 * an invalid end state.
 */

#ifndef PRODUCERS
#define PRODUCERS 2
#endif
#ifndef RECORDS
#define RECORDS 2 /* of each producer */
#endif
#define TOTAL (PRODUCERS * RECORDS)

#define CONSUMER PRODUCERS
#define FULL_RING (PRODUCERS + 1)
#define INTERRUPTER (PRODUCERS + 2)
#define PROCESSES (PRODUCERS + 3)

/* Addresses: 0 .. TOTAL - 1 are the headers. */
#define PARKED TOTAL
#define INTERRUPTED (TOTAL + 1)

byte memory[TOTAL + 2];
byte tail;
bool sleeps;

chan buffer[PROCESSES] = [3] of { byte, byte };

#define STORE(who, address, value) buffer[who] ! address, value
#define FENCE(who) empty(buffer[who])

#ifdef ANY_ORDER
/* A processor that does not keep its stores in order (but those to one word). */
#define DRAIN(of) \
  :: atomic { \
       buffer[_pid] ?? [eval(of), _] -> \
       buffer[_pid] ?? eval(of), value; \
       memory[of] = value; \
       value = 0 \
     }
#else
#define DRAIN(of) \
  :: atomic { \
       buffer[_pid] ? [eval(of), _] -> \
       buffer[_pid] ? eval(of), value; \
       memory[of] = value; \
       value = 0 \
     }
#endif

active [PROCESSES] proctype drain() {
  byte value;
end:
  do
  DRAIN(0)
  DRAIN(1)
#if TOTAL > 2
  DRAIN(2)
  DRAIN(3)
#endif
  DRAIN(PARKED)
  DRAIN(INTERRUPTED)
  od
}

/* The exchange of parked, and the wake by whoever gets its 1. */
inline take_and_wake() {
  atomic { taken = memory[PARKED]; memory[PARKED] = 0 }
  if
  :: atomic { taken == 1 -> sleeps = false; taken = 0 }
  :: atomic { taken == 0 -> skip }
  fi
}

proctype producer(byte me) {
  byte k, at, taken;
  do
  :: k < RECORDS ->
     atomic { at = tail; tail++ }
     STORE(me, at, 1);
#ifndef MUTANT_NO_PRODUCER_FENCE
     if
     :: atomic { me == 0 -> skip } /* registered */
     :: me != 0 && FENCE(me)
     fi;
#endif
     if
     :: atomic { memory[PARKED] != 0 -> skip }
        take_and_wake()
     :: atomic { memory[PARKED] == 0 -> skip }
     fi;
     atomic { k++; at = 0 }
  :: atomic { k == RECORDS -> break }
  od
}

/* Stores without a look, then wakes: its late store may undo a park, but its wake comes after that. */
proctype full_ring() {
  STORE(FULL_RING, PARKED, 0);
  atomic { FENCE(FULL_RING) -> sleeps = false } /* the system call */
}

proctype interrupter() {
  byte taken;
  STORE(INTERRUPTER, INTERRUPTED, 1);
  FENCE(INTERRUPTER);
  take_and_wake()
}

proctype consumer() {
  byte got;
  bool interrupted, look_again;
  do
  :: atomic { got == TOTAL && interrupted -> break }
  :: atomic { got < TOTAL && memory[got] != 0 -> got++ }
  :: atomic { (got == TOTAL || memory[got] == 0) && !(got == TOTAL && interrupted) -> skip }
     /* park */
     STORE(CONSUMER, PARKED, 1);
#ifndef MUTANT_NO_CONSUMER_FENCE
     FENCE(CONSUMER);
#endif
#ifndef MUTANT_NO_BARRIER
     FENCE(0);
#endif
#ifndef MUTANT_NO_SECOND_LOOK
     atomic {
       look_again = memory[INTERRUPTED];
       memory[INTERRUPTED] = 0;
       interrupted = interrupted || look_again
     }
     atomic { look_again = look_again || (got < TOTAL && memory[got] != 0) }
#endif
     if
     :: atomic { look_again -> look_again = false }
     :: atomic { !look_again -> skip }
        /* futex_wait: the kernel compares and puts to sleep in one step */
        if
        :: atomic { FENCE(CONSUMER) && memory[PARKED] == 1 -> sleeps = true }
           !sleeps
        :: atomic { FENCE(CONSUMER) && memory[PARKED] != 1 -> skip }
        fi
     fi;
     STORE(CONSUMER, PARKED, 0)
  od
}

init {
  byte i;
  atomic {
    do
    :: i < PRODUCERS -> run producer(i); i++
    :: else -> break
    od;
    run full_ring();
    run interrupter();
    run consumer()
  }
}
