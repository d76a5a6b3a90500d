"""No memoryview leads to memory that is no longer its own."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest

import logbuf
from conftest import LONG, Python


def test_a_record_is_a_view_of_the_ring_and_not_to_be_written() -> None:
    producer, consumer = logbuf.queue(4096)
    producer.write(b"1234")
    record = consumer.claim()
    assert record is not None and isinstance(record.data, memoryview)
    assert record.data.readonly
    with pytest.raises(TypeError):
        record.data[0] = 1


def test_a_record_is_over_when_the_next_one_is_given() -> None:
    producer, consumer = logbuf.queue(4096)
    producer.write_batch([b"first", b"second"])
    records = list(consumer)
    for record in records:
        with pytest.raises(ValueError):
            bytes(record)
        assert "released" in repr(record)
    sender, receiver = logbuf.channel(4096)
    sender.send(b"last")
    data = receiver.recv().data
    receiver.release()
    with pytest.raises(ValueError):
        data.tobytes()


def test_a_copy_is_yours_to_keep() -> None:
    producer, consumer = logbuf.queue(4096, timestamps=True)
    producer.write(b"first", 5)
    record = consumer.claim()
    assert record is not None
    copied = record.copy()
    assert consumer.claim() is None
    assert (bytes(copied), copied.type, copied.time_ns) == (b"first", 5, record.time_ns)
    assert type(copied) is type(record)


@pytest.mark.parametrize(
    "keep",
    [
        lambda data: data[2:4],
        lambda data: memoryview(data),
        lambda data: data.cast("H"),
        lambda data: struct.iter_unpack("B", data),
        lambda data: data.obj,
    ],
    ids=["slice", "view", "cast", "iterator", "buffer"],
)
def test_while_a_part_of_a_record_is_in_use_the_next_is_refused_and_nothing_is_lost(
    keep: Callable[[memoryview], object]
) -> None:
    sender, receiver = logbuf.channel(4096)
    sender.send(b"first!")
    sender.send(b"second")
    part = keep(receiver.recv().data)
    steps: list[Callable[[], object]] = [receiver.recv, receiver.recv_batch, receiver.release]
    for again in steps:
        with pytest.raises(BufferError, match="still in use"):
            again()
    status = receiver.status()
    assert status.records_consumed == 0 and status.head == 0
    del part
    assert bytes(receiver.recv()) == b"second"


def test_a_part_of_a_record_that_only_garbage_holds_is_no_obstacle() -> None:
    producer, consumer = logbuf.queue(4096)
    producer.write_batch([b"first", b"second"])
    record = consumer.claim()
    assert record is not None
    cycle: list[object] = [record.data[1:]]
    cycle.append(cycle)
    del cycle
    record = consumer.claim()
    assert record is not None and bytes(record) == b"second"


def test_while_a_part_of_a_batch_is_in_use_it_does_not_end() -> None:
    producer, consumer = logbuf.queue(4096)
    producer.write_batch([b"first", b"second"])
    batch = consumer.claim_batch()
    assert batch is not None
    first, second = batch
    part = first.data[1:3]
    for end in (batch.release, batch.keep):
        with pytest.raises(BufferError):
            end()
    assert bytes(part) == b"ir" and consumer.records_consumed == 0
    del part
    batch.release()
    assert consumer.records_consumed == 2
    with pytest.raises(ValueError):
        bytes(second)


def test_a_claims_view_does_not_lead_into_the_committed_record() -> None:
    producer, consumer = logbuf.queue(4096)
    with producer.claim(4) as view:
        view[:] = b"true"
    with pytest.raises(ValueError):
        view[:] = b"fake"
    assert [bytes(record) for record in consumer] == [b"true"]


def test_while_a_part_of_a_claim_is_in_use_it_is_not_committed() -> None:
    producer, consumer = logbuf.queue(4096)
    claim = producer.claim(4)
    with pytest.raises(BufferError, match="still in use"):
        with claim as view:
            part = view[2:]
            view[:2] = b"ab"
    assert consumer.claim() is None
    part[:] = b"cd"
    del part
    claim.commit()
    assert [bytes(record) for record in consumer] == [b"abcd"]


def test_a_claim_that_was_left_with_a_part_in_use_is_aborted_before_the_next() -> None:
    producer, consumer = logbuf.queue(4096)
    parts = []
    with pytest.raises(KeyError):
        with producer.claim(4) as view:
            parts.append(view[2:])
            raise KeyError
    with pytest.raises(BufferError):
        producer.write(b"next")
    parts.clear()
    producer.write(b"next")
    assert [bytes(record) for record in consumer] == [b"next"]
    assert consumer.status().total_aborted == 1


def test_a_part_of_a_record_outlives_the_end_that_gave_it(ring: str) -> None:
    with logbuf.Producer(ring) as producer:
        producer.write(b"first")
        producer.write(b"second")
    with logbuf.Consumer(ring) as consumer:
        record = consumer.claim()
        assert record is not None
        part = record.data[1:3]
    with pytest.raises(ValueError):
        bytes(record)
    assert bytes(part) == b"ir"
    with pytest.raises(logbuf.ConsumerPresent):
        logbuf.Consumer(ring)
    del part
    with logbuf.Consumer(ring) as consumer:
        assert [bytes(record) for record in consumer] == [b"second"]


def test_a_part_of_a_claim_outlives_the_end_that_gave_it(ring: str) -> None:
    with logbuf.Producer(ring) as producer:
        claim = producer.claim(4)
        part = claim.data[1:]
    part[:] = b"abc"
    assert logbuf.Ring(ring).status().blocked is not None
    del part
    status = logbuf.Ring(ring).status()
    assert status.blocked is None and status.producers == () and status.total_aborted == 1


def test_the_view_of_an_end_that_nobody_holds_is_over() -> None:
    producer, consumer = logbuf.queue(4096)
    producer.write(b"1234")
    record = consumer.claim()
    assert record is not None
    del consumer
    with pytest.raises(ValueError):
        record.data[0]


def test_an_interpreter_ends_well_with_everything_open(ring: str) -> None:
    code = """
producer = logbuf.Producer(sys.argv[1])
consumer = logbuf.Consumer(sys.argv[1])
producer.write(b"first")
record = consumer.claim()
part = record.data[1:]
claim = producer.claim(100)
view = claim.data
peek = logbuf.Peek(sys.argv[1])
seen = peek.next()
class Late:
    def __del__(self):
        bytes(part)
late = Late()
builtins = sys.modules["builtins"]
builtins.held = (consumer, producer, part, late)
"""
    with Python(code, ring) as python:
        assert python.end() == (0, "", "")
    status = logbuf.Ring(ring).status()
    assert status.blocked is None or not status.producers[0].alive
    with logbuf.Receiver(ring) as receiver:
        with pytest.raises(logbuf.Disconnected):
            while receiver.recv(LONG):
                pass
