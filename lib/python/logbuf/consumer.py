"""The reading end that never waits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from logbuf._handle import Calls
from logbuf._native import OK, check, failure, lib, sized
from logbuf._reading import Batch, ReadingEnd
from logbuf.record import Record

_NOTHING: int = lib.LOGBUF_NOTHING
_try_claim = lib.logbuf_consumer_try_claim


class Consumer(ReadingEnd):
    """A ring's reading end, which never waits. A context manager, and iterable: ``for record in consumer`` ends where
    there is no record now. Getting the next record releases the last one."""

    _c = Calls("consumer")

    def _consumer(self) -> Any:
        return self._opened()

    def _take_now(self, pointer: Any) -> int:
        return int(_try_claim(pointer, self._record))

    def claim(self) -> Record | None:
        """The next record; None: there is none now, and state() says why. Busy: a batch is open."""
        self._begin_call()
        record = None
        try:
            with self._lock:
                pointer = self._asks_record()
                result = _try_claim(pointer, self._record)
                record = self._record_from(pointer, result)
                if record is not None or result == _NOTHING:
                    return record
        except BaseException:
            self._was_not_handed_on(record)
            raise
        raise failure(result)

    def claim_batch(self, max_bytes: int = 1 << 20) -> Batch | None:
        """The next records, up to so many bytes of the ring, at least one; None: there is none now. Busy: the last
        batch is open."""
        self._begin_call()
        with self._lock:
            pointer, one = self._asks_batch()
            result = OK if one else lib.logbuf_consumer_try_claim_batch(pointer, max_bytes)
            batch = self._batch_from(result, one)
            if batch is not None or result == _NOTHING:
                return batch
        raise failure(result)

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
