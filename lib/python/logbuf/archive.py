"""A ring's records on disk, as logbuf-archiver writes them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Union
from uuid import UUID

from logbuf._handle import Handle
from logbuf._native import OK, bytes_of, check, failure, ffi, lib, sized, text_of
from logbuf.record import Record, ns_of, time_of

_NOTHING: int = lib.LOGBUF_NOTHING
_IS_GAP: int = lib.LOGBUF_ARCHIVE_GAP


class ArchiveRecord(Record):
    """A record of an archive. ``data`` lives until the archive gives the next entry, as a ring's does."""

    __slots__ = ("seq", "drain_time_ns", "producer")

    #: Counts the ring's records in the archive from 0, and never repeats or skips.
    seq: int
    #: When its block was written, ns since 1970-01-01 UTC.
    drain_time_ns: int
    #: Its producer's name; empty: not known.
    producer: str

    def __init__(self, data: memoryview, c: Any, producer: str) -> None:
        super().__init__(data, c)
        self.seq = c.seq
        self.drain_time_ns = c.drain_time_ns
        self.producer = producer

    @property
    def any_time_ns(self) -> int:
        """Of its claim; where the ring has no timestamps, when its block was written. Ranges of time go by this."""
        return self.drain_time_ns if self.time_ns is None else self.time_ns

    @property
    def drain_time(self) -> datetime:
        """When its block was written, in UTC."""
        return time_of(self.drain_time_ns)


@dataclass(frozen=True)
class Gap:
    """Records that are not there: damaged, released unread, refused at a full ring."""

    lost: int | None  #: records; None: nobody knows how many
    begin: int  #: positions [begin, end) of the ring
    end: int  #: positions [begin, end) of the ring
    why: str  #: for people
    producer: str  #: where it is about one producer's records: its name; else empty
    slot: int | None  #: likewise: its slot


@dataclass(frozen=True)
class Totals:
    """What has been passed since the archive was opened, or since the last seek."""

    files: int
    blocks: int
    records: int
    payload_bytes: int
    gaps: int
    lost: int  #: records, where the gaps know
    refused: int  #: of these, records that producers counted as refused at a full ring
    holes: int  #: claims whose producers died: gaps that lost nothing
    damaged_bytes: int  #: of files, passed over
    torn_bytes: int  #: an unfinished write at the end of the open file
    next_seq: int  #: the seq that should come next


@dataclass(frozen=True)
class ArchivedRing:
    """The ring whose records these are."""

    name: str
    uuid: UUID
    capacity: int  #: bytes
    timestamps: bool  #: records carry the time of their claim


Entry = Union[ArchiveRecord, Gap]
Time = Union[datetime, int]


class Archive(Handle):
    """An archive directory, or one segment file of it, read from its beginning or from where a seek says.

    A context manager, and iterable: ``for entry in archive`` gives records and gaps from where it stands to the end,
    and may be asked again there for what has been appended since. All iterators of one archive go on from the same
    place. Damaged files are read to their end; what is missing is a Gap.

    A time is a datetime with a time zone, or ns since 1970-01-01 UTC.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """NotAnArchive, WrongArchiveVersion, SystemFailure."""
        made = ffi.new("logbuf_archive_reader **")
        check(lib.logbuf_archive_open(bytes_of(path), made))
        super().__init__(ffi.gc(made[0], lib.logbuf_archive_close))
        self._entry = sized("logbuf_archive_entry")
        self._more = ffi.new("logbuf_archive_record **")
        self._count = ffi.new("size_t *")
        self._forget()
        self._names: dict[bytes, str] = {}

    def _forget(self) -> None:
        """The records at hand are no more."""
        self._at_hand: Any = None
        self._left = 0
        self._next_at_hand = 0

    def next(self) -> Entry | None:
        """The next record or gap; None: the end, for now."""
        with self._lock:
            pointer = self._opened()
            self._take_back()
            if self._next_at_hand < self._left:
                index = self._next_at_hand
                self._next_at_hand = index + 1
                return self._given(self._at_hand[index])
            self._forget()
            result = lib.logbuf_archive_more(pointer, self._more, self._count)
            if result == OK:
                self._at_hand = self._more[0]
                self._left = self._count[0]
                self._next_at_hand = 1
                return self._given(self._at_hand[0])
            entry = self._entry
            result = lib.logbuf_archive_next(pointer, entry)
            if result == _NOTHING:
                return None
            if result != OK:
                raise failure(result)
            return _gap_of(entry.gap) if entry.kind == _IS_GAP else self._given(entry.record)

    def _given(self, c: Any) -> ArchiveRecord:
        name = b""
        if c.producer_bytes:
            name = ffi.buffer(c.producer, c.producer_bytes)[:]
        producer = self._names.get(name)
        if producer is None:
            producer = self._names[name] = str(name, "utf-8", "replace")
        return ArchiveRecord(self._lend(c.bytes, c.length), c, producer)

    def __iter__(self) -> Iterator[Entry]:
        while (entry := self.next()) is not None:
            yield entry

    def records(self) -> Iterator[ArchiveRecord]:
        """The records alone, from where the archive stands to its end. totals().lost says what was missing."""
        return (entry for entry in self if isinstance(entry, ArchiveRecord))

    def since(self, start: Time) -> Iterator[Entry]:
        """From `start` on, to the archive's end."""
        return self.between(start, None)

    def between(self, start: Time | None, end: Time | None) -> Iterator[Entry]:
        """The records of [start, end), in the archive's order, and the gaps that are met on the way.

        None: from the beginning, to the end. A record's time is that of its claim, or, where the ring has no
        timestamps, when its block was written. Claim times need not go up, so this reads on behind `end`: where you
        know that yours do, give no `end`, and leave the loop at the first record that is late.
        """
        start_ns = None if start is None else ns_of(start)
        end_ns = None if end is None else ns_of(end)
        if start_ns is not None and end_ns is not None and start_ns > end_ns:
            raise ValueError("the range ends before it begins")
        return self._range(start_ns, end_ns)

    def _range(self, start_ns: int | None, end_ns: int | None) -> Iterator[Entry]:
        if start_ns is None:
            self.seek_seq(0)
        else:
            self.seek_time(start_ns)
        for entry in self:
            if isinstance(entry, ArchiveRecord):
                time_ns = entry.any_time_ns
                if start_ns is not None and time_ns < start_ns or end_ns is not None and time_ns >= end_ns:
                    continue
            yield entry

    def last(self, count: int) -> Iterator[Entry]:
        """The last `count` records."""
        self.seek_last(count)
        return iter(self)

    def follow(self, timeout: float | None = None, poll: float = 0.05) -> Iterator[Entry]:
        """From where the archive stands, and then what is appended, for ever, or until nothing has come for ``timeout``
        seconds. At the end it looks again every ``poll`` seconds."""
        idle_since = time.monotonic()
        while True:
            entry = self.next()
            if entry is not None:
                yield entry
                idle_since = time.monotonic()
            elif timeout is not None and time.monotonic() - idle_since >= timeout:
                return
            else:
                time.sleep(poll)

    def _seek(self, seek: Any, to: int) -> None:
        with self._lock:
            pointer = self._opened()
            self._take_back()
            self._forget()
            check(seek(pointer, to))

    def seek_seq(self, seq: int) -> None:
        """The next entry will be the first at or after this seq, before or behind where the archive stands."""
        self._seek(lib.logbuf_archive_seek_seq, seq)

    def seek_last(self, count: int) -> None:
        """The next entry will be the first of the last `count` seqs."""
        self._seek(lib.logbuf_archive_seek_last, count)

    def seek_time(self, time: Time) -> None:
        """The next entry will come from the first block that may hold a record of this time or later: older ones may
        come before it and between. between() leaves these out."""
        self._seek(lib.logbuf_archive_seek_time, ns_of(time))

    def end_seq(self) -> int:
        """The seq behind the last record that there is. The archive then stands at its beginning: seek."""
        seq = ffi.new("uint64_t *")
        self._seek(lib.logbuf_archive_end_seq, seq)
        self.seek_seq(0)
        return int(seq[0])

    def totals(self) -> Totals:
        """What has been passed since the archive was opened, or since the last seek."""
        totals = sized("logbuf_archive_totals")
        with self._lock:
            check(lib.logbuf_archive_get_totals(self._opened(), totals))
        return Totals(**{name: getattr(totals, name) for name in Totals.__dataclass_fields__})

    @property
    def ring(self) -> ArchivedRing:
        """The ring of the file in use; before the first entry: of the first file."""
        ring = sized("logbuf_archive_ring")
        with self._lock:
            check(lib.logbuf_archive_get_ring(self._opened(), ring))
        return ArchivedRing(text_of(ring.name), UUID(bytes=bytes(ring.uuid)), ring.capacity, ring.timestamps)

    def close(self) -> None:
        """Ends the reading; the archive stays as it is. Does nothing the second time."""
        self._close()


def _gap_of(gap: Any) -> Gap:
    return Gap(
        lost=gap.lost if gap.lost_known else None,
        begin=getattr(gap, "from"),
        end=gap.to,
        why=text_of(gap.why),
        producer=text_of(gap.producer),
        slot=gap.slot if gap.slot >= 0 else None,
    )


def is_archive(path: str | os.PathLike[str]) -> bool:
    """Is it a directory that holds segment files, or a segment file?"""
    return bool(lib.logbuf_is_archive(bytes_of(path)))
