"""A look at a live ring takes nothing from it."""

from __future__ import annotations

import pytest

import logbuf


def test_a_look_sees_what_is_there_and_leaves_it(ring: str) -> None:
    with logbuf.Producer(ring, "feed-1") as producer, logbuf.Peek(ring) as peek:
        assert peek.next() is None
        producer.write(b"first", 3)
        producer.write(b"second")
        seen = [(bytes(one), one.type, one.seq, one.producer) for one in peek if isinstance(one, logbuf.PeekedRecord)]
        assert seen == [(b"first", 3, 0, "feed-1"), (b"second", 0, 1, "feed-1")]
        assert peek.position == peek.tail and not peek.is_closed() and peek.info.name == ring
        with logbuf.Consumer(ring) as consumer:
            assert [bytes(record) for record in consumer] == [b"first", b"second"]


def test_a_look_says_what_it_has_missed(ring: str) -> None:
    with logbuf.Producer(ring) as producer, logbuf.Consumer(ring) as consumer, logbuf.Peek(ring) as peek:
        producer.write(b"first")
        assert isinstance(peek.next(), logbuf.PeekedRecord)
        producer.write(b"second")
        producer.write(b"third")
        assert len(list(consumer)) == 3
        producer.write(b"fourth")
        missed = peek.next()
        assert isinstance(missed, logbuf.Missed) and missed.records == 2 and missed.end > missed.begin
        seen = peek.next()
        assert isinstance(seen, logbuf.PeekedRecord) and bytes(seen) == b"fourth"


def test_what_was_seen_is_over_with_the_next_look(ring: str) -> None:
    with logbuf.Producer(ring) as producer, logbuf.Peek(ring) as peek:
        producer.write(b"first")
        producer.write(b"second")
        seen = peek.next()
        assert isinstance(seen, logbuf.PeekedRecord)
        part = seen.data[1:3]
        with pytest.raises(BufferError):
            peek.next()
        del part
        second = peek.next()
        assert isinstance(second, logbuf.PeekedRecord) and bytes(second) == b"second"
        with pytest.raises(ValueError):
            bytes(seen)


def test_a_wait_for_something_new_ends_with_it(ring: str) -> None:
    with logbuf.Producer(ring) as producer, logbuf.Peek(ring) as peek:
        peek.wait(0)
        producer.write(b"first")
        peek.wait(1000)
        assert peek.next() is not None
