"""The reading end that waits at an empty ring."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from logbuf._handle import Calls, slices
from logbuf._native import OK, failure, lib
from logbuf._reading import Batch, ReadingEnd
from logbuf.errors import Disconnected, Timeout
from logbuf.record import Record

_TIMEOUT: int = lib.LOGBUF_TIMEOUT
_recv = lib.logbuf_receiver_recv


class Receiver(ReadingEnd):
    """A ring's reading end, which waits at an empty ring. A context manager, and iterable: ``for record in receiver``
    ends when the ring is empty and nobody will write to it (closed, or every producer that ever attached is gone).
    Getting the next record releases the last one.

    While it waits other threads run, and Ctrl-C ends it within some 100 ms.
    """

    _c = Calls("receiver")

    def _consumer(self) -> Any:
        return lib.logbuf_receiver_consumer(self._opened())

    def _take_now(self, pointer: Any) -> int:
        return int(_recv(pointer, 0, self._record))

    def recv(self, timeout: float | None = None) -> Record:
        """The next record; waits for it, ``timeout`` seconds at the most.

        Timeout. Disconnected: the ring is empty, and closed or every producer that ever attached is gone (on a named
        ring new ones may still come: call again). Busy: a batch is open.
        """
        self._begin_call()
        record = None
        try:
            for slice_ns in slices(timeout):
                with self._lock:
                    pointer = self._asks_record()
                    result = _recv(pointer, slice_ns, self._record)
                    record = self._record_from(pointer, result)
                    if record is not None:
                        return record
                if result != _TIMEOUT:
                    break
        except BaseException:
            self._was_not_handed_on(record)
            raise
        raise failure(result)

    def try_recv(self) -> Record | None:
        """The next record; None: there is none now. Disconnected: as recv()."""
        try:
            return self.recv(0)
        except Timeout:
            return None

    def recv_batch(self, max_bytes: int = 1 << 20, timeout: float | None = None) -> Batch:
        """Several records at once, up to so many bytes of the ring, at least one; waits as recv()."""
        self._begin_call()
        for slice_ns in slices(timeout):
            with self._lock:
                pointer, one = self._asks_batch()
                result = OK if one else lib.logbuf_receiver_recv_batch(pointer, max_bytes, slice_ns)
                batch = self._batch_from(result, one)
                if batch is not None:
                    return batch
            if result != _TIMEOUT:
                break
        raise failure(result)

    def __iter__(self) -> Iterator[Record]:
        while True:
            try:
                record = self.recv()
            except Disconnected:
                return
            yield record
