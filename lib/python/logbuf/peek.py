"""Looking at a live ring without taking anything from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Union

from logbuf._handle import Handle, slices
from logbuf._native import OK, bytes_of, check, failure, ffi, lib, sized, text_of
from logbuf.record import Record
from logbuf.ring import RingInfo, info_from

_NOTHING: int = lib.LOGBUF_NOTHING


class PeekedRecord(Record):
    """A copy of a record, taken while it was whole. ``data`` lives until the next one is looked at."""

    __slots__ = ("seq", "producer")

    #: The ring's own count of records before this one.
    seq: int
    #: Its producer's name; empty: not known any more.
    producer: str

    def __init__(self, data: memoryview, c: Any) -> None:
        super().__init__(data, c)
        self.seq = c.seq
        self.producer = text_of(c.producer)


@dataclass(frozen=True)
class Missed:
    """Records that were released before they were looked at."""

    records: int
    begin: int  #: position
    end: int  #: position


class Peek(Handle):
    """A walk from the oldest record in the ring towards the newest. Needs read permission only, and costs the ring's
    ends nothing. A context manager, and iterable: ``for seen in peek`` ends where there is no more now; ask again
    later."""

    def __init__(self, ring: str) -> None:
        """NoSuchRing, NotPermitted, NotARing, WrongLayout, DamagedRing."""
        made = ffi.new("logbuf_peek **")
        check(lib.logbuf_peek_open(bytes_of(ring), made))
        super().__init__(ffi.gc(made[0], lib.logbuf_peek_close))
        self._peeked = sized("logbuf_peeked")

    def next(self) -> Union[PeekedRecord, Missed, None]:
        """The next record, or what was missed; None: there is none now. RingQuarantined, DamagedRing."""
        with self._lock:
            pointer = self._opened()
            self._take_back()
            c = self._peeked
            result = lib.logbuf_peek_next(pointer, c)
            if result == _NOTHING:
                return None
            if result != OK:
                raise failure(result)
            if c.missed > 0:
                return Missed(c.missed, c.position, c.end)
            return PeekedRecord(self._lend(c.bytes, c.length), c)

    def __iter__(self) -> Iterator[Union[PeekedRecord, Missed]]:
        while (seen := self.next()) is not None:
            yield seen

    def wait(self, timeout: float) -> None:
        """Sleeps until there may be something new, so many seconds at the most."""
        for slice_ns in slices(timeout):
            with self._lock:
                pointer = self._opened()
                lib.logbuf_peek_wait(pointer, slice_ns)
                if lib.logbuf_peek_tail(pointer) != lib.logbuf_peek_position(pointer):
                    return

    @property
    def position(self) -> int:
        """The next record would be here."""
        with self._lock:
            return int(lib.logbuf_peek_position(self._opened()))

    @property
    def tail(self) -> int:
        """Position: all below has been claimed by producers."""
        with self._lock:
            return int(lib.logbuf_peek_tail(self._opened()))

    @property
    def info(self) -> RingInfo:
        """What never changes of the ring."""
        with self._lock:
            return info_from(lib.logbuf_peek_info, self._opened())

    def is_closed(self) -> bool:
        """The ring takes no more records."""
        with self._lock:
            return bool(lib.logbuf_peek_is_closed(self._opened()))

    def close(self) -> None:
        """Ends the walk; the ring stays as it is."""
        self._close()
