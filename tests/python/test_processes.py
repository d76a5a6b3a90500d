"""Between processes: fork(), and death."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest

import logbuf
from conftest import LONG, Python


def test_after_a_fork_the_childs_copies_refuse_and_the_parents_work(ring: str) -> None:
    sender, receiver = logbuf.Sender(ring), logbuf.Receiver(ring)
    sender.send(b"before")
    record = receiver.recv()
    child = os.fork()
    if child == 0:
        # 0: as it should be; no exception may reach pytest, and no end of this process the parent's files.
        code = 1
        try:
            refused = 0
            calls: list[Callable[[], object]] = [
                lambda: sender.send(b"child"),
                lambda: sender.claim(5),
                receiver.recv,
                sender.clone,
            ]
            for call in calls:
                try:
                    call()
                except (logbuf.Disconnected, logbuf.NotPermitted):
                    refused += 1
            sender.detach()
            receiver.detach()
            with logbuf.Sender(ring) as own:
                own.send(b"child's own")
            code = 0 if refused == 4 else 2
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert bytes(record) == b"before"
    sender.send(b"after")
    assert [bytes(receiver.recv(LONG)) for _ in range(2)] == [b"child's own", b"after"]


def test_a_child_is_not_kept_waiting_by_its_parents_threads(ring: str) -> None:
    code = """
import signal, threading, warnings
warnings.simplefilter("ignore")
sender, receiver, doomed = logbuf.Sender(ring := sys.argv[1]), logbuf.Receiver(ring), logbuf.channel(4096)
for end in (receiver, doomed[1]):
    threading.Thread(target=end.recv, daemon=True).start()
    while end._lock.acquire(blocking=False):
        end._lock.release()
child = os.fork()
if child == 0:
    signal.alarm(30)
    said = []
    for call in (lambda: receiver.recv(1), receiver.try_recv, lambda: sender.send(b"x")):
        try:
            call()
        except logbuf.Error as error:
            said.append(type(error).__name__)
    with receiver:
        pass
    sender.detach()
    del end, doomed
    print(said, flush=True)
    os._exit(0)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
os._exit(0)
"""
    with Python(code, ring) as python:
        assert python.end() == (0, f"{['Disconnected'] * 3}\n0\n", "")


def test_a_producer_that_dies_with_an_open_claim_keeps_nobody_waiting(ring: str) -> None:
    code = """
sender = logbuf.Sender(sys.argv[1])
sender.send(b"committed")
claim = sender.claim(100)
claim.data[:4] = b"half"
print("claimed", flush=True)
sys.stdin.read()
"""
    with Python(code, ring) as python, logbuf.Sender(ring) as sender, logbuf.Receiver(ring) as receiver:
        assert python.line() == "claimed"
        sender.send(b"behind")
        python.process.send_signal(signal.SIGKILL)
        assert bytes(receiver.recv(LONG)) == b"committed"
        assert bytes(receiver.recv(LONG)) == b"behind"
        assert receiver.status().holes == 1


def test_a_record_that_was_not_released_comes_again(ring: str) -> None:
    with logbuf.Sender(ring) as sender:
        sender.send(b"first")
        sender.send(b"second")
    code = """
receiver = logbuf.Receiver(sys.argv[1])
receiver.recv()
print(bytes(receiver.recv()), flush=True)
sys.stdin.read()
"""
    with Python(code, ring) as python:
        assert python.line() == "b'second'"
        python.process.send_signal(signal.SIGKILL)
        python.process.wait(LONG)
    with logbuf.Receiver(ring) as receiver:
        assert [bytes(record) for record in receiver] == [b"second"]


def test_an_interpreter_ends_well_while_a_thread_waits(ring: str) -> None:
    code = """
import threading
receiver = logbuf.Receiver(sys.argv[1])
thread = threading.Thread(target=receiver.recv, daemon=True)
thread.start()
"""
    with Python(code, ring) as python:
        assert python.end() == (0, "", "")


def test_the_library_is_found_where_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGBUF_LIBRARY", "/nowhere/liblogbuf.so.0")
    with Python("") as python:
        code, _, err = python.end()
        assert code == 1 and "ImportError: /nowhere/liblogbuf.so.0 cannot be loaded" in err
