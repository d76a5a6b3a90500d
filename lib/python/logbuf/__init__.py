"""logbuf: bytes out of the hot path of many processes, at once, and safely on disk a moment later.

A ring of records in shared memory has one reading end and up to 4096 writing ends, in any processes of the machine::

    import logbuf

    logbuf.Ring.create("orders", 1 << 20)              # once, by anyone

    with logbuf.Sender("orders") as sender:            # in any process
        sender.send(b"buy 100")                        # copied once, into the ring
        with sender.claim(8, type=7) as view:          # or written in place:
            struct.pack_into("<q", view, 0, 4711)      # committed at the end of the block

    with logbuf.Receiver("orders") as receiver:        # in one process; or logbuf-archiver takes them to disk
        for record in receiver:
            print(record.type, bytes(record))          # record.data is a memoryview of the ring itself

    with logbuf.Archive("archive/orders") as archive:  # what logbuf-archiver has written
        for entry in archive.since(datetime.now(timezone.utc) - timedelta(hours=1)):
            print(entry)

| never waits | waits      |                                   |
|-------------|------------|-----------------------------------|
| Producer    | Sender     | writes: write(), send(), claim()  |
| Consumer    | Receiver   | reads: claim(), recv(), iteration |
| Peek        | Peek.wait  | looks, and takes nothing          |
| Archive     | .follow()  | reads files                       |

**Memoryviews.** They point into the ring, or into the archive's block; nothing is copied. A record's lives until its
end gives the next record, a claim's until commit. It is released then: using it is a ValueError, never a look at other
memory. While a part of it is in use elsewhere (a slice in a variable, a NumPy array over it), the next step is refused
with a BufferError and nothing is lost; where an end is detached, its memory stays until that part is gone.
``bytes(record)`` and ``record.copy()`` are yours to keep. (CPython counts references; that is what this rests on.)

**Threads.** Every object may be used by several threads, one after the other: calls take turns, and other threads run
while one waits. A claim or a record belongs to the object, not to a thread: give each thread an end of its own.

**Processes.** After fork() the child's copies refuse (Disconnected): attach anew there. A process that dies leaves
nothing behind that another waits for: its open claim becomes a skip, and its last record, if it had not got the next,
comes again.

**Failures** are exceptions, all of them logbuf.Error; see logbuf.errors. What is closed says so by ValueError.
"""

from logbuf._native import version
from logbuf._reading import Batch, RingState
from logbuf._writing import Bytes, Claim, ClaimBatch
from logbuf.archive import Archive, ArchiveRecord, ArchivedRing, Gap, Totals, is_archive
from logbuf.consumer import Consumer
from logbuf.errors import (
    ArchiveInUse,
    Busy,
    ConsumerPresent,
    DamagedArchive,
    DamagedRing,
    Disconnected,
    Empty,
    Error,
    Full,
    Internal,
    InvalidArgument,
    InvalidCapacity,
    InvalidName,
    InvalidOption,
    NoClaim,
    NoFreeSlot,
    NoMemory,
    NoSuchRing,
    NotARing,
    NotAnArchive,
    NotPermitted,
    Nothing,
    RingClosed,
    RingExists,
    RingInUse,
    RingNotEmpty,
    RingQuarantined,
    SystemFailure,
    Timeout,
    TooLarge,
    WrongArchiveVersion,
    WrongKind,
    WrongLayout,
    WrongRing,
)
from logbuf.pairs import channel, queue
from logbuf.peek import Missed, Peek, PeekedRecord
from logbuf.producer import Producer
from logbuf.receiver import Receiver
from logbuf.record import Record
from logbuf.ring import (
    ArchiveStatus,
    Blocked,
    EndStatus,
    Kind,
    ProducerStatus,
    Removal,
    Ring,
    RingInfo,
    RingStatus,
    rings,
)
from logbuf.sender import Sender

__version__ = version()

__all__ = [
    "Archive",
    "ArchiveInUse",
    "ArchiveRecord",
    "ArchiveStatus",
    "ArchivedRing",
    "Batch",
    "Blocked",
    "Busy",
    "Bytes",
    "Claim",
    "ClaimBatch",
    "Consumer",
    "ConsumerPresent",
    "DamagedArchive",
    "DamagedRing",
    "Disconnected",
    "Empty",
    "EndStatus",
    "Error",
    "Full",
    "Gap",
    "Internal",
    "InvalidArgument",
    "InvalidCapacity",
    "InvalidName",
    "InvalidOption",
    "Kind",
    "Missed",
    "NoClaim",
    "NoFreeSlot",
    "NoMemory",
    "NoSuchRing",
    "NotARing",
    "NotAnArchive",
    "NotPermitted",
    "Nothing",
    "Peek",
    "PeekedRecord",
    "Producer",
    "ProducerStatus",
    "Receiver",
    "Record",
    "Removal",
    "Ring",
    "RingClosed",
    "RingExists",
    "RingInUse",
    "RingInfo",
    "RingNotEmpty",
    "RingQuarantined",
    "RingState",
    "RingStatus",
    "Sender",
    "SystemFailure",
    "Timeout",
    "TooLarge",
    "Totals",
    "WrongArchiveVersion",
    "WrongKind",
    "WrongLayout",
    "WrongRing",
    "channel",
    "is_archive",
    "queue",
    "rings",
    "version",
]
