"""The loop of the worker: its rounds, pauses and stops."""

import os
import signal
import threading
import time

import pytest
from django.db import OperationalError

from core.due_work import Job
from ops import jobs
from ops.jobs import Stop, make_rare, run_beside, run_jobs


@pytest.fixture(autouse=True)
def own_connection(monkeypatch):
    """Keep the connection of the test, which the loop would close."""
    monkeypatch.setattr(jobs, "close_old_connections", lambda: None)


@pytest.fixture
def pauses(monkeypatch):
    """Run five rounds, and return the pauses after them."""
    found = []

    def sleep(stop, seconds):
        found.append(seconds)
        stop.has_signal = len(found) == 5

    monkeypatch.setattr(Stop, "sleep", sleep)
    return found


def fail():
    raise OperationalError("the server closed the connection")


def test_a_round_without_work_is_followed_by_a_second(pauses):
    run_jobs([Job(lambda: False, 0)] * 2, Stop())
    assert pauses == [1.0] * 5


def test_a_round_with_work_is_followed_by_the_next_soon(pauses):
    run_jobs([Job(lambda: False, 0), Job(lambda: True, 0)], Stop())
    assert pauses == [0.2] * 5


def test_a_lost_database_makes_the_pauses_longer_until_it_is_back(pauses, caplog):
    results = [fail, fail, fail, lambda: False, lambda: False]
    run_jobs([Job(lambda: results.pop(0)(), 0)], Stop())
    assert pauses == [2.0, 4.0, 8.0, 1.0, 1.0]
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 3


@pytest.mark.quick
def test_a_pause_has_a_longest_time(pauses, monkeypatch):
    monkeypatch.setattr(jobs, "IDLE_SECONDS", 20.0)
    run_jobs([Job(fail, 0)], Stop())
    assert max(pauses) == jobs.MAX_PAUSE_SECONDS


def test_a_job_that_fails_stops_no_other(pauses, caplog):
    done = []
    run_jobs([Job(lambda: 1 / 0, 0), Job(lambda: done.append(1), 0)], Stop())
    assert len(done) == 5
    assert {record.levelname for record in caplog.records} == {"ERROR"}


@pytest.mark.quick
def test_a_signal_ends_the_sleep_at_once():
    stop = Stop()
    old = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        stop.listen()
        os.kill(os.getpid(), signal.SIGTERM)
        started = time.monotonic()
        stop.sleep(5)
        assert time.monotonic() - started < 1
        assert stop.is_requested()
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)


def test_a_process_whose_parent_has_ended_stops():
    assert not Stop(os.getppid()).is_requested()
    assert Stop(os.getppid() + 1).is_requested()
    assert not Stop().is_requested()


@pytest.mark.quick
def test_a_rare_job_runs_once_a_minute(monkeypatch):
    runs, now = [], [0.0]
    monkeypatch.setattr(jobs.time, "monotonic", lambda: now[0])
    job = make_rare(Job(lambda: runs.append(now[0])))
    for now[0] in (0.0, 1.0, 59.0, 60.0, 61.0):
        assert job() is False
    assert runs == [0.0, 60.0]


@pytest.mark.quick
@pytest.mark.django_db
def test_a_slow_job_beside_the_others_does_not_delay_them(monkeypatch):
    monkeypatch.setattr(jobs.connections, "close_all", lambda: None)
    stop, began, ended, waits = Stop(), threading.Event(), threading.Event(), []

    def be_slow():
        began.set()
        waits.append(ended.wait(10))

    with run_beside([Job(be_slow)], stop):
        assert began.wait(10)
        stop.has_signal = True
        ended.set()
    assert waits == [True], "the block began when the slow job had ended"
