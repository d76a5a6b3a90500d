#!/usr/bin/python3
"""Reads an archive, or a part of it: who wrote how much in it, and what is missing.

    read_archive.py ARCHIVE [--since TIME] [--until TIME] [--follow SECONDS]

A TIME is an ISO 8601 one with a zone: 2026-11-23T05:06:00+00:00. With --follow it goes on with what comes, until
nothing has come for so many seconds.

By hand, in the checkout, once it is built (./dev build):

    export PATH="$PWD/build/bin:$PATH" PYTHONPATH=build/lib/python LOGBUF_LIBRARY=build/lib/src/liblogbuf.so.0
    seq 1000 | logbuf-write demo --create --capacity 1M && logbuf-archiver --ring demo --dir /tmp/demo --once
    docs/examples/read_archive.py /tmp/demo/demo; logbuf-ctl rm demo

For your own use: what is done with an entry is in main().
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

import logbuf


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="says who wrote how much in an archive, and what is missing")
    parser.add_argument("archive", help="a directory of logbuf-archiver's, or one of its files")
    parser.add_argument("--since", type=datetime.fromisoformat, metavar="TIME")
    parser.add_argument("--until", type=datetime.fromisoformat, metavar="TIME")
    parser.add_argument("--follow", type=float, metavar="SECONDS")
    return parser.parse_args()


def entries(archive: logbuf.Archive, wanted: argparse.Namespace) -> Iterator[logbuf.ArchiveRecord | logbuf.Gap]:
    yield from archive.between(wanted.since, wanted.until)
    if wanted.follow is not None:
        yield from archive.follow(timeout=wanted.follow)


def main() -> int:
    wanted = arguments()
    records: Counter[str] = Counter()
    payload_bytes: Counter[str] = Counter()
    lost = 0
    with logbuf.Archive(wanted.archive) as archive:
        for entry in entries(archive, wanted):
            if isinstance(entry, logbuf.Gap):
                lost += entry.lost or 0
                print(f"-- missing: {entry.why}", file=sys.stderr)
                continue
            # entry.data is a memoryview of what was read from the file: nothing is copied, and it is over with the next
            # entry. bytes(entry) would be a copy that stays.
            records[entry.producer] += 1
            payload_bytes[entry.producer] += len(entry.data)
    for producer, count in sorted(records.items()):
        print(f"{producer}: {count} records, {payload_bytes[producer]} bytes")
    return 3 if lost else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (logbuf.Error, ValueError) as error:
        sys.exit(f"read_archive.py: {error}")
