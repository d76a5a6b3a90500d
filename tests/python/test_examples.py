"""The examples of the documentation run."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path

import pytest

import logbuf
from conftest import ARCHIVER, LONG, archive_ring

READ_ARCHIVE = Path(__file__).parents[2] / "docs/examples/read_archive.py"


def read_archive(*arguments: object) -> tuple[int, str, str]:
    command = [sys.executable, str(READ_ARCHIVE), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LONG)
    return done.returncode, done.stdout, done.stderr


def test_the_reader_of_an_archive_says_who_wrote_how_much(name: str, tmp_path: Path) -> None:
    logbuf.Ring.create(name, 4096, timestamps=True)
    with logbuf.Producer(name, "feed-1") as one, logbuf.Producer(name, "feed-2") as other:
        for _ in range(10):
            one.write(b"12345")
            other.write(b"1")
        archived = archive_ring(name, tmp_path)
        middle = datetime.now(timezone.utc)
        assert read_archive(archived) == (0, "feed-1: 10 records, 50 bytes\nfeed-2: 10 records, 10 bytes\n", "")
        with pytest.raises(logbuf.Full):
            while True:
                other.write(b"x" * 500, drop=True)
        archive_ring(name, tmp_path)
        assert read_archive(archived, "--until", middle.isoformat())[1].startswith("feed-1: 10 records, 50 bytes\n")
        code, out, err = read_archive(archived, "--since", middle.isoformat())
        assert code == 3 and "feed-1" not in out and "feed-2" in out and "-- missing: " in err
    code, out, err = read_archive(tmp_path)
    assert code == 1 and "read_archive.py: " in err and out == ""


def test_the_reader_of_an_archive_follows_it(ring: str, tmp_path: Path) -> None:
    with logbuf.Sender(ring, "feed") as sender:
        archiver = subprocess.Popen([ARCHIVER, "--ring", ring, "--dir", str(tmp_path), "--sync", "batch"])
        try:
            sender.wait_durable(sender.send(b"1"), LONG)
            command = [sys.executable, str(READ_ARCHIVE), str(tmp_path / ring), "--follow", "1.5"]
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as reader:
                sender.wait_durable(sender.send(b"2"), LONG)
                out, _ = reader.communicate(timeout=LONG)
                assert out == "feed: 2 records, 2 bytes\n"
        finally:
            archiver.terminate()
            archiver.wait(LONG)


def test_the_example_of_the_readme_runs(tmp_path: Path) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    (program,) = [block.split("```")[0] for block in readme.split("```python\n")[1:]]
    name = f"pytest-{os.getpid()}-readme"
    program = program.replace('"hello"', f'"{name}"')
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=LONG, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "3 b'order'\n", "")
    assert name not in logbuf.rings()
