"""One million records from one process to another, in memory that does not grow."""

from __future__ import annotations

from conftest import Python

RECORDS = 1_000_000
FEW = 100_000

# Of the process itself, in KiB, without what is resident of the ring.
_MEMORY = """
def resident():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("RssAnon:"))
few, records = map(int, sys.argv[2:4])
"""

_SEND = (
    _MEMORY
    + """
with logbuf.Sender(sys.argv[1], "feed") as sender:
    for number in range(records):
        if number == few:
            print(resident(), flush=True)
        if number % 8 == 0:
            with sender.claim(24, 1) as view:
                view[:] = b"%024d" % number
        else:
            sender.send(b"%024d" % number)
    print(resident())
"""
)

_RECEIVE = (
    _MEMORY
    + """
with logbuf.Receiver(sys.argv[1]) as receiver:
    for number, record in enumerate(receiver):
        if number == few:
            print(resident(), flush=True)
        if number % 8:
            assert record.data == b"%024d" % number and record.type == 0, number
        else:
            assert int(bytes(record)) == number and record.type == 1
    assert number == records - 1, number
    print(resident())
"""
)


def test_a_million_records_come_out_as_they_went_in_and_memory_stays_flat(ring: str) -> None:
    arguments = (ring, FEW, RECORDS)
    with Python(_RECEIVE, *arguments) as receiver, Python(_SEND, *arguments) as sender:
        for process in (sender, receiver):
            before = int(process.line())
            code, out, err = process.end()
            assert (code, err) == (0, "")
            # One object a record would be more than 50 MB.
            assert int(out) - before < 1024, f"grew from {before} to {out} KiB"


def test_what_a_batch_lends_does_not_pile_up(ring: str) -> None:
    program = (
        _MEMORY
        + """
producer, consumer = logbuf.queue(1 << 16)
seen = 0
before = None
while seen < records:
    producer.write_batch([b"x" * 10] * 500)
    with producer.claim_batch([10] * 500) as views:
        for view in views:
            view[0] = 1
    with consumer.claim_batch() as batch:
        seen += sum(1 for record in batch)
    if before is None and seen >= few:
        before = resident()
print(resident() - before)
"""
    )
    with Python(program, ring, FEW // 2, RECORDS // 4) as python:
        code, out, err = python.end()
        assert (code, err) == (0, "")
        assert int(out) < 1024


