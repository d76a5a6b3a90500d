"""The C library, its declarations, and how its results become exceptions."""

from __future__ import annotations

import os
from typing import Any

from logbuf import _declarations, errors

ffi = _declarations.ffi


def _load() -> Any:
    wanted = os.environ.get("LOGBUF_LIBRARY") or _declarations.library
    try:
        # It stays to the end: at the interpreter's end handles may be the last to go.
        return ffi.dlopen(wanted, ffi.RTLD_NOW | ffi.RTLD_NODELETE)
    except OSError as error:
        raise ImportError(
            f"{wanted} cannot be loaded ({error}); install liblogbuf0, or say where it is in LOGBUF_LIBRARY"
        ) from None


lib: Any = _load()

OK: int = lib.LOGBUF_OK
NULL: Any = ffi.NULL

# How long a wait in C lasts at the most: between two of them Python looks for signals (Ctrl-C) and for a close().
SLICE_NS = 100_000_000


def text_of(chars: Any) -> str:
    """A zero-terminated string of C, or an array of char that holds one. Names may hold any byte."""
    return str(ffi.string(chars), "utf-8", "replace")


def bytes_of(name: str | os.PathLike[str] | None) -> Any:
    """A string for C; None is NULL."""
    if name is None:
        return NULL
    encoded = os.fsencode(name)
    if b"\0" in encoded:
        raise ValueError("a name holds a zero byte")
    return encoded


def _class_of(constant: str) -> type[errors.Error]:
    """LOGBUF_NO_SUCH_RING is NoSuchRing."""
    words = constant.removeprefix("LOGBUF_").split("_")
    found: type[errors.Error] = getattr(errors, "".join(word.capitalize() for word in words))
    return found


_CLASSES = {
    result: _class_of(constant) for result, constant in ffi.typeof("enum logbuf_error").elements.items() if result != OK
}


def failure(result: int) -> errors.Error:
    """The exception for what a function of C returned."""
    detail = ""
    if result < lib.LOGBUF_FULL:
        # Of setting up: the library has a sentence about it.
        detail = text_of(lib.logbuf_error_detail())
    kind = _CLASSES.get(result, errors.Error)
    if result < 0:
        kind = errors.SystemFailure
    return kind(result, detail or text_of(lib.logbuf_error_text(result)))


def check(result: int) -> None:
    if result != OK:
        raise failure(result)


def sized(type_name: str) -> Any:
    """A structure that says its own size, to be filled by the library."""
    structure = ffi.new(type_name + " *")
    structure.size = ffi.sizeof(type_name)
    return structure


def version() -> str:
    """The C library's version."""
    return text_of(lib.logbuf_version())
