"""What a Consumer and a Receiver have in common: records that are given, batches, and questions."""

from __future__ import annotations

from enum import IntEnum
from types import TracebackType
from typing import Any

from logbuf._handle import Calls, Handle
from logbuf._native import OK, bytes_of, check, failure, ffi, lib
from logbuf.errors import Busy
from logbuf.record import Record
from logbuf.ring import EndStatus, RingInfo, RingStatus, end_of, info_from, status_from

_BUSY: int = lib.LOGBUF_BUSY
_NOTHING: int = lib.LOGBUF_NOTHING

# What C was asked for by a call that has not handed it on: an exception of a signal's handler has ended it.
_NONE, _RECORD, _BATCH = range(3)


class RingState(IntEnum):
    """Why a consumer gets no record."""

    READY = lib.LOGBUF_RING_READY  #: a record is committed
    EMPTY = lib.LOGBUF_RING_IS_EMPTY  #: all that was claimed has been read
    BLOCKED = lib.LOGBUF_RING_BLOCKED  #: the next claim is not finished
    QUARANTINED = lib.LOGBUF_RING_UNREADABLE  #: nothing more can be read


class Batch:
    """Several records, which are released together.

    An iterator over them, and a context manager: at the end of the block, also by an exception, what was iterated over
    is released, and what was not stays in the ring. The records' memoryviews live until then.
    """

    def __init__(self, end: ReadingEnd) -> None:
        self._end = end
        self._number = end._open

    def __iter__(self) -> Batch:
        return self

    def __next__(self) -> Record:
        record = self._end._next_of_batch(self._number)
        if record is None:
            raise StopIteration
        return record

    def release(self) -> None:
        """Ends the batch. Does nothing where it has ended. BufferError: a part of a record is still in use."""
        self._end._end_batch(self._number, keep=False)

    def keep(self) -> None:
        """Ends the batch and releases nothing: all of it stays in the ring, and comes again. BufferError: as
        release()."""
        self._end._end_batch(self._number, keep=True)

    def __enter__(self) -> Batch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is None:
            self.release()
        else:
            self._let_go()

    def __del__(self) -> None:
        self._let_go()

    def _let_go(self) -> None:
        try:
            self.release()
        except (BufferError, Busy):
            # The frames of an exception hold a part of it, for one: released before the next, or with the end.
            if self._end._open == self._number:
                self._end._abandoned = True


class ReadingEnd(Handle):
    """A ring's reading end: one at a time per ring, across processes. It has one record, or one batch, at a time."""

    _c: Calls

    def __init__(self, ring: str, name: str | None = None) -> None:
        """Takes the ring's reading end. ``name``: for people; None: the program's.

        ConsumerPresent (who it is stands in the detail), NoSuchRing, RingQuarantined, NotPermitted, NoMemory,
        InvalidOption (the name).
        """
        made = ffi.new(self._c.pointer)
        check(self._c.attach(bytes_of(ring), bytes_of(name), made))
        super().__init__(ffi.gc(made[0], self._c.detach))
        self._prepare()

    def _prepare(self) -> None:
        self._asked = _NONE
        self._one = False  # the open batch is a record that was not handed on
        self._out = False  # a record is given, and not released
        self._open = 0  # the number of the batch that is open; 0: none
        self._abandoned = False
        self._batches = 0
        self._record = ffi.new("logbuf_record *")

    def _consumer(self) -> Any:
        """The handle as a consumer's; for a call while self._lock is held."""
        raise NotImplementedError

    def detach(self) -> None:
        """Releases the last record, and gives the reading end back. What was not released stays in a named ring. Does
        nothing the second time. Where a part of a record's memoryview is still in use, all of that comes to pass when
        it no longer is."""
        self._close()

    def release(self) -> None:
        """Releases the last record, as getting the next one does. BufferError: a part of it is still in use."""
        self._begin_call()
        with self._lock:
            self._ready()

    def _ready(self) -> Any:
        """The handle, for the next record: the last one is released."""
        pointer = self._opened()
        if self._asked == _BATCH and self._open == 0:
            self._c.keep(pointer)
            self._asked = _NONE
        if (self._out and not self._one) or self._abandoned:
            self._take_back()
            if self._one and not self._out:
                self._asked = _RECORD
                result = OK
            else:
                result = self._c.release(pointer)
            self._out = self._one = self._abandoned = False
            self._open = 0
            # No claim: an exception of a signal's handler came when it had just been released.
            if result != OK and result != lib.LOGBUF_NO_CLAIM:
                raise failure(result)
        return pointer

    def _given(self, pointer: Any) -> Record:
        """The record that C has just given."""
        c = self._record
        view = self._lend(c.bytes, c.length)
        if self._pointer is not pointer:
            # Another thread, or a signal's handler, has detached it while C was at work.
            self._take_back()
            self._opened()
        return Record(view, c)

    def _asks_record(self) -> Any:
        """The handle, to ask C for a record: the last one is released. Busy: a batch is open."""
        pointer = self._ready()
        if self._open != 0:
            raise failure(_BUSY)
        self._asked = _RECORD
        return pointer

    def _record_from(self, pointer: Any, result: int) -> Record | None:
        """The record that C has given, now or (Busy) to a call that could not hand it on."""
        if result == OK or result == _BUSY:
            self._take_back()
            record = self._given(pointer)
            self._out = True
            self._asked = _NONE
            return record
        self._asked = _NONE
        return None

    def _was_not_handed_on(self, record: Record | None) -> None:
        """An exception of a signal's handler has ended the call that had this record: it comes with the next one."""
        if record is None:
            return
        with self._lock:
            if self._out and self._lent and self._lent[-1][0] is record.data:
                self._asked = _RECORD
                self._out = False

    def _take_now(self, pointer: Any) -> int:
        """Asks C for a record, without waiting."""
        raise NotImplementedError

    def _asks_batch(self) -> tuple[Any, bool]:
        """The handle, to ask C for a batch. True: there is a record that was not handed on, which is one by itself."""
        pointer = self._ready()
        if self._open != 0:
            raise failure(_BUSY)
        # Whether C gave it is not known: it is asked once more, and then there is one or there is none.
        if self._asked == _RECORD and self._take_now(pointer) in (OK, _BUSY):
            return pointer, True
        self._asked = _BATCH
        return pointer, False

    def _batch_from(self, result: int, one: bool) -> Batch | None:
        if result != OK:
            self._asked = _NONE
            return None
        self._one = one
        self._batches += 1
        self._open = self._batches
        self._asked = _NONE
        return Batch(self)

    def _next_of_batch(self, number: int) -> Record | None:
        self._begin_call()
        with self._lock:
            pointer = self._opened()
            if self._open != number:
                raise failure(lib.LOGBUF_NO_CLAIM)
            if self._one:
                if self._out:
                    return None
                self._take_back()
                self._out = True
                return self._given(pointer)
            result = self._c.next(pointer, self._record)
            if result == _NOTHING:
                return None
            check(result)
            return self._given(pointer)

    def _end_batch(self, number: int, keep: bool) -> None:
        self._begin_call()
        with self._lock:
            pointer = self._pointer
            if pointer is None or self._open != number:
                return
            self._take_back()
            if self._one and (keep or not self._out):
                self._asked = _RECORD
                result = OK
            else:
                result = self._c.keep(pointer) if keep else self._c.release(pointer)
            self._open = 0
            self._out = self._one = self._abandoned = False
            if result != lib.LOGBUF_NO_CLAIM:
                check(result)

    def state(self) -> RingState:
        """Why there is no record. Quarantines the ring where a header stands that nobody has claimed."""
        with self._lock:
            return RingState(lib.logbuf_consumer_state(self._consumer()))

    def is_closed(self) -> bool:
        """No producer can claim any more; what is in the ring can still be read."""
        with self._lock:
            return bool(lib.logbuf_consumer_is_closed(self._consumer()))

    def has_producers(self) -> bool:
        """Is any producer attached and alive? Asks the kernel, once per slot in use."""
        with self._lock:
            return bool(lib.logbuf_consumer_has_producers(self._consumer()))

    def had_producers(self) -> bool:
        """Did any producer ever attach to this ring?"""
        with self._lock:
            return bool(lib.logbuf_consumer_had_producers(self._consumer()))

    @property
    def position(self) -> int:
        """All below has been released."""
        with self._lock:
            return int(lib.logbuf_consumer_position(self._consumer()))

    @property
    def tail(self) -> int:
        """Position: all below has been claimed by now."""
        with self._lock:
            return int(lib.logbuf_consumer_tail(self._consumer()))

    @property
    def records_consumed(self) -> int:
        """The ring's count of records below position."""
        with self._lock:
            return int(lib.logbuf_consumer_records_consumed(self._consumer()))

    @property
    def info(self) -> RingInfo:
        """What never changes of the ring."""
        with self._lock:
            return info_from(lib.logbuf_consumer_info, self._consumer())

    def status(self) -> RingStatus:
        """What changes. Asks the kernel who is alive; never waits."""
        with self._lock:
            return status_from(lib.logbuf_consumer_status, self._consumer())

    def producer(self, slot: int) -> EndStatus:
        """Who has this slot now, without asking whether it is alive (``alive`` is False)."""
        end = ffi.new("logbuf_end_status *")
        with self._lock:
            check(lib.logbuf_consumer_producer(self._consumer(), slot, end))
        return end_of(end)

