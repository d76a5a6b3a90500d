"""Rings are made, looked at, closed and removed."""

from __future__ import annotations

import pytest

import logbuf
from logbuf import Kind, Removal, Ring
from logbuf._native import NULL, bytes_of, check, lib


def test_a_ring_that_was_made_can_be_opened_by_its_name(name: str) -> None:
    made = Ring.create(name, 1 << 20, kind=Kind.SPSC, timestamps=True)
    opened = Ring.open(name)
    assert opened.info == made.info
    assert (opened.info.name, opened.info.capacity, opened.info.kind) == (name, 1 << 20, Kind.SPSC)
    assert opened.info.timestamps and opened.info.max_producers == 1
    assert name in logbuf.rings()


def test_the_defaults_are_those_of_c(name: str) -> None:
    of_python = Ring.create(name).info
    Ring.unlink(name)
    check(lib.logbuf_segment_create(bytes_of(name), NULL, NULL))
    of_c = Ring(name).info
    for what in ("capacity", "kind", "max_producers", "timestamps", "segment_size"):
        assert getattr(of_python, what) == getattr(of_c, what)


def test_the_options_of_a_ring_reach_it(name: str) -> None:
    info = Ring.create(name, 1 << 16, max_producers=3, mode=0o640).info
    assert info.max_producers == 3
    import os

    assert os.stat(f"/dev/shm/logbuf.{name}").st_mode & 0o777 == 0o640


def test_a_ring_that_is_not_there_says_so_by_name(name: str) -> None:
    with pytest.raises(logbuf.NoSuchRing, match=name):
        Ring(name)
    with pytest.raises(logbuf.NoSuchRing):
        logbuf.Producer(name)
    assert name not in logbuf.rings()


def test_a_name_is_made_once(ring: str) -> None:
    with pytest.raises(logbuf.RingExists):
        Ring.create(ring)


def test_what_cannot_be_a_ring_is_refused(name: str) -> None:
    with pytest.raises(logbuf.InvalidCapacity):
        Ring.create(name, 5000)
    with pytest.raises(logbuf.InvalidName):
        Ring.create("a/b")
    with pytest.raises(logbuf.InvalidOption):
        Ring.create(name, max_producers=5000)
    with pytest.raises(ValueError, match="zero byte"):
        Ring.create("a\0b")


def test_the_status_says_who_is_attached_and_what_they_did(ring: str) -> None:
    with logbuf.Producer(ring, "feed-1") as producer, logbuf.Consumer(ring, "reader") as consumer:
        producer.write(b"12345")
        producer.claim(10).abort()
        consumer.claim()
        consumer.release()
        status = Ring(ring).status()
        assert [(one.name, one.records, one.bytes, one.aborted, one.alive) for one in status.producers] == [
            ("feed-1", 1, 5, 1, True)
        ]
        assert status.consumer is not None and status.consumer.name == "reader" and status.consumer.alive
        assert (status.records_consumed, status.total_records, status.closed) == (1, 1, False)
        assert status.archive is None and status.blocked is None
        assert consumer.status().total_bytes == 5
        assert consumer.claim() is None
        with producer.claim(3):
            blocked = Ring(ring).status().blocked
            assert blocked is not None and blocked.slot == producer.slot
    assert Ring(ring).status().producers == ()


def test_a_closed_ring_takes_no_more_and_gives_what_it_has(ring: str) -> None:
    with logbuf.Producer(ring) as producer, logbuf.Consumer(ring) as consumer:
        producer.write(b"before")
        Ring(ring).close()
        with pytest.raises(logbuf.Disconnected):
            producer.write(b"after")
        assert producer.is_closed() and consumer.is_closed()
        assert [bytes(record) for record in consumer] == [b"before"]
        with pytest.raises(logbuf.RingClosed):
            logbuf.Producer(ring)


def test_a_ring_that_somebody_needs_is_not_removed(ring: str) -> None:
    with logbuf.Producer(ring) as producer:
        producer.write(b"kept")
        with pytest.raises(logbuf.RingInUse):
            Ring(ring).remove(Removal.IF_UNATTACHED)
    with pytest.raises(logbuf.RingNotEmpty):
        Ring(ring).remove()
    Ring(ring).remove(Removal.IF_UNATTACHED)
    assert ring not in logbuf.rings()
