"""What a handle of the C library is in Python, and how memory that it lends is never looked at behind its end.

A memoryview of a record points into the ring. Before the record goes back, the view that was given out is released:
whoever uses it then gets a ValueError. Of parts of it (``view[4:8]``, an array made over it) Python cannot know that,
but all of them hold the buffer object below: while somebody else holds it, the record cannot go back, which is a
BufferError.
"""

from __future__ import annotations

import atexit
import gc
import os
import threading
import time
import weakref
from collections.abc import Iterator
from itertools import repeat
from sys import getrefcount
from types import TracebackType
from typing import Any, TypeVar

from logbuf._native import SLICE_NS, failure, ffi, lib

_KEPT = (
    "a part of the last record's or claim's memoryview is still in use (a slice in a variable, an array over it): "
    "copy what is to be kept, as bytes(data[4:8]), or del the part first"
)


def _references(lent: tuple[memoryview, Any]) -> int:
    view, buffer = lent
    view.release()
    return getrefcount(buffer)


# As many as there are where nobody else has one.
_buffer = ffi.buffer(ffi.new("char[1]"))
_alone = (memoryview(_buffer), _buffer)
del _buffer
_ALONE = _references(_alone)
del _alone

# While a part of what a closed handle lent is in use, its C handle lives on.
_outliving: dict[int, tuple[Any, Any]] = {}
_ending = False


def _outlive(buffer: Any, pointer: Any) -> None:
    number = id(buffer)
    _outliving[number] = weakref.ref(buffer, lambda _: _outliving.pop(number, None)), pointer
    if _ending:
        ffi.gc(pointer, None)


@atexit.register
def _end() -> None:
    """Nobody knows in which order things go from here on: what has outlived its handle is left to the kernel."""
    global _ending
    _ending = True
    for _, pointer in _outliving.values():
        ffi.gc(pointer, None)


# Of this process, for fork().
_handles: weakref.WeakSet[Handle] = weakref.WeakSet()


def _renew_locks() -> None:
    """In a child: the threads that were in a call are not here, and what they hold nobody releases."""
    for handle in list(_handles):
        handle._lock = threading.RLock()


os.register_at_fork(after_in_child=_renew_locks)


class Calls:
    """The functions of C of one kind of end, without what their names begin with."""

    def __init__(self, end: str) -> None:
        self._prefix = f"logbuf_{end}_"
        self.pointer = f"logbuf_{end} **"

    def __getattr__(self, name: str) -> Any:
        # Asked once for each: from then on it is an attribute like others.
        function = getattr(lib, self._prefix + name)
        setattr(self, name, function)
        return function


Self = TypeVar("Self", bound="Handle")


class Handle:
    """Something of the C library, which is ended once. Its calls take turns: one thread at a time is in it."""

    # Until there is one: a constructor may fail, and then __del__ comes nevertheless.
    _pointer: Any = None

    def __init__(self, pointer: Any) -> None:
        # A reentrant lock: a signal's handler must be told that it has interrupted a call, and not wait for it.
        self._lock: Any = threading.RLock()
        self._lent: list[tuple[memoryview, Any]] = []
        # Ended by the last who holds it, and who is in a call holds it.
        self._pointer = pointer
        _handles.add(self)

    @classmethod
    def _of(cls: type[Self], pointer: Any) -> Self:
        """Around what another function of C has made."""
        made = cls.__new__(cls)
        Handle.__init__(made, pointer)
        made._prepare()
        return made

    def _prepare(self) -> None:
        """What a class needs besides the pointer."""

    def _begin_call(self) -> None:
        """Before the lock is taken, for what gives or takes records or claims. Busy: this thread is in a call already,
        which a signal's handler has interrupted; what it has got from C is its own."""
        if self._lock._is_owned():
            raise failure(lib.LOGBUF_BUSY)

    def _opened(self) -> Any:
        pointer = self._pointer
        if pointer is None:
            raise ValueError(f"this {type(self).__name__} is closed")
        return pointer

    def _lend(self, memory: Any, length: int) -> memoryview:
        """A read-only memoryview of memory of C's, until _take_back()."""
        buffer = ffi.buffer(memory, length)
        view = memoryview(buffer).toreadonly()
        self._lent.append((view, buffer))
        return view

    def _lend_writable(self, memory: Any, length: int) -> memoryview:
        buffer = ffi.buffer(memory, length)
        view = memoryview(buffer)
        self._lent.append((view, buffer))
        return view

    def _take_back(self) -> None:
        """Ends the memoryviews that were lent. BufferError: a part of one is in use; then the rest is still lent."""
        lent = self._lent
        while lent:
            try:
                kept = _references(lent[-1]) != _ALONE
                if kept:
                    # A cycle of garbage may hold it, an exception with its frames for one.
                    gc.collect()
                    kept = _references(lent[-1]) != _ALONE
            except BufferError:
                kept = True
            if kept:
                raise BufferError(_KEPT)
            # A signal's handler may have detached this and cleared the list.
            if lent:
                lent.pop()

    def _close(self) -> None:
        pointer, self._pointer = self._pointer, None
        if pointer is None:
            return
        with self._lock:
            try:
                self._take_back()
            except BufferError:
                for _, buffer in self._lent:
                    _outlive(buffer, pointer)
                self._lent.clear()

    def __enter__(self: Self) -> Self:
        self._opened()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._close()

    def __del__(self) -> None:
        self._close()


def slices(timeout: float | None) -> Iterator[int]:
    """How long to wait in C, in ns, again and again until the time is over. (Never: the caller leaves by itself.)"""
    return repeat(SLICE_NS) if timeout is None else _slices_until(time.monotonic_ns() + max(0, round(timeout * 1e9)))


def _slices_until(end_ns: int) -> Iterator[int]:
    left_ns = end_ns - time.monotonic_ns()
    while left_ns > SLICE_NS:
        yield SLICE_NS
        left_ns = end_ns - time.monotonic_ns()
    yield max(0, left_ns)
