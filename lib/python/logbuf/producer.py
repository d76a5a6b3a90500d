"""The writing end that never waits."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index

from logbuf._handle import Calls
from logbuf._native import OK, check, failure, ffi, lib
from logbuf._writing import Bytes, Claim, ClaimBatch, WritingEnd, at

_RETRY: int = lib.LOGBUF_RETRY
_DROP: int = lib.LOGBUF_DROP
_try_write = lib.logbuf_producer_try_write
_try_claim_batch = lib.logbuf_producer_try_claim_batch


class Producer(WritingEnd):
    """A ring's writing end, which never waits: a full ring is an exception, Full.

    With ``drop=True`` a record that finds the ring full counts as lost: its producer's books and the archive say so.
    Without, you may try again. A context manager; any number of threads may use it, one after the other, and a clone()
    for each is faster. It wakes no Receiver but by notify(); a Sender does.
    """

    _c = Calls("producer")

    def claim(self, length: int, type: int = 0, *, drop: bool = False) -> Claim:
        """Space for one record of `length` bytes, 1 to max_payload::

            with producer.claim(5) as view:
                view[:] = b"order"

        Full, TooLarge, Empty, Disconnected; Busy: the last claim is open.
        """
        self._begin_call()
        length = index(length)
        with self._lock:
            pointer = self._asks()
            try:
                check(self._c.try_claim(pointer, length, type, _DROP if drop else _RETRY, self._bytes))
                return self._claimed(pointer, length)
            except BaseException:
                self._undo(pointer)
                raise

    def claim_batch(self, lengths: Sequence[int], type: int = 0, *, drop: bool = False) -> ClaimBatch:
        """Space for several records, which together fit in half the ring. As claim()."""
        # Looked at once: it may say something else the second time.
        lengths = [index(length) for length in lengths]
        count = len(lengths)
        starts = ffi.new("void *[]", count)
        self._begin_call()
        with self._lock:
            pointer = self._asks()
            try:
                check(_try_claim_batch(pointer, lengths, count, type, _DROP if drop else _RETRY, starts))
                views = [self._lend_writable(starts[i], length) for i, length in enumerate(lengths)]
                self._begin(pointer)
                return ClaimBatch(self, views)
            except BaseException:
                self._undo(pointer)
                raise

    def write(self, data: Bytes, type: int = 0, *, drop: bool = False) -> int:
        """Claims, copies and commits; gives the record's position. As claim()."""
        memory = at(data)
        self._begin_call()
        with self._lock:
            pointer = self._ready()
            result = _try_write(pointer, memory, len(memory), type, _DROP if drop else _RETRY, self._position)
            if result != OK:
                raise failure(result)
            position: int = self._position[0]
            return position

    def write_batch(self, records: Sequence[Bytes], type: int = 0, *, drop: bool = False) -> int:
        """Several records, of which the consumer sees all or none; gives the last one's position. As claim()."""
        memories = [at(record) for record in records]
        lengths = list(map(len, memories))
        starts = ffi.new("void *[]", len(lengths))
        self._begin_call()
        with self._lock:
            pointer = self._asks()
            try:
                check(_try_claim_batch(pointer, lengths, len(lengths), type, _DROP if drop else _RETRY, starts))
                for start, memory, length in zip(starts, memories, lengths):
                    ffi.memmove(start, memory, length)
                check(self._c.commit(pointer, self._position))
                self._asked = False
            except BaseException:
                self._undo(pointer)
                raise
            position: int = self._position[0]
            return position
