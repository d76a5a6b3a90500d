"""The reading end that never waits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from logbuf._native import OK, check, failure, lib, sized
from logbuf._reading import Batch, Calls, ReadingEnd
from logbuf.record import Record

_NOTHING: int = lib.LOGBUF_NOTHING
_try_claim = lib.logbuf_consumer_try_claim


class Consumer(ReadingEnd):
    """A ring's reading end, which never waits. A context manager, and iterable: ``for record in consumer`` ends where
    there is no record now. Getting the next record releases the last one."""

    _c = Calls("consumer")

    def _consumer(self) -> Any:
        return self._opened()

    def claim(self) -> Record | None:
        """The next record; None: there is none now, and state() says why. Busy: a batch is open."""
        with self._lock:
            pointer = self._ready()
            result = _try_claim(pointer, self._record)
            if result == OK or self._was_interrupted(result):
                record = self._given(pointer)
                self._out = True
                return record
            if result == _NOTHING:
                return None
            raise failure(result)

    def claim_batch(self, max_bytes: int = 1 << 20) -> Batch | None:
        """The next records, up to so many bytes of the ring, at least one; None: there is none now. Busy: the last
        batch is open."""
        with self._lock:
            result = lib.logbuf_consumer_try_claim_batch(self._ready(), max_bytes)
            if result == _NOTHING:
                return None
            if not self._was_interrupted(result):
                check(result)
            return self._begin_batch()

    def __iter__(self) -> Iterator[Record]:
        while (record := self.claim()) is not None:
            yield record

    def unblock(self) -> bool:
        """For a consumer whose state() stays BLOCKED: asks the kernel whether the producer of the next claim lives,
        and makes a skip of the claim if it died. True: nothing stands in the way any more. A Receiver does so by
        itself."""
        blockage = sized("logbuf_blockage")
        with self._lock:
            check(lib.logbuf_consumer_unblock(self._opened(), blockage))
        return bool(blockage.kind != lib.LOGBUF_BLOCKAGE_WAITING)
