"""The ends that wait: a Sender at a full ring, a Receiver at an empty one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from logbuf._handle import slices
from logbuf._native import OK, check, failure, ffi, lib
from logbuf._reading import Batch
from logbuf._reading import Calls as ReadingCalls
from logbuf._reading import ReadingEnd
from logbuf._writing import Bytes, Calls, Claim, WritingEnd, at
from logbuf.errors import Disconnected, Timeout
from logbuf.record import Record

_FULL: int = lib.LOGBUF_FULL
_TIMEOUT: int = lib.LOGBUF_TIMEOUT
_claim = lib.logbuf_sender_claim
_commit = lib.logbuf_sender_commit
_recv = lib.logbuf_receiver_recv


class Sender(WritingEnd):
    """A ring's writing end, which waits at a full ring and wakes a sleeping Receiver. A context manager; any number of
    threads may use it, one after the other, and a clone() for each is faster."""

    _c = Calls("sender")

    def claim(self, length: int, type: int = 0, timeout: float | None = None) -> Claim:
        """Space for one record of `length` bytes, 1 to max_payload::

            with sender.claim(5) as view:
                view[:] = b"order"

        Waits at a full ring, for as long as a consumer lives or for ``timeout`` seconds. Full: the time is over.
        Disconnected: the ring is closed, or it is full and has no living consumer. TooLarge, Empty; Busy: the last
        claim is open.
        """
        for slice_ns in slices(timeout):
            with self._lock:
                pointer, open_before = self._ready(), self._open
                try:
                    result = _claim(pointer, length, type, slice_ns, self._bytes)
                    if result == OK:
                        return self._claimed(pointer, length)
                except BaseException:
                    self._undo(pointer, open_before)
                    raise
            if result != _FULL:
                break
        raise failure(result)

    def try_claim(self, length: int, type: int = 0) -> Claim:
        """The same without waiting. Full: the record is lost, and counted as refused."""
        with self._lock:
            pointer, open_before = self._ready(), self._open
            try:
                check(self._c.try_claim(pointer, length, type, self._bytes))
                return self._claimed(pointer, length)
            except BaseException:
                self._undo(pointer, open_before)
                raise

    def send(self, data: Bytes, type: int = 0, timeout: float | None = None) -> int:
        """Claims, copies and commits; gives the record's position. As claim()."""
        memory = at(data)
        length = len(memory)
        for slice_ns in slices(timeout):
            with self._lock:
                pointer, open_before = self._ready(), self._open
                try:
                    result = _claim(pointer, length, type, slice_ns, self._bytes)
                    if result == OK:
                        ffi.memmove(self._bytes[0], memory, length)
                        _commit(pointer, self._position)
                        position: int = self._position[0]
                        return position
                except BaseException:
                    self._undo(pointer, open_before)
                    raise
            if result != _FULL:
                break
        raise failure(result)

    def try_send(self, data: Bytes, type: int = 0) -> int:
        """The same without waiting. Full: the record is lost, and counted as refused."""
        memory = at(data)
        with self._lock:
            check(lib.logbuf_sender_try_send(self._ready(), memory, len(memory), type, self._position))
            position: int = self._position[0]
            return position


class Receiver(ReadingEnd):
    """A ring's reading end, which waits at an empty ring. A context manager, and iterable: ``for record in receiver`` ends
    when the ring is empty and nobody will write to it (closed, or every producer that ever attached is gone). Getting the
    next record releases the last one.

    While it waits other threads run, and Ctrl-C ends it within some 100 ms.
    """

    _c = ReadingCalls("receiver")

    def _consumer(self) -> Any:
        return lib.logbuf_receiver_consumer(self._opened())

    def recv(self, timeout: float | None = None) -> Record:
        """The next record; waits for it, ``timeout`` seconds at the most.

        Timeout. Disconnected: the ring is empty, and closed or every producer that ever attached is gone (on a named
        ring new ones may still come: call again). Busy: a batch is open.
        """
        for slice_ns in slices(timeout):
            with self._lock:
                pointer = self._ready()
                result = _recv(pointer, slice_ns, self._record)
                if result == OK or self._was_interrupted(result):
                    self._out = True
                    return self._given(pointer)
            if result != _TIMEOUT:
                break
        raise failure(result)

    def try_recv(self) -> Record | None:
        """The next record; None: there is none now. Disconnected: as recv()."""
        try:
            return self.recv(0)
        except Timeout:
            return None

    def recv_batch(self, max_bytes: int = 1 << 20, timeout: float | None = None) -> Batch:
        """Several records at once, up to so many bytes of the ring, at least one; waits as recv()."""
        for slice_ns in slices(timeout):
            with self._lock:
                result = lib.logbuf_receiver_recv_batch(self._ready(), max_bytes, slice_ns)
                if result == OK or self._was_interrupted(result):
                    return self._begin_batch()
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
