"""`make db-stop` refuses to stop the embedded server while a service uses it, which would start it again."""

import errno
import os
import runpy
import signal
import subprocess
import sys

import pytest

import inventory_api.settings
from core.database.embedded import __main__ as command
from core.database.embedded import server
from core.environment import EMBEDDED_ENGINE, ENGINE

FORK_AND_WAIT = """
import os, pathlib, time
from core.database.embedded import server
server.CLONE = pathlib.Path({folder!r})
server.mark_used()
os.write(1, b"child\\n" if os.fork() == 0 else b"parent\\n")
time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return the folder of an embedded server that is never started; stopping it succeeds."""
    monkeypatch.setattr(server, "CLONE", tmp_path)
    monkeypatch.setattr(command.server, "stop", lambda: True)
    return tmp_path


@pytest.mark.quick
def test_refuses_while_a_service_runs_and_says_what_to_do(folder):
    mark = server.mark_used()
    with pytest.raises(SystemExit, match=r"A service is using .* Stop it first"):
        command.main()
    os.close(mark)


def test_stops_the_server_after_the_service_has_ended(folder, capsys):
    os.close(server.mark_used())
    command.main()
    assert capsys.readouterr().out == "The embedded database is stopped.\n"


def test_two_services_can_use_the_server(folder):
    first, second = server.mark_used(), server.mark_used()
    os.close(first)
    assert server.is_used()
    os.close(second)
    assert not server.is_used()


def test_a_forked_worker_uses_the_server_until_it_is_killed(folder):
    code = FORK_AND_WAIT.format(folder=str(folder))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True) as service:
        assert {service.stdout.readline(), service.stdout.readline()} == {b"parent\n", b"child\n"}
        service.kill()
        service.wait()
        assert server.is_used()
        os.killpg(service.pid, signal.SIGKILL)
        assert service.stdout.read() == b""  # the pipe ends when the worker has ended, too
    assert not server.is_used()


def test_a_file_system_without_locks_prevents_neither_serving_nor_stopping(folder, monkeypatch):
    def fail(*args):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(server.fcntl, "flock", fail)
    os.close(server.mark_used())
    assert not server.is_used()


@pytest.mark.needs
@pytest.mark.quick
@pytest.mark.parametrize(("engine", "is_used"), [(EMBEDDED_ENGINE, True), (ENGINE, False)])
def test_gunicorn_marks_the_embedded_server_as_used(folder, settings, monkeypatch, engine, is_used):
    marks = []
    monkeypatch.setattr(server, "mark_used", lambda: marks.append(True))
    monkeypatch.setattr(inventory_api.settings, "DATABASES", {"default": {"ENGINE": engine}})
    runpy.run_path(str(settings.BASE_DIR / "gunicorn.conf.py"))["on_starting"](None)
    assert bool(marks) == is_used
