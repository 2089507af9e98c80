"""A long step prints its seconds; a short one prints nothing."""

import re
import time

import pytest

from core import progress


def test_prints_the_seconds_of_a_long_step(monkeypatch, capsys):
    monkeypatch.setattr(progress, "PROGRESS_SECONDS", 0.01)
    with progress.show_progress("Filling the shop"):
        time.sleep(0.2)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) >= 2
    assert all(re.fullmatch(r"Filling the shop \.\.\. \d+ s", line) for line in lines)


def test_a_terminal_gets_one_line_that_counts_in_place(monkeypatch, capsys):
    monkeypatch.setattr(progress, "PROGRESS_SECONDS", 0.01)
    monkeypatch.setattr(progress.sys.stdout, "isatty", lambda: True, raising=False)
    with progress.show_progress("Filling the shop"):
        time.sleep(0.2)
    printed = capsys.readouterr().out
    assert "\n" not in printed
    assert printed.count("Filling the shop ... 0 s\033[K\r") >= 2


def test_prints_nothing_for_a_short_step(capsys):
    with progress.show_progress("Filling the shop"):
        pass
    assert capsys.readouterr().out == ""


def test_stops_when_the_step_fails(monkeypatch, capsys):
    monkeypatch.setattr(progress, "PROGRESS_SECONDS", 0.05)
    with pytest.raises(RuntimeError), progress.show_progress("Filling the shop"):
        raise RuntimeError
    time.sleep(0.1)
    assert capsys.readouterr().out == ""


def test_a_line_comes_at_least_every_two_seconds():
    assert progress.PROGRESS_SECONDS <= 2
