"""Both ends of a ring without a name, for the threads of one process."""

from __future__ import annotations

from typing import Any

from logbuf._native import check, ffi, lib
from logbuf.consumer import Consumer
from logbuf.producer import Producer
from logbuf.receiver import Receiver
from logbuf.ring import Kind, options_of
from logbuf.sender import Sender


def _create(create: Any, options: Any, writing: Any, reading: Any) -> tuple[Any, Any]:
    first = ffi.new(writing._c.pointer)
    second = ffi.new(reading._c.pointer)
    check(create(options, first, second))
    return (
        writing._of(ffi.gc(first[0], writing._c.detach)),
        reading._of(ffi.gc(second[0], reading._c.detach)),
    )


def queue(
    capacity: int = 64 << 20,
    *,
    kind: Kind = Kind.MPSC,
    max_producers: int = 64,
    timestamps: bool = False,
    huge_pages: bool = False,
) -> tuple[Producer, Consumer]:
    """Ends that never wait. The options are those of Ring.create(). A clone() of the producer for each thread."""
    options, _held = options_of(capacity, kind, max_producers, timestamps, huge_pages)
    made: tuple[Producer, Consumer] = _create(lib.logbuf_queue_create, options, Producer, Consumer)
    return made


def channel(
    capacity: int = 64 << 20,
    *,
    kind: Kind = Kind.MPSC,
    max_producers: int = 64,
    timestamps: bool = False,
    huge_pages: bool = False,
) -> tuple[Sender, Receiver]:
    """Ends that wait. Detaching the receiver, or the last sender, disconnects the other side. As queue()."""
    options, _held = options_of(capacity, kind, max_producers, timestamps, huge_pages)
    made: tuple[Sender, Receiver] = _create(lib.logbuf_channel_create, options, Sender, Receiver)
    return made
