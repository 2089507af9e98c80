"""`python -m inventory_api`, which `make run` runs: it serves, or exits with one sentence."""

import os
import re
import socket
import subprocess
import sys

import pytest

from core.embedded_postgres import __main__ as embedded
from inventory_api.settings import BASE_DIR
from ops.port_check import find_port_problem

DEAD_DATABASE = "postgres://user:word@127.0.0.1:9/name"
PRODUCTION = {"SECRET_KEY": "x" * 20 + "y" * 20, "ALLOWED_HOSTS": "shop.example", "DATABASE_URL": DEAD_DATABASE}


def start(**variables):
    """Start the service in a clean environment without .env. It must fail; return the lines of the error."""
    clean = {"PATH": os.environ["PATH"], "PYTHON_DOTENV_DISABLED": "1", **variables}
    command = [sys.executable, "-m", "inventory_api"]
    done = subprocess.run(command, env=clean, cwd=BASE_DIR, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    return done.stderr.strip().splitlines()


@pytest.fixture
def busy_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_configured_database_needs_the_production_settings():
    sentences = start(DATABASE_URL=DEAD_DATABASE)
    assert [sentence.split(" is not set")[0] for sentence in sentences] == ["SECRET_KEY", "ALLOWED_HOSTS"]


def test_names_an_unreachable_database_in_one_line():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    sentence = " ".join(start(**PRODUCTION, PORT=str(port), DB_CONNECT_TIMEOUT="1"))
    assert sentence.startswith("The database can't be reached: ")
    assert "Traceback" not in sentence


def test_names_a_busy_port_and_suggests_another(busy_port):
    [sentence] = start(**PRODUCTION, PORT=str(busy_port))
    assert re.fullmatch(
        rf"Port {busy_port} can't be used .*\. Choose another one: make run PORT={busy_port + 1}\.", sentence
    )


def test_accepts_a_free_port_when_starting(busy_port):
    assert find_port_problem(0) == ""
    assert find_port_problem(busy_port) != ""


@pytest.mark.parametrize(
    ("was_running", "message"),
    [(True, "The embedded database is stopped."), (False, "The embedded database was not running.")],
)
def test_db_stop_says_whether_the_database_was_running(was_running, message, monkeypatch, capsys):
    monkeypatch.setattr(embedded.usage, "is_used", lambda: False)
    monkeypatch.setattr(embedded.server, "stop", lambda: was_running)
    embedded.main()
    assert capsys.readouterr().out.strip() == message


def test_a_reset_is_refused_if_another_database_is_set():
    """`make reset` runs this command with DEMO=on. Nothing is deleted."""
    command = [sys.executable, "manage.py", "load_demo", "--reset"]
    variables = {"PATH": os.environ["PATH"], "PYTHON_DOTENV_DISABLED": "1", **PRODUCTION, "DEMO": "on"}
    done = subprocess.run(command, env=variables, cwd=BASE_DIR, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert done.stderr.startswith("DEMO runs on the embedded database only")
