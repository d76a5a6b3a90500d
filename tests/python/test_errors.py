"""Failures are exceptions."""

from __future__ import annotations

import errno
import pickle

import pytest

import logbuf
from logbuf import _native, errors
from logbuf.record import ns_of


def test_every_result_of_c_that_is_no_success_has_an_exception_of_its_own() -> None:
    results = {value for value in _native.ffi.typeof("enum logbuf_error").elements if value != 0}
    assert set(_native._CLASSES) == results
    classes = set(_native._CLASSES.values())
    assert len(classes) == len(results)
    of_python = {one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.Error)}
    assert of_python - classes == {errors.Error, errors.SystemFailure}
    assert all(getattr(logbuf, one.__name__) is one for one in of_python)


def test_a_failure_says_what_c_says() -> None:
    with pytest.raises(logbuf.Error) as caught:
        logbuf.Ring("there-is-no-such-ring")
    assert caught.value.code == _native.lib.LOGBUF_NO_SUCH_RING
    assert "there-is-no-such-ring" in caught.value.detail
    assert str(caught.value) == caught.value.detail


def test_a_failure_of_the_system_is_an_oserror() -> None:
    failure = _native.failure(-errno.ENOSPC)
    assert isinstance(failure, logbuf.SystemFailure) and isinstance(failure, OSError)
    assert failure.errno == errno.ENOSPC and failure.code == -errno.ENOSPC


def test_a_timeout_is_a_timeouterror() -> None:
    _, receiver = logbuf.channel(4096)
    with pytest.raises(TimeoutError) as caught:
        receiver.recv(0)
    assert isinstance(caught.value, logbuf.Timeout) and caught.value.errno == errno.ETIMEDOUT


def test_failures_travel_between_processes() -> None:
    for failure in (_native.failure(104), _native.failure(106), _native.failure(-errno.ENOSPC)):
        copied = pickle.loads(pickle.dumps(failure))
        assert type(copied) is type(failure)
        assert (copied.code, copied.detail, str(copied)) == (failure.code, failure.detail, str(failure))


def test_text_is_no_record_and_a_float_is_no_time() -> None:
    sender, _ = logbuf.channel(4096)
    with pytest.raises(TypeError, match="encode"):
        sender.send("text")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="datetime with a zone"):
        ns_of(1.5)  # type: ignore[arg-type]
