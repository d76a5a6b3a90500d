"""The writing end that waits at a full ring."""

from __future__ import annotations

from operator import index

from logbuf._handle import Calls, slices
from logbuf._native import OK, check, failure, ffi, lib
from logbuf._writing import Bytes, Claim, WritingEnd, at

_FULL: int = lib.LOGBUF_FULL
_claim = lib.logbuf_sender_claim
_commit = lib.logbuf_sender_commit


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
        self._begin_call()
        length = index(length)
        for slice_ns in slices(timeout):
            with self._lock:
                pointer = self._asks()
                try:
                    result = _claim(pointer, length, type, slice_ns, self._bytes)
                    if result == OK:
                        return self._claimed(pointer, length)
                    self._asked = False
                except BaseException:
                    self._undo(pointer)
                    raise
            if result != _FULL:
                break
        raise failure(result)

    def try_claim(self, length: int, type: int = 0) -> Claim:
        """The same without waiting. Full: the record is lost, and counted as refused."""
        self._begin_call()
        length = index(length)
        with self._lock:
            pointer = self._asks()
            try:
                check(self._c.try_claim(pointer, length, type, self._bytes))
                return self._claimed(pointer, length)
            except BaseException:
                self._undo(pointer)
                raise

    def send(self, data: Bytes, type: int = 0, timeout: float | None = None) -> int:
        """Claims, copies and commits; gives the record's position. As claim()."""
        memory = at(data)
        length = len(memory)
        self._begin_call()
        for slice_ns in slices(timeout):
            with self._lock:
                pointer = self._asks()
                try:
                    result = _claim(pointer, length, type, slice_ns, self._bytes)
                    if result == OK:
                        ffi.memmove(self._bytes[0], memory, length)
                        check(_commit(pointer, self._position))
                        self._asked = False
                        position: int = self._position[0]
                        return position
                    self._asked = False
                except BaseException:
                    self._undo(pointer)
                    raise
            if result != _FULL:
                break
        raise failure(result)

    def try_send(self, data: Bytes, type: int = 0) -> int:
        """The same without waiting. Full: the record is lost, and counted as refused."""
        memory = at(data)
        self._begin_call()
        with self._lock:
            check(lib.logbuf_sender_try_send(self._ready(), memory, len(memory), type, self._position))
            position: int = self._position[0]
            return position
