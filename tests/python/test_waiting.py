"""Who waits can be woken, stopped and interrupted."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest

import logbuf
import logbuf.producer
import logbuf.receiver
import logbuf.sender
from conftest import LONG, Python
from logbuf import Ring, _handle
from logbuf._native import ffi, lib


def test_a_receiver_waits_for_a_record_while_other_threads_run() -> None:
    sender, receiver = logbuf.channel(4096)
    begun = threading.Event()

    def send() -> None:
        begun.wait(LONG)
        sender.send(b"late")

    thread = threading.Thread(target=send)
    thread.start()
    begun.set()
    assert bytes(receiver.recv(LONG)) == b"late"
    thread.join()


def test_a_sender_waits_at_a_full_ring_until_there_is_room() -> None:
    sender, receiver = logbuf.channel(4096)
    data = b"x" * 1000

    def send() -> None:
        for _ in range(100):
            sender.send(data)
            with sender.claim(len(data)) as view:
                view[:] = data
        sender.detach()

    thread = threading.Thread(target=send)
    thread.start()
    assert sum(record.data == data for record in receiver) == 200
    thread.join()


def test_an_iteration_over_a_receiver_ends_when_the_senders_are_gone(ring: str) -> None:
    sender, another, receiver = logbuf.Sender(ring), logbuf.Sender(ring), logbuf.Receiver(ring)
    sender.send(b"1")
    another.send(b"2")
    sender.detach()
    another.detach()
    assert [bytes(record) for record in receiver] == [b"1", b"2"]
    with pytest.raises(logbuf.Disconnected):
        receiver.recv()
    with pytest.raises(logbuf.Disconnected):
        receiver.try_recv()
    with logbuf.Sender(ring) as sender:
        sender.send(b"3")
        assert bytes(receiver.recv()) == b"3"
        assert receiver.try_recv() is None


def test_a_full_ring_without_a_reader_disconnects_a_sender_that_waits(ring: str) -> None:
    with logbuf.Sender(ring) as sender:
        with pytest.raises(logbuf.Disconnected):
            while True:
                sender.send(b"x" * 10000)


# An end, and what it then waits for.
WAITING: dict[str, tuple[str, str]] = {
    "recv": ("Receiver", "end.recv()"),
    "recv_batch": ("Receiver", "end.recv_batch()"),
    "iteration": ("Receiver", "list(end)"),
    "send": ("Sender", "\nwhile True: end.send(b'x' * 100000)"),
    "claim": ("Sender", "\nwhile True: end.claim(100000).commit()"),
    "wait_durable": ("Sender", "end.wait_durable(1 << 40)"),
    "peek": ("Peek", "end.wait(1000)"),
}


@pytest.mark.parametrize("end, wait", WAITING.values(), ids=WAITING.keys())
def test_ctrl_c_ends_what_waits(ring: str, end: str, wait: str) -> None:
    # Somebody at the other end, who does nothing.
    other: Any = logbuf.Consumer(ring) if end == "Sender" else logbuf.Producer(ring)
    program = f"end = logbuf.{end}(sys.argv[1]); print('waits', flush=True);{wait}"
    with Python(program, ring) as python:
        assert python.line() == "waits"
        python.sleeps()
        python.process.send_signal(signal.SIGINT)
        code, _, err = python.end()
        assert code == -signal.SIGINT and err.endswith("KeyboardInterrupt\n")
    other.detach()


@pytest.mark.parametrize("what", ["recv", "send"])
def test_a_detach_by_another_thread_ends_what_waits(what: str) -> None:
    sender, receiver = logbuf.channel(4096)
    _other = sender.clone()
    said: list[str] = []

    def wait() -> None:
        try:
            if what == "recv":
                receiver.recv()
            while True:
                sender.send(b"x" * 1000)
        except ValueError as error:
            said.append(str(error))

    thread = threading.Thread(target=wait)
    thread.start()
    (receiver.detach if what == "recv" else sender.detach)()
    thread.join(LONG)
    assert said == [f"this {'Receiver' if what == 'recv' else 'Sender'} is closed"]


def test_what_a_signal_kept_from_the_caller_comes_with_the_next_call() -> None:
    sender, receiver = logbuf.channel(4096)
    sender.send(b"first")
    sender.send(b"second")
    # As where Ctrl-C is seen right behind the call of C.
    assert receiver._asks_record() == receiver._pointer
    assert lib.logbuf_receiver_recv(receiver._pointer, 0, receiver._record) == lib.LOGBUF_OK
    assert [bytes(receiver.recv()), bytes(receiver.recv())] == [b"first", b"second"]
    receiver.release()
    sender.send(b"third")
    # A batch is asked for next, and then a record where a batch was kept.
    receiver._asks_record()
    assert lib.logbuf_receiver_recv(receiver._pointer, 0, receiver._record) == lib.LOGBUF_OK
    with receiver.recv_batch() as batch:
        batch.keep()
    with receiver.recv_batch() as batch:
        assert [bytes(record) for record in batch] == [b"third"]
    sender.send(b"fourth")
    receiver._asks_batch()
    assert lib.logbuf_receiver_recv_batch(receiver._pointer, 1 << 20, 0) == lib.LOGBUF_OK
    assert bytes(receiver.recv(0)) == b"fourth"


def _as_a_signal_behind_c(monkeypatch: pytest.MonkeyPatch, of: Any, name: str, handler: Callable[[], object]) -> None:
    """Calls `handler` once, where a signal's handler runs that came while this function of C was at work."""
    call = getattr(of, name)
    rest = [handler]

    def interrupted(*arguments: Any) -> Any:
        result = call(*arguments)
        if rest:
            rest.pop()()
        return result

    monkeypatch.setattr(of, name, interrupted)


def test_an_interrupt_right_before_the_return_loses_no_record(monkeypatch: pytest.MonkeyPatch) -> None:
    class Lock:
        """As where Ctrl-C is seen when the lock has just been let go, once."""

        def __init__(self, lock: Any) -> None:
            self.lock = lock
            self.interrupts = True

        def __enter__(self) -> None:
            self.lock.acquire()

        def __exit__(self, *_: object) -> None:
            self.lock.release()
            if self.interrupts:
                self.interrupts = False
                raise KeyboardInterrupt

        def _is_owned(self) -> bool:
            return bool(self.lock._is_owned())

    sender, receiver = logbuf.channel(4096)
    producer, consumer = logbuf.queue(4096)
    sender.send(b"record")
    producer.write(b"record")
    calls: list[tuple[Any, Callable[[], logbuf.Record | None]]] = [
        (receiver, lambda: receiver.recv(0)),
        (consumer, consumer.claim),
    ]
    for end, call in calls:
        monkeypatch.setattr(end, "_lock", Lock(end._lock))
        with pytest.raises(KeyboardInterrupt):
            call()
        record = call()
        assert record is not None and bytes(record) == b"record"


def test_a_handler_gets_nothing_from_the_call_that_it_interrupts(monkeypatch: pytest.MonkeyPatch) -> None:
    sender, receiver = logbuf.channel(4096)
    for _ in range(2):
        sender.send(b"record")
    said: list[BaseException] = []

    def handler() -> None:
        calls: list[Callable[[], object]] = [
            lambda: receiver.recv(0),
            receiver.release,
            lambda: receiver.recv_batch(timeout=0),
        ]
        for call in calls:
            with pytest.raises(logbuf.Busy) as caught:
                call()
            said.append(caught.value)

    _as_a_signal_behind_c(monkeypatch, logbuf.receiver, "_recv", handler)
    record = receiver.recv(0)
    with pytest.raises(logbuf.Full):
        while True:
            sender.try_send(b"other!")
    assert len(said) == 3 and record.data == b"record"
    assert bytes(receiver.recv(0)) == b"record" and bytes(receiver.recv(0)) == b"other!"


def test_a_handler_does_not_end_the_claim_that_it_interrupts(monkeypatch: pytest.MonkeyPatch) -> None:
    sender, receiver = logbuf.channel(4096)
    said: list[BaseException] = []

    def handler() -> None:
        calls: list[Callable[[], object]] = [
            lambda: sender.try_claim(4),
            lambda: sender.send(b"x"),
            lambda: sender.try_send(b"x"),
        ]
        for call in calls:
            with pytest.raises(logbuf.Busy) as caught:
                call()
            said.append(caught.value)

    _as_a_signal_behind_c(monkeypatch, logbuf.sender, "_claim", handler)
    with sender.claim(4) as view:
        view[:] = b"mine"
    assert len(said) == 3 and receiver.status().total_aborted == 0
    assert bytes(receiver.recv(0)) == b"mine"


@pytest.mark.parametrize("kind", [RuntimeError, KeyboardInterrupt])
def test_an_interrupt_behind_c_loses_nothing_and_keeps_nothing_busy(
    monkeypatch: pytest.MonkeyPatch, kind: type[BaseException]
) -> None:
    def handler() -> None:
        raise kind

    sender, receiver = logbuf.channel(4096)
    _as_a_signal_behind_c(monkeypatch, logbuf.sender, "_claim", handler)
    with pytest.raises(kind):
        sender.send(b"lost")
    sender.send(b"sent")
    _as_a_signal_behind_c(monkeypatch, logbuf.receiver, "_recv", handler)
    with pytest.raises(kind):
        receiver.recv(0)
    assert bytes(receiver.recv(0)) == b"sent"


def test_a_claim_that_a_signal_kept_from_the_caller_is_aborted(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(BaseException):
        pass

    def interrupt(*_: object) -> None:
        raise Interrupted

    sender, receiver = logbuf.channel(4096)
    producer, consumer = logbuf.queue(4096)
    claims: list[Callable[[], object]] = [
        lambda: sender.claim(4),
        lambda: sender.try_claim(4),
        lambda: sender.send(b"1234"),
        lambda: producer.claim(4),
        lambda: producer.claim_batch([4, 4]),
        lambda: producer.write_batch([b"1234", b"5678"]),
    ]
    # What comes behind the claim in C.
    monkeypatch.setattr(_handle.Handle, "_lend_writable", interrupt)
    of_c = mock.Mock(wraps=ffi, memmove=interrupt)
    monkeypatch.setattr(logbuf.sender, "ffi", of_c)
    monkeypatch.setattr(logbuf.producer, "ffi", of_c)
    for claim in claims:
        with pytest.raises(Interrupted):
            claim()
    monkeypatch.undo()
    sender.send(b"next")
    producer.write(b"next")
    assert bytes(receiver.recv(0)) == b"next" and [bytes(record) for record in consumer] == [b"next"]
    assert receiver.status().total_aborted == 3 and consumer.status().total_aborted == 3


def test_many_threads_may_share_an_end() -> None:
    sender, receiver = logbuf.channel(1 << 16)
    threads = 4
    each = 2000

    def send(number: int) -> None:
        for i in range(each):
            sender.send(b"%d %d" % (number, i))

    running = [threading.Thread(target=send, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    seen: list[list[int]] = [[] for _ in range(threads)]
    for _ in range(threads * each):
        number, i = bytes(receiver.recv(LONG)).split()
        seen[int(number)].append(int(i))
    for thread in running:
        thread.join()
    assert seen == [list(range(each))] * threads


def test_a_producer_wakes_a_receiver_where_it_notifies(ring: str) -> None:
    code = "with logbuf.Receiver(sys.argv[1]) as receiver: print(bytes(receiver.recv()))"
    with Python(code, ring) as python, logbuf.Producer(ring) as producer:
        producer.write(b"x")
        producer.notify()
        assert python.end() == (0, "b'x'\n", "")


def test_closing_the_ring_ends_what_waits(ring: str) -> None:
    code = "receiver = logbuf.Receiver(sys.argv[1]); print('waits', flush=True); print(list(receiver))"
    with Python(code, ring) as python:
        assert python.line() == "waits"
        python.sleeps()
        status = Ring(ring).status()
        assert status.consumer is not None and status.consumer.pid == python.process.pid
        Ring(ring).close()
        assert python.end() == (0, "[]\n", "")
