"""What a Producer and a Sender have in common: claims, and how they end."""

from __future__ import annotations

from types import TracebackType
from typing import Any, TypeVar, Union

from logbuf._handle import Calls, Handle, slices
from logbuf._native import OK, bytes_of, check, failure, ffi, lib
from logbuf.errors import Busy

#: What can be written; besides these everything else that has its bytes in one piece (an array, for one).
Bytes = Union[bytes, bytearray, memoryview]


def at(data: Bytes) -> Any:
    """What C takes as a pointer to these bytes, and whose len() is their number."""
    if isinstance(data, str):
        raise TypeError("a record is bytes, not str: encode it, as text.encode()")
    return data if type(data) is bytes else ffi.from_buffer(data)


class _Open:
    """Space in the ring that is not committed yet."""

    #: Once it is committed: the record's, of a batch the last one's. See wait_durable().
    position: int | None = None

    def __init__(self, end: WritingEnd) -> None:
        self._end = end
        self._number = end._open

    def commit(self) -> int:
        """Publishes what was claimed, all at once; gives its position. NoClaim: it has ended already. BufferError: a
        part of a memoryview is still in use, which would lead into the committed record: drop it, and commit again."""
        self.position = self._end._commit(self._number)
        return self.position

    def abort(self) -> None:
        """Gives the space back; does nothing where that has ended already. BufferError: as commit()."""
        self._end._abort(self._number)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._end._open != self._number:
            return
        if kind is None:
            self.commit()
        else:
            self._let_go()

    def __del__(self) -> None:
        self._let_go()

    def _let_go(self) -> None:
        try:
            self.abort()
        except (BufferError, Busy):
            # The frames of an exception hold a part of it, for one: aborted before the next claim, or with the end.
            if self._end._open == self._number:
                self._end._abandoned = True


class Claim(_Open):
    """Space for one record. ``with`` gives its memoryview, commits at the end of the block, and aborts where an
    exception leaves the block. A claim that is forgotten is aborted, too."""

    def __init__(self, end: WritingEnd, data: memoryview) -> None:
        super().__init__(end)
        #: Where the payload goes: zero until it is written. Lives until commit or abort.
        self.data = data

    def __enter__(self) -> memoryview:
        return self.data


class ClaimBatch(_Open):
    """Space for several records, of which the consumer sees all or none. As a Claim, with a list of memoryviews."""

    def __init__(self, end: WritingEnd, data: list[memoryview]) -> None:
        super().__init__(end)
        #: Where the payloads go. Live until commit or abort.
        self.data = data

    def __enter__(self) -> list[memoryview]:
        return self.data


Self = TypeVar("Self", bound="WritingEnd")


class WritingEnd(Handle):
    """A ring's writing end. It has one claim at a time."""

    _c: Calls

    def __init__(self, ring: str, name: str | None = None) -> None:
        """Attaches to the ring. ``name``: the producer's, for people and for the archive; None: the program's.

        NoSuchRing, NoFreeSlot, RingClosed, RingQuarantined, NotPermitted, NoMemory, InvalidOption (the name).
        """
        made = ffi.new(self._c.pointer)
        check(self._c.attach(bytes_of(ring), bytes_of(name), made))
        super().__init__(ffi.gc(made[0], self._c.detach))
        self._prepare()

    def _prepare(self) -> None:
        self._open = 0  # the number of the claim that is open; 0: none
        self._abandoned = False
        self._asked = False  # C, for a claim that was not handed on: an exception of a signal's handler came between
        self._claims = 0
        self._bytes = ffi.new("void **")
        self._position = ffi.new("uint64_t *")

    def clone(self: Self) -> Self:
        """Another one, of the same ring and name, with a slot of its own: each thread may have one."""
        made = ffi.new(self._c.pointer)
        with self._lock:
            check(self._c.clone(self._opened(), made))
        return self._of(ffi.gc(made[0], self._c.detach))

    def detach(self) -> None:
        """Gives the slot back; aborts a claim that is open. Does nothing the second time."""
        self._close()

    def notify(self) -> None:
        """Wakes the consumer if it sleeps: one system call then, else none."""
        with self._lock:
            self._c.notify(self._opened())

    def wait_durable(self, position: int, timeout: float | None = None) -> None:
        """Waits until the record at `position` is durable in an archive, ``timeout`` seconds at the most.

        That is soon after with the archiver's ``--sync batch``, up to D later with ``--sync interval=D``, and only when
        a file is sealed with ``--sync none``. Any thread, beside other calls. Timeout; Disconnected: the ring is
        quarantined, or closed and nobody drains it.
        """
        result: int = lib.LOGBUF_TIMEOUT
        for slice_ns in slices(timeout):
            result = self._c.wait_durable(self._opened(), position, slice_ns)
            if result != lib.LOGBUF_TIMEOUT:
                break
        check(result)

    @property
    def max_payload(self) -> int:
        """The largest record, bytes."""
        with self._lock:
            return int(self._c.max_payload(self._opened()))

    @property
    def slot(self) -> int:
        """Its slot in the ring's producer table."""
        with self._lock:
            return int(self._c.slot(self._opened()))

    def is_closed(self) -> bool:
        """The ring was closed or quarantined: nothing can be claimed any more."""
        with self._lock:
            return bool(self._c.is_closed(self._opened()))

    def has_consumer(self) -> bool:
        """Is a consumer attached and alive? Asks the kernel."""
        with self._lock:
            return bool(self._c.has_consumer(self._opened()))

    def _ready(self) -> Any:
        """The handle, for a claim. A claim that was let go while parts of it were in use is aborted first."""
        pointer = self._opened()
        if self._abandoned or self._asked:
            self._end_claim(pointer)
        return pointer

    def _asks(self) -> Any:
        """The handle, to ask C for a claim: until `_asked` is False again, what is claimed in C is to be aborted."""
        pointer = self._ready()
        if self._open != 0:
            raise failure(lib.LOGBUF_BUSY)
        self._asked = True
        return pointer

    def _end_claim(self, pointer: Any) -> None:
        self._take_back()
        self._c.abort(pointer)
        self._open = 0
        self._abandoned = self._asked = False

    def _undo(self, pointer: Any) -> None:
        """For a claim that failed, or was interrupted by a signal's handler that raises: leaves nothing behind. What is
        claimed in C is this call's own: no other was open when it asked, and no other call has come between."""
        try:
            self._end_claim(pointer)
        except BufferError:
            self._abandoned = True

    def _claimed(self, pointer: Any, length: int) -> Claim:
        view = self._lend_writable(self._bytes[0], length)
        self._begin(pointer)
        return Claim(self, view)

    def _begin(self, pointer: Any) -> None:
        self._claims += 1
        self._open = self._claims
        self._asked = False
        if self._pointer is not pointer:
            # Another thread, or a signal's handler, has detached it while C was at work.
            self._opened()

    def _commit(self, number: int) -> int:
        self._begin_call()
        with self._lock:
            pointer = self._opened()
            if self._open != number:
                raise failure(lib.LOGBUF_NO_CLAIM)
            self._take_back()
            result = self._c.commit(pointer, self._position)
            self._asked = result != OK
            self._open = 0
            self._abandoned = False
            check(result)
            position: int = self._position[0]
            return position

    def _abort(self, number: int) -> None:
        self._begin_call()
        with self._lock:
            pointer = self._pointer
            if pointer is not None and self._open == number:
                self._end_claim(pointer)
