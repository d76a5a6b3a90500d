"""What the tests share: rings with names of their own, and other processes."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import logbuf

_numbers = itertools.count()

ARCHIVER = os.environ["LOGBUF_ARCHIVER"]

# Nothing waits for longer than this: a test that hangs fails.
LONG = 60.0


@pytest.fixture
def name() -> Iterator[str]:
    """Of a ring that there is not yet, and that is gone afterwards."""
    ring = f"pytest-{os.getpid()}-{next(_numbers)}"
    yield ring
    try:
        logbuf.Ring.unlink(ring)
    except logbuf.NoSuchRing:
        pass


@pytest.fixture
def ring(name: str) -> str:
    """The name of a ring that there is."""
    logbuf.Ring.create(name, 1 << 20)
    return name


class Python:
    """An interpreter of its own that runs `code`, and ends with the test at the latest. Its sys.argv[1:] are
    `arguments`."""

    def __init__(self, code: str, *arguments: object) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", "import logbuf, os, sys\n" + code, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Python:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def line(self) -> str:
        """The next line of its stdout."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().rstrip("\n")

    def sleeps(self) -> None:
        """Waits until it does, as the library does: at a futex, or for a moment of time."""
        proc = Path(f"/proc/{self.process.pid}")
        deadline = time.monotonic() + LONG
        while True:
            asleep = (proc / "stat").read_text().rpartition(") ")[2][0] == "S"
            where = (proc / "wchan").read_text()
            # 0: this kernel does not tell.
            if asleep and ("futex" in where or "nanosleep" in where or where == "0"):
                return
            assert time.monotonic() < deadline, "it does not sleep"
            time.sleep(0.001)

    def end(self) -> tuple[int, str, str]:
        """Its exit code, and what it still wrote to stdout and stderr."""
        out, err = self.process.communicate(timeout=LONG)
        return self.process.returncode, out, err


def archive_ring(name: str, directory: Path, *flags: str) -> Path:
    """Everything that is in the ring, on disk."""
    command = [ARCHIVER, "--ring", name, "--dir", str(directory), "--once", *flags]
    done = subprocess.run(command, timeout=LONG, stderr=subprocess.DEVNULL)
    assert done.returncode in (0, 3), "3: records were refused"
    return directory / name
