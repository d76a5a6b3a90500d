"""Records go in and come out."""

from __future__ import annotations

import array
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import Any

import pytest

import logbuf
from logbuf import Ring


def test_what_is_written_is_read(name: str) -> None:
    Ring.create(name, 1 << 20, timestamps=True)
    before = time.time_ns()
    with logbuf.Producer(name) as producer, logbuf.Consumer(name) as consumer:
        position = producer.write(b"order", 7)
        record = consumer.claim()
        assert record is not None
        assert (record.data, bytes(record), record.type) == (b"order", b"order", 7)
        assert (record.position, record.slot) == (position, producer.slot)
        assert record.time_ns is not None and before <= record.time_ns <= time.time_ns()
        assert isinstance(record.time, datetime) and record.time.tzinfo is timezone.utc
        assert record.time.timestamp() == pytest.approx(record.time_ns / 1e9)
        assert consumer.claim() is None


def test_without_timestamps_a_record_has_no_time() -> None:
    producer, consumer = logbuf.queue(4096)
    producer.write(b"x")
    record = consumer.claim()
    assert record is not None and record.time is None and record.time_ns is None


def test_everything_that_holds_bytes_can_be_written() -> None:
    producer, consumer = logbuf.queue(4096)
    sender, receiver = logbuf.channel(4096)
    for data in (b"1234", bytearray(b"1234"), memoryview(b"01234")[1:], array.array("B", b"1234")):
        producer.write(data)  # type: ignore[arg-type]
        sender.send(data)  # type: ignore[arg-type]
        sender.try_send(data)  # type: ignore[arg-type]
        assert [bytes(record) for record in consumer] == [b"1234"]
        assert [bytes(receiver.recv()), bytes(receiver.recv())] == [b"1234"] * 2
    with pytest.raises(BufferError):
        producer.write(memoryview(b"12345678")[::2])
    with pytest.raises(TypeError):
        producer.write("text")  # type: ignore[arg-type]


@pytest.mark.parametrize("make", [logbuf.queue, logbuf.channel])
def test_a_claim_is_committed_at_the_end_of_its_block(
    make: Callable[..., tuple[logbuf.Sender, logbuf.Receiver]]
) -> None:
    writing, reading = make(4096)
    claim = writing.claim(4, 3)
    with claim as view:
        assert len(view) == 4 and not view.readonly
        view[:2] = b"ab"
    assert claim.position == 0
    records = [(bytes(record), record.type) for record in _all(reading)]
    assert records == [(b"ab\0\0", 3)]


def _all(reading: logbuf.Receiver | logbuf.Consumer) -> list[logbuf.Record]:
    """Copies of what there is now."""
    get = reading.claim if isinstance(reading, logbuf.Consumer) else reading.try_recv
    records = []
    while (record := get()) is not None:
        records.append(record.copy())
    return records


@pytest.mark.parametrize("make", [logbuf.queue, logbuf.channel])
def test_a_claim_is_aborted_where_an_exception_leaves_its_block(
    make: Callable[..., tuple[logbuf.Sender, logbuf.Receiver]]
) -> None:
    writing, reading = make(4096)
    with pytest.raises(KeyError):
        with writing.claim(4) as view:
            view[:] = b"half"
            raise KeyError
    assert _all(reading) == [] and reading.status().total_aborted == 1
    with writing.claim(4) as view:
        view[:] = b"next"
    assert [bytes(record) for record in _all(reading)] == [b"next"]


def test_a_claim_that_is_forgotten_is_aborted() -> None:
    producer, consumer = logbuf.queue(4096)
    view = producer.claim(4).data
    with pytest.raises(ValueError):
        view[0] = 1
    assert consumer.status().total_aborted == 1
    producer.write(b"next")
    assert [bytes(record) for record in consumer] == [b"next"]


def test_a_claim_ends_once() -> None:
    producer, consumer = logbuf.queue(4096)
    claim = producer.claim(4)
    claim.commit()
    with pytest.raises(logbuf.NoClaim):
        claim.commit()
    claim.abort()
    with producer.claim(4) as view:
        view[:] = b"next"
        claim.abort()
    with producer.claim(4) as view:
        view[:] = b"none"
        with pytest.raises(logbuf.Busy):
            producer.claim(4)
        with pytest.raises(logbuf.Busy):
            producer.write(b"1")
    assert [bytes(record) for record in consumer] == [b"\0\0\0\0", b"next", b"none"]


def test_an_end_within_its_block_is_the_end() -> None:
    producer, consumer = logbuf.queue(4096)
    claim = producer.claim(4)
    with claim:
        claim.abort()
    claim = producer.claim(4)
    with claim as view:
        view[:] = b"done"
        claim.commit()
    assert [bytes(record) for record in consumer] == [b"done"]


def test_a_full_ring_is_an_exception_and_counts_what_is_dropped() -> None:
    producer, consumer = logbuf.queue(4096)
    with pytest.raises(logbuf.Full):
        while True:
            producer.write(b"x" * 100)
    assert consumer.status().total_refused == 0
    with pytest.raises(logbuf.Full):
        producer.write(b"x" * 100, drop=True)
    with pytest.raises(logbuf.Full):
        producer.claim(100, drop=True)
    with pytest.raises(logbuf.Full):
        producer.write_batch([b"x" * 100] * 2, drop=True)
    assert consumer.status().total_refused == 4
    consumer.claim()
    consumer.release()
    producer.write(b"x" * 100)


def test_a_sender_that_finds_the_ring_full_at_once_or_after_its_time_says_so() -> None:
    sender, receiver = logbuf.channel(4096)
    with pytest.raises(logbuf.Full):
        while True:
            sender.send(b"x" * 100, timeout=0)
    assert receiver.status().total_refused == 0
    with pytest.raises(logbuf.Full):
        sender.send(b"x" * 100, timeout=0.15)
    with pytest.raises(logbuf.Full):
        sender.claim(100, timeout=0.15)
    assert receiver.status().total_refused == 0
    with pytest.raises(logbuf.Full):
        sender.try_send(b"x" * 100)
    with pytest.raises(logbuf.Full):
        sender.try_claim(100)
    assert receiver.status().total_refused == 2


def test_what_can_never_fit_and_what_is_nothing_is_refused() -> None:
    producer, _ = logbuf.queue(4096)
    producer.write(b"x" * producer.max_payload)
    with pytest.raises(logbuf.TooLarge):
        producer.write(b"x" * (producer.max_payload + 1))
    with pytest.raises(logbuf.Empty):
        producer.write(b"")
    with pytest.raises(OverflowError):
        producer.write(b"x", 1 << 16)
    with pytest.raises(OverflowError):
        producer.claim(-1)


def test_a_batch_is_written_as_one_and_read_as_one() -> None:
    producer, consumer = logbuf.queue(1 << 16)
    batch = producer.claim_batch([1, 2, 3], 9)
    with batch as views:
        for number, view in enumerate(views, 1):
            view[:] = b"%d" % number * number
        assert consumer.claim() is None
    last = producer.write_batch([b"4", bytearray(b"55")])
    assert batch.position is not None and batch.position < last
    reading = consumer.claim_batch()
    assert reading is not None
    with reading:
        records = list(reading)
        assert [bytes(record) for record in records] == [b"1", b"22", b"333", b"4", b"55"]
        assert [record.type for record in records] == [9, 9, 9, 0, 0]
        assert records[-1].position == last
        with pytest.raises(logbuf.Busy):
            consumer.claim()
    assert consumer.claim_batch() is None and consumer.records_consumed == 5


def test_what_says_another_length_the_second_time_gets_what_it_said_the_first() -> None:
    class Longer:
        length = 4

        def __index__(self) -> int:
            self.length, length = self.length * 2, self.length
            return length

    class Lengths(list[int]):
        turns = 0

        def __iter__(self) -> Iterator[int]:
            self.turns += 1
            return iter([4, 4] if self.turns == 1 else [4, 1 << 30])

    producer, _ = logbuf.queue(4096)
    sender, _receiver = logbuf.channel(4096)
    with producer.claim_batch(Lengths([4, 4])) as views:
        assert [len(view) for view in views] == [4, 4]
    claims: list[Callable[[Any], logbuf.Claim]] = [producer.claim, sender.claim, sender.try_claim]
    for claim in claims:
        with claim(Longer()) as view:
            assert len(view) == 4


def test_a_batch_releases_what_was_iterated_over_and_no_more() -> None:
    sender, receiver = logbuf.channel(1 << 16)
    for number in range(5):
        sender.send(b"%d" % number)
    with receiver.recv_batch() as batch:
        assert bytes(next(batch)) == b"0"
        batch.keep()
    with pytest.raises(logbuf.NoClaim):
        next(batch)
    with receiver.recv_batch() as batch:
        assert [bytes(next(batch)), bytes(next(batch))] == [b"0", b"1"]
    with pytest.raises(KeyError):
        with receiver.recv_batch() as batch:
            assert bytes(next(batch)) == b"2"
            raise KeyError
    assert [bytes(record) for record in _all(receiver)] == [b"3", b"4"]
    with pytest.raises(logbuf.Timeout):
        receiver.recv_batch(timeout=0)


def test_a_batch_that_is_forgotten_is_released() -> None:
    producer, consumer = logbuf.queue(1 << 16)
    producer.write_batch([b"1", b"2"])
    batch = consumer.claim_batch()
    assert batch is not None
    next(batch)
    del batch
    assert [bytes(record) for record in consumer] == [b"2"]


def test_an_iteration_over_a_consumer_ends_and_may_begin_again() -> None:
    producer, consumer = logbuf.queue(1 << 16)
    producer.write(b"1")
    assert [bytes(record) for record in consumer] == [b"1"]
    assert consumer.state() is logbuf.RingState.EMPTY
    producer.write(b"2")
    assert consumer.state() is logbuf.RingState.READY
    assert [bytes(record) for record in consumer] == [b"2"]
    with producer.claim(1):
        assert consumer.state() is logbuf.RingState.BLOCKED
        assert consumer.unblock() is False
    assert consumer.unblock() is True


def test_a_record_is_released_when_the_next_is_asked_for() -> None:
    producer, consumer = logbuf.queue(1 << 16)
    producer.write(b"1")
    consumer.claim()
    assert consumer.records_consumed == 0
    assert consumer.claim() is None
    assert consumer.records_consumed == 1 and consumer.position == consumer.tail


def test_a_clone_has_a_slot_of_its_own(ring: str) -> None:
    with logbuf.Sender(ring, "one") as sender, sender.clone() as clone:
        assert type(clone) is logbuf.Sender and clone.slot != sender.slot
        assert not sender.has_consumer()
        clone.send(b"x")
        with logbuf.Receiver(ring) as receiver:
            assert receiver.recv().slot == clone.slot
            assert receiver.producer(clone.slot).name == "one"
            assert sender.has_consumer() and receiver.has_producers() and receiver.had_producers()
            assert receiver.info.name == ring


def test_one_reading_end_at_a_time(ring: str) -> None:
    with logbuf.Consumer(ring):
        with pytest.raises(logbuf.ConsumerPresent):
            logbuf.Receiver(ring)
    logbuf.Receiver(ring).detach()


def test_what_was_detached_refuses_every_call(ring: str) -> None:
    sender, receiver = logbuf.Sender(ring), logbuf.Receiver(ring)
    producer, peek = logbuf.Producer(ring), logbuf.Peek(ring)
    sender.send(b"x")
    batch = receiver.recv_batch()
    claim = producer.claim(4)
    for detach in (sender.detach, receiver.detach, producer.detach):
        detach()
        detach()
    consumer = logbuf.Consumer(ring)
    consumer.detach()
    peek.close()
    calls: list[Callable[[], object]] = [
        lambda: sender.send(b"x"),
        lambda: sender.try_send(b"x"),
        lambda: sender.claim(1),
        lambda: sender.try_claim(1),
        sender.clone,
        sender.notify,
        lambda: sender.wait_durable(0),
        lambda: sender.slot,
        lambda: sender.max_payload,
        sender.is_closed,
        sender.has_consumer,
        sender.__enter__,
        lambda: producer.write(b"x"),
        lambda: producer.write_batch([b"x"]),
        lambda: producer.claim(1),
        claim.commit,
        receiver.recv,
        receiver.try_recv,
        receiver.recv_batch,
        receiver.release,
        lambda: next(batch),
        lambda: next(iter(receiver)),
        receiver.status,
        lambda: receiver.info,
        receiver.state,
        receiver.has_producers,
        lambda: receiver.position,
        lambda: receiver.producer(0),
        receiver.__enter__,
        consumer.claim,
        consumer.claim_batch,
        consumer.unblock,
        peek.next,
        lambda: peek.wait(1),
        lambda: peek.position,
        lambda: peek.info,
    ]
    for call in calls:
        with pytest.raises(ValueError, match="is closed"):
            call()
    claim.abort()
    batch.release()
