"""What logbuf-archiver has written is read: in order, by time, by seq, and where it is damaged."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

import logbuf
from conftest import ARCHIVER, LONG, archive_ring
from logbuf import Archive, ArchiveRecord, Gap, Ring

CAT = os.environ["LOGBUF_CAT"]

PRODUCERS = ("feed-0", "feed-1")
RECORDS = 60_000


def payload(number: int) -> bytes:
    return b"%d " % number * (1 + number % 9)


@pytest.fixture(scope="module")
def archived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An archive of RECORDS records by two producers, in several files; record i is payload(i), of type i % 3."""
    name = f"pytest-{os.getpid()}-archived"
    directory = tmp_path_factory.mktemp("archive")
    Ring.create(name, 1 << 20, timestamps=True)
    try:
        with logbuf.Sender(name, PRODUCERS[0]) as one, logbuf.Sender(name, PRODUCERS[1]) as other:
            for begin in range(0, RECORDS, RECORDS // 6):
                for number in range(begin, begin + RECORDS // 6):
                    (one, other)[number % 2].send(payload(number), number % 3, timeout=0)
                archive_ring(name, directory, "--rotate-size", "512K")
        yield directory / name
    finally:
        Ring.unlink(name)


@pytest.fixture(scope="module")
def times(archived: Path) -> list[int]:
    with Archive(archived) as archive:
        return [record.any_time_ns for record in archive.records()]


def seqs_of(entries: Iterator[logbuf.ArchiveRecord | Gap]) -> list[int]:
    seqs = []
    for entry in entries:
        assert isinstance(entry, ArchiveRecord), entry
        assert entry.data == payload(entry.seq)
        seqs.append(entry.seq)
    return seqs


def test_an_archive_gives_every_record_as_it_was_written(archived: Path) -> None:
    with Archive(archived) as archive:
        position = -1
        for number, record in enumerate(archive):
            assert isinstance(record, ArchiveRecord)
            assert (record.seq, record.data, record.type) == (number, payload(number), number % 3)
            assert record.producer == PRODUCERS[number % 2]
            assert record.position > position
            assert record.time_ns is not None and record.time_ns <= record.drain_time_ns
            position = record.position
        assert number == RECORDS - 1
        totals = archive.totals()
        assert (totals.records, totals.next_seq, totals.gaps, totals.lost) == (RECORDS, RECORDS, 0, 0)
        assert totals.files > 1 and totals.payload_bytes == sum(len(payload(i)) for i in range(RECORDS))
        assert archive.ring.timestamps and archive.ring.name == archived.name
        assert archive.next() is None


def test_a_range_of_time_has_the_records_of_it_and_no_others(archived: Path, times: list[int]) -> None:
    assert len(times) == RECORDS
    ranges = [
        (times[0], times[-1]),
        (times[1000], times[1001]),
        (times[RECORDS // 3], times[RECORDS // 2]),
        (times[RECORDS // 2], times[RECORDS // 2]),
        (times[0] - 10**9, times[0]),
        (times[-1], times[-1] + 1),
        (times[-1] + 1, times[-1] + 10**9),
    ]
    with Archive(archived) as archive:
        for start, end in ranges:
            wanted = [seq for seq, time in enumerate(times) if start <= time < end]
            assert seqs_of(archive.between(start, end)) == wanted
        middle = times[RECORDS // 2]
        assert seqs_of(archive.since(middle)) == [seq for seq, time in enumerate(times) if time >= middle]
        assert seqs_of(archive.between(None, middle)) == [seq for seq, time in enumerate(times) if time < middle]
        assert seqs_of(archive.between(None, None)) == list(range(RECORDS))


def test_a_range_of_time_is_that_of_logbuf_cat(archived: Path, times: list[int]) -> None:
    start, end = times[RECORDS // 3], times[RECORDS // 2]
    flags = ["--since", f"@{start // 10**9}.{start % 10**9:09}", "--until", f"@{end // 10**9}.{end % 10**9:09}"]
    command = [CAT, *flags, "--output", "json", str(archived)]
    done = subprocess.run(command, check=True, timeout=LONG, stdout=subprocess.PIPE)
    with Archive(archived) as archive:
        assert seqs_of(archive.between(start, end)) == [json.loads(line)["seq"] for line in done.stdout.splitlines()]


def test_a_time_may_be_a_datetime_with_a_zone(archived: Path, times: list[int]) -> None:
    middle = datetime.fromtimestamp(times[RECORDS // 2] // 10**9 + 1, timezone.utc)
    middle_ns = (times[RECORDS // 2] // 10**9 + 1) * 10**9
    elsewhere = middle.astimezone(timezone(timedelta(hours=5, minutes=30)))
    with Archive(archived) as archive:
        wanted = [seq for seq, time in enumerate(times) if time >= middle_ns]
        assert seqs_of(archive.since(middle)) == wanted == seqs_of(archive.since(elsewhere))
        with pytest.raises(ValueError, match="time zone"):
            archive.since(datetime(2026, 1, 1))
        with pytest.raises(ValueError, match="ends before"):
            archive.between(2, 1)
        archive.seek_seq(3)
        record = archive.next()
        assert isinstance(record, ArchiveRecord)
        assert record.time is not None and record.time_ns is not None
        begin_ns = record.time_ns // 1000 * 1000
        assert seqs_of(archive.since(record.time)) == [seq for seq, time in enumerate(times) if time >= begin_ns]


def test_an_archive_is_entered_at_a_seq_or_near_its_end(archived: Path) -> None:
    with Archive(archived) as archive:
        assert [next(iter(archive)) is not None for _ in range(10)]
        archive.seek_seq(RECORDS // 2 + 7)
        assert seqs_of(iter(archive)) == list(range(RECORDS // 2 + 7, RECORDS))
        assert seqs_of(archive.last(10)) == list(range(RECORDS - 10, RECORDS))
        assert archive.end_seq() == RECORDS
        first = archive.next()
        assert isinstance(first, ArchiveRecord) and first.seq == 0


def test_a_record_of_an_archive_is_over_when_the_next_is_given(archived: Path) -> None:
    with Archive(archived) as archive:
        first = archive.next()
        assert isinstance(first, ArchiveRecord) and first.data.readonly
        copied = first.copy()
        part = first.data[:1]
        for step in (archive.next, lambda: archive.seek_seq(5), archive.end_seq):
            with pytest.raises(BufferError):
                step()
        assert bytes(part) == b"0"
        del part
        second = archive.next()
        assert isinstance(second, ArchiveRecord) and second.seq == 1
        with pytest.raises(ValueError):
            bytes(first)
        assert (bytes(copied), copied.seq, copied.producer) == (payload(0), 0, PRODUCERS[0])
        part = second.data[:1]
    assert bytes(part) == b"1"
    with pytest.raises(ValueError, match="is closed"):
        archive.next()


def test_without_timestamps_a_range_goes_by_when_the_records_were_drained(ring: str, tmp_path: Path) -> None:
    with logbuf.Producer(ring) as producer:
        producer.write(b"first")
        archive_ring(ring, tmp_path)
        producer.write(b"second")
        archived = archive_ring(ring, tmp_path)
    with Archive(archived) as archive:
        drained = [record.drain_time_ns for record in archive.records()]
        assert len(drained) == 2 and drained[0] < drained[1]
        assert [bytes(record) for record in archive.since(drained[1])] == [b"second"]  # type: ignore[arg-type]
        assert [bytes(record) for record in archive.between(0, drained[1])] == [b"first"]  # type: ignore[arg-type]
        assert [record.time for record in archive.last(2)] == [None, None]  # type: ignore[union-attr]


def test_damage_is_a_gap_and_the_rest_is_read(ring: str, tmp_path: Path) -> None:
    with logbuf.Producer(ring) as producer:
        for number in range(3):
            producer.write(b"record %d" % number)
            archived = archive_ring(ring, tmp_path)
    (second,) = [file for file in archived.iterdir() if b"record 1" in file.read_bytes()]
    content = bytearray(second.read_bytes())
    content[content.index(b"record 1")] ^= 1
    second.write_bytes(content)
    with Archive(archived) as archive:
        first, gap, third = [entry.copy() if isinstance(entry, ArchiveRecord) else entry for entry in archive]
        assert isinstance(first, ArchiveRecord) and bytes(first) == b"record 0"
        assert isinstance(gap, Gap) and gap.lost == 1 and gap.begin < gap.end and gap.why
        assert isinstance(third, ArchiveRecord) and (bytes(third), third.seq) == (b"record 2", 2)
        assert archive.totals().lost == 1 and archive.totals().damaged_bytes > 0
        archive.seek_seq(0)
        assert [record.seq for record in archive.records()] == [0, 2]


def test_what_was_refused_is_a_gap_that_says_whose(name: str, tmp_path: Path) -> None:
    Ring.create(name, 4096)
    with logbuf.Producer(name, "feed-1") as producer:
        with pytest.raises(logbuf.Full):
            while True:
                producer.write(b"x" * 1000, drop=True)
        archived = archive_ring(name, tmp_path)
        slot = producer.slot
    with Archive(archived) as archive:
        (gap,) = [entry for entry in archive if isinstance(entry, Gap)]
        assert (gap.lost, gap.producer, gap.slot) == (1, "feed-1", slot)
        assert archive.totals().refused == 1


def test_an_archive_is_followed_while_it_grows(ring: str, tmp_path: Path) -> None:
    command = [ARCHIVER, "--ring", ring, "--dir", str(tmp_path), "--sync", "batch"]
    with logbuf.Sender(ring) as sender:
        sender.send(b"0")
        archiver = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            sender.wait_durable(sender.send(b"1"), LONG)

            def send() -> None:
                for number in range(2, 200):
                    sender.send(b"%d" % number)

            with Archive(tmp_path / ring) as archive:
                seen = []
                thread = threading.Thread(target=send)
                for entry in archive.follow():
                    assert isinstance(entry, ArchiveRecord)
                    seen.append(int(bytes(entry)))
                    if len(seen) == 2:
                        thread.start()
                    if len(seen) == 200:
                        break
                thread.join()
                assert seen == list(range(200))
                assert list(archive.follow(timeout=0)) == []
            status = Ring(ring).status()
            assert status.archive is not None and status.archive.synced_seq >= 2
        finally:
            archiver.terminate()
            archiver.wait(LONG)


def test_nothing_is_durable_where_nobody_archives(ring: str) -> None:
    with logbuf.Producer(ring) as producer:
        position = producer.write(b"x")
        with pytest.raises(logbuf.Timeout):
            producer.wait_durable(position, 0.12)


def test_what_is_no_archive_is_refused(tmp_path: Path, archived: Path) -> None:
    with pytest.raises(logbuf.NotAnArchive):
        Archive(tmp_path)
    with pytest.raises(logbuf.Error, match="nowhere"):
        Archive(tmp_path / "nowhere")
    assert logbuf.is_archive(archived) and not logbuf.is_archive(tmp_path)
