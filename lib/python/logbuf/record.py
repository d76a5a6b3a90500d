"""Records, as the ends of rings, looks at rings and archives give them."""

from __future__ import annotations

import copy
from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)

Self = TypeVar("Self", bound="Record")


def time_of(time_ns: int) -> datetime:
    """A time of day in UTC; datetimes have microseconds, so up to 999 ns are cut off."""
    return _EPOCH + timedelta(microseconds=time_ns // 1000)


def ns_of(time: datetime | int) -> int:
    """Nanoseconds since 1970-01-01 UTC, exactly. A datetime must say its time zone."""
    if isinstance(time, int):
        return time
    if not isinstance(time, datetime):
        raise TypeError(f"{time!r} is no time: a datetime with a zone, or an int of nanoseconds since 1970-01-01 UTC")
    if time.tzinfo is None:
        raise ValueError(f"{time!r} has no time zone: give it one, as datetime(..., tzinfo=timezone.utc)")
    return (time - _EPOCH) // _MICROSECOND * 1000


class Record:
    """One record of a ring.

    ``data`` is a read-only memoryview of the payload where it lies, and lives until its end gives the next record (or
    its batch ends, or it is detached). Then it is released: using it is a ValueError. While a part of it is in use
    elsewhere, the next record is refused with a BufferError. ``bytes(record)`` and ``record.copy()`` are yours to keep.
    """

    __slots__ = ("data", "type", "slot", "position", "time_ns")

    data: memoryview
    #: The user's own number.
    type: int
    #: The producer's.
    slot: int
    #: In the ring, bytes.
    position: int
    #: Of its claim, ns since 1970-01-01 UTC; None: the ring has no timestamps.
    time_ns: int | None

    def __init__(self, data: memoryview, c: Any) -> None:
        self.data = data
        self.type = c.type
        self.slot = c.slot
        self.position = c.position
        self.time_ns = c.time_ns if c.has_time else None

    @property
    def time(self) -> datetime | None:
        """Of its claim, in UTC; None: the ring has no timestamps."""
        return None if self.time_ns is None else time_of(self.time_ns)

    def __bytes__(self) -> bytes:
        return bytes(self.data)

    def copy(self: Self) -> Self:
        """The same record with a payload of its own, which nothing takes away."""
        copied = copy.copy(self)
        copied.data = memoryview(bytes(self.data))
        return copied

    def __repr__(self) -> str:
        try:
            payload = repr(bytes(self.data[:32])) + ("..." if len(self.data) > 32 else "")
        except ValueError:
            payload = "released"
        return f"<{type(self).__name__} at {self.position}, type {self.type}: {payload}>"
