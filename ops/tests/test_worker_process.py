"""The worker beside gunicorn is started again after it has ended. The pauses before this grow."""

import signal
from types import SimpleNamespace

import pytest

from ops import worker_process
from ops.worker_process import MAX_PAUSE_SECONDS, STEADY_SECONDS, Keeper


class Process:
    """A process that runs until the test ends it."""

    is_over = False

    def has_ended(self):
        return self.is_over


@pytest.fixture
def clock(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(worker_process.time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def keeper(clock):
    keeper = Keeper(Process)
    keeper.start()
    return keeper


def end_and_measure_pause(keeper, clock):
    """End the worker. Return the seconds until it was started again."""
    keeper.process.is_over = True
    ended = clock[0]
    keeper.check()
    while keeper.process is None:
        clock[0] += 0.5
        keeper.check()
    return clock[0] - ended


def test_a_running_worker_is_left_alone(keeper, clock):
    process = keeper.process
    clock[0] += 1000
    keeper.check()
    assert keeper.process is process


@pytest.mark.quick
def test_a_worker_that_ends_again_and_again_is_started_after_growing_pauses(keeper, clock):
    pauses = [end_and_measure_pause(keeper, clock) for _ in range(9)]
    assert pauses == [1, 2, 4, 8, 16, 32, MAX_PAUSE_SECONDS, MAX_PAUSE_SECONDS, MAX_PAUSE_SECONDS]


def test_the_pause_is_short_again_after_a_worker_that_has_run_for_a_while(keeper, clock):
    assert [end_and_measure_pause(keeper, clock) for _ in range(3)] == [1, 2, 4]
    clock[0] += STEADY_SECONDS
    assert end_and_measure_pause(keeper, clock) == 1


def test_the_end_of_a_worker_is_logged(keeper, caplog):
    keeper.process.is_over = True
    keeper.check()
    keeper.check()
    [record] = caplog.records
    assert (record.levelname, record.fields) == ("WARNING", {"restart_in_seconds": 1.0})


def test_a_worker_that_ends_while_gunicorn_stops_is_not_started_again(clock, monkeypatch, caplog):
    """Ctrl-C ends both. gunicorn has closed its sockets, but may have to wait for requests."""
    handlers, process = {}, Process()
    monkeypatch.setattr(worker_process, "Worker", lambda _: process)
    monkeypatch.setattr(worker_process, "keepers", [])
    monkeypatch.setattr(worker_process.signal, "signal", handlers.__setitem__)
    monkeypatch.setattr(worker_process.signal, "setitimer", lambda *_: None)
    server = SimpleNamespace(LISTENERS=["socket"])
    worker_process.start_worker(server)
    process.is_over, server.LISTENERS = True, []
    handlers[signal.SIGALRM](signal.SIGALRM, None)
    assert not caplog.records
    server.LISTENERS = ["socket"]
    handlers[signal.SIGALRM](signal.SIGALRM, None)
    assert [record.message for record in caplog.records] == ["worker has ended"]
