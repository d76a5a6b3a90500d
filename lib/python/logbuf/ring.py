"""Rings: made, looked at, closed and removed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any
from uuid import UUID

from logbuf._native import NULL, bytes_of, check, ffi, lib, sized, text_of
from logbuf.record import time_of


class Kind(IntEnum):
    """How a ring's producers take space."""

    #: Many producers.
    MPSC = lib.LOGBUF_MPSC
    #: One producer.
    SPSC = lib.LOGBUF_SPSC


class Removal(IntEnum):
    """What may keep a ring from being removed."""

    #: Somebody living who is attached; a committed record that nobody has consumed.
    IF_EMPTY = lib.LOGBUF_IF_EMPTY
    #: Somebody living who is attached.
    IF_UNATTACHED = lib.LOGBUF_IF_UNATTACHED
    #: Nothing: who is attached is disconnected.
    AT_ONCE = lib.LOGBUF_AT_ONCE


@dataclass(frozen=True)
class RingInfo:
    """What never changes in a ring's life."""

    name: str  #: empty: anonymous
    uuid: UUID  #: made with the ring
    segment_size: int  #: bytes
    capacity: int  #: bytes
    max_payload: int  #: bytes: the largest record
    created_ns: int  #: since 1970-01-01 UTC
    kind: Kind
    max_producers: int
    layout_version: int
    creator_pid: int
    timestamps: bool  #: records carry the time of their claim

    @property
    def created(self) -> datetime:
        return time_of(self.created_ns)


@dataclass(frozen=True)
class EndStatus:
    """One end of a ring, as it says of itself, and as the kernel knows (alive)."""

    name: str
    pid: int
    alive: bool
    attached_ns: int  #: since 1970-01-01 UTC
    attached_at: int  #: position: tail then


@dataclass(frozen=True)
class ProducerStatus(EndStatus):
    """One producer, and what it did since it attached."""

    slot: int
    records: int  #: committed
    bytes: int  #: of payload
    refused: int  #: records, at a full ring, and counted
    aborted: int  #: claims


@dataclass(frozen=True)
class ArchiveStatus:
    """How far a ring's archive has come: where the first record begins that is not archived, or not durable."""

    written: int  #: position
    synced: int  #: position
    written_seq: int  #: of the archive
    synced_seq: int  #: of the archive


@dataclass(frozen=True)
class Blocked:
    """A claim that is not finished, and that the consumer waits for."""

    position: int
    slot: int | None  #: None: no producer says that it is its own
    since_ns: int | None  #: since 1970-01-01 UTC; None: no consumer has waited for it yet


@dataclass(frozen=True)
class RingStatus:
    """A look at what changes. Each number is true; together they may be a moment apart."""

    tail: int  #: position: all below is claimed
    consumed: int  #: position: all below is spoken for
    head: int  #: position: all below is free again
    records_consumed: int
    producers_attached: int  #: ever
    consumers_attached: int  #: ever
    total_records: int  #: over all producers there have ever been, as the next three
    total_bytes: int  #: of payload
    total_refused: int  #: records
    total_aborted: int  #: claims
    holes: int  #: claims of dead producers that consumers made skips of
    closed: bool  #: takes no more records
    quarantined: bool  #: nothing more can be read
    archive: ArchiveStatus | None
    blocked: Blocked | None
    consumer: EndStatus | None
    producers: tuple[ProducerStatus, ...]  #: attached, or dead without having detached


def _end_fields(end: Any) -> dict[str, Any]:
    return {
        "name": text_of(end.name),
        "pid": end.pid,
        "alive": end.alive,
        "attached_ns": end.attached_ns,
        "attached_at": end.attached_at,
    }


def end_of(end: Any) -> EndStatus:
    return EndStatus(**_end_fields(end))


def _producer_of(producer: Any) -> ProducerStatus:
    return ProducerStatus(
        **_end_fields(producer.end),
        slot=producer.slot,
        records=producer.records,
        bytes=producer.bytes,
        refused=producer.refused,
        aborted=producer.aborted,
    )


def info_from(ask: Any, pointer: Any) -> RingInfo:
    """What logbuf_..._info() says."""
    info = sized("logbuf_ring_info")
    check(ask(pointer, info))
    return RingInfo(
        name=text_of(info.name),
        uuid=UUID(bytes=bytes(info.uuid)),
        segment_size=info.segment_size,
        capacity=info.capacity,
        max_payload=info.max_payload,
        created_ns=info.created_ns,
        kind=Kind(info.kind),
        max_producers=info.max_producers,
        layout_version=info.layout_version,
        creator_pid=info.creator_pid,
        timestamps=info.timestamps,
    )


def status_from(ask: Any, pointer: Any) -> RingStatus:
    """What logbuf_..._status() says."""
    status = sized("logbuf_ring_status")
    room = 64
    while True:
        producers = ffi.new("logbuf_producer_status[]", room)
        check(ask(pointer, status, producers, room))
        if status.producers <= room:
            break
        room = status.producers
    archive = ArchiveStatus(
        status.archive_written, status.archive_synced, status.archive_written_seq, status.archive_synced_seq
    )
    slot = status.blocked_slot if status.blocked_slot >= 0 else None
    return RingStatus(
        tail=status.tail,
        consumed=status.consumed,
        head=status.head,
        records_consumed=status.records_consumed,
        producers_attached=status.producers_attached,
        consumers_attached=status.consumers_attached,
        total_records=status.total_records,
        total_bytes=status.total_bytes,
        total_refused=status.total_refused,
        total_aborted=status.total_aborted,
        holes=status.holes,
        closed=status.closed,
        quarantined=status.quarantined,
        archive=archive if status.has_archive else None,
        blocked=Blocked(status.blocked_position, slot, status.blocked_since_ns or None) if status.is_blocked else None,
        consumer=end_of(status.consumer) if status.has_consumer else None,
        producers=tuple(_producer_of(producers[i]) for i in range(status.producers)),
    )


def options_of(
    capacity: int,
    kind: Kind,
    max_producers: int,
    timestamps: bool,
    huge_pages: bool,
    mode: int = 0o600,
    group: str | None = None,
) -> tuple[Any, Any]:
    """Options for C, and what they point to."""
    options = sized("logbuf_segment_options")
    options.capacity = capacity
    options.kind = kind
    options.max_producers = max_producers
    options.mode = mode
    options.timestamps = timestamps
    options.huge_pages = huge_pages
    chars = NULL if group is None else ffi.new("char[]", bytes_of(group))
    options.group = chars
    return options, chars


class Ring:
    """A ring that has a name, to be looked at, closed and removed. Records go through its ends: see Producer, Consumer.

    Any number of threads may use it.
    """

    def __init__(self, name: str) -> None:
        """Opens what is there, and never creates. NoSuchRing, NotPermitted, NotARing, WrongLayout, DamagedRing."""
        made = ffi.new("logbuf_segment **")
        check(lib.logbuf_segment_open(bytes_of(name), made))
        self._pointer = ffi.gc(made[0], lib.logbuf_segment_free)

    @classmethod
    def open(cls, name: str) -> Ring:
        """The same as Ring(name)."""
        return cls(name)

    @classmethod
    def create(
        cls,
        name: str,
        capacity: int = 64 << 20,
        *,
        kind: Kind = Kind.MPSC,
        max_producers: int = 64,
        mode: int = 0o600,
        group: str | None = None,
        timestamps: bool = False,
        huge_pages: bool = False,
    ) -> Ring:
        """Makes the ring, complete, in one step; attaches to nothing.

        ``capacity``: bytes, a power of two, 4 KiB to 1 GiB. ``mode``, ``group``: whose it is. ``timestamps``: every
        record carries the time of its claim. RingExists, InvalidName, InvalidCapacity, InvalidOption, NoMemory.
        """
        options, _held = options_of(capacity, kind, max_producers, timestamps, huge_pages, mode, group)
        made = ffi.new("logbuf_segment **")
        check(lib.logbuf_segment_create(bytes_of(name), options, made))
        ring = cls.__new__(cls)
        ring._pointer = ffi.gc(made[0], lib.logbuf_segment_free)
        return ring

    @property
    def info(self) -> RingInfo:
        """What never changes."""
        return info_from(lib.logbuf_segment_info, self._pointer)

    def status(self) -> RingStatus:
        """What changes. Asks the kernel who is alive; never waits."""
        return status_from(lib.logbuf_segment_status, self._pointer)

    def close(self) -> None:
        """Closes the ring, for good and for everybody: producers are told so, the consumer gets what is in it.

        To stop looking at it, let this object go.
        """
        check(lib.logbuf_segment_close(self._pointer))

    def remove(self, removal: Removal = Removal.IF_EMPTY) -> None:
        """Takes the ring's name away, unless somebody needs it. RingInUse, RingNotEmpty, RingQuarantined,
        NoSuchRing."""
        check(lib.logbuf_segment_remove(self._pointer, removal))

    @staticmethod
    def unlink(name: str) -> None:
        """Takes the name away, whatever has it by now; who is attached goes on. For what cannot be opened."""
        check(lib.logbuf_segment_unlink(bytes_of(name)))

    def __repr__(self) -> str:
        return f"<Ring {self.info.name!r}>"


def rings() -> list[str]:
    """The names of this machine's rings, sorted. Whether they can be opened is another matter."""
    names: list[str] = []

    @ffi.callback("int(*)(const char *, void *)")  # type: ignore[misc]
    def each(name: Any, _context: Any) -> int:
        names.append(text_of(name))
        return 0

    check(lib.logbuf_segment_list(each, NULL))
    return names
