"""What goes wrong, as exceptions: a class for each result of the C functions that is no success.

All are ``logbuf.Error``. ``code`` is the C function's result (``enum logbuf_error`` in <logbuf/c/error.h>, or an errno
with a minus sign), ``detail`` the sentence that ``str()`` gives: what was wrong with which thing, and what to do.
"""

from __future__ import annotations

import errno


class Error(Exception):
    """What all failures of logbuf are."""

    def __init__(self, code: int, detail: str) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        return self.detail


class SystemFailure(Error, OSError):
    """The operating system refused something; ``errno`` says what."""

    def __init__(self, code: int, detail: str) -> None:
        super().__init__(code, detail)
        self.errno = -code


class InvalidName(Error):
    """A ring's name outside ``[A-Za-z0-9._-]{1,128}``."""


class InvalidCapacity(Error):
    """Not a power of two, too small or too large."""


class InvalidOption(Error):
    """A number of producers, a mode, a group, a name that cannot be."""


class NoSuchRing(Error):
    """No ring has this name."""


class RingExists(Error):
    """The name of a ring to be made is taken."""


class NotPermitted(Error):
    """The object's mode keeps us out; or fork() has copied the handle."""


class NoMemory(Error):
    """/dev/shm has not that much room."""


class NotARing(Error):
    """The object's first bytes are not a ring's."""


class WrongLayout(Error):
    """A ring of another layout version."""


class DamagedRing(Error):
    """Header, size or positions contradict each other."""


class WrongKind(Error):
    """An end that the ring's kind does not have."""


class NoFreeSlot(Error):
    """As many producers are attached as the ring has slots."""


class ConsumerPresent(Error):
    """The ring has a living consumer."""


class RingClosed(Error):
    """The ring takes no more producers."""


class RingQuarantined(Error):
    """A record was found that no producer of ours can have written."""


class NotAnArchive(Error):
    """A directory or file that holds no archive."""


class ArchiveInUse(Error):
    """Another writer holds the directory."""


class WrongArchiveVersion(Error):
    """An archive format that this library does not know."""


class DamagedArchive(Error):
    """A file header that fails its checksum."""


class WrongRing(Error):
    """The archive and the ring cannot belong together."""


class RingInUse(Error):
    """A ring that was to be removed has a living producer or consumer."""


class RingNotEmpty(Error):
    """A ring that was to be removed holds records."""


class Full(Error):
    """No room in the ring now."""


class TooLarge(Error):
    """It never fits in the ring: see ``max_payload``."""


class Empty(Error):
    """A record of no bytes cannot be."""


class Disconnected(Error):
    """The ring is closed, or the other side is gone; or fork() has copied the handle."""


class Busy(Error):
    """The last claim or batch is still open."""


class Timeout(Error, TimeoutError):
    """The time is over."""

    def __init__(self, code: int, detail: str) -> None:
        super().__init__(code, detail)
        self.errno = errno.ETIMEDOUT


class Nothing(Error):
    """There is no record (yet)."""


class NoClaim(Error):
    """No claim or batch is open (any more)."""


class InvalidArgument(Error):
    """An argument that cannot be."""


class Internal(Error):
    """A failure that should not be: please report it."""
