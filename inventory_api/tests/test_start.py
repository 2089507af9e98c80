"""`python -m inventory_api`, what `make run` runs: it serves, or says in one sentence why not."""

import os
import re
import socket
import subprocess
import sys

import pytest

from core.embedded_postgres import __main__ as embedded
from inventory_api.settings import BASE_DIR
from ops.port_check import port_problem

DEAD_DATABASE = "postgres://user:word@127.0.0.1:9/name"
PRODUCTION = {"SECRET_KEY": "x" * 20 + "y" * 20, "ALLOWED_HOSTS": "shop.example", "DATABASE_URL": DEAD_DATABASE}


def start(**variables):
    """What it says on its way out, in a clean environment without .env."""
    clean = {"PATH": os.environ["PATH"], "PYTHON_DOTENV_DISABLED": "1", **variables}
    command = [sys.executable, "-m", "inventory_api"]
    done = subprocess.run(command, env=clean, cwd=BASE_DIR, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    return done.stderr.strip().splitlines()


@pytest.fixture
def busy_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


def test_with_a_database_it_is_no_demo_and_asks_for_the_production_settings():
    sentences = start(DATABASE_URL=DEAD_DATABASE)
    assert [sentence.split(" is not set")[0] for sentence in sentences] == ["SECRET_KEY", "ALLOWED_HOSTS"]


def test_a_database_that_does_not_answer_is_named_in_one_line():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    sentence = " ".join(start(**PRODUCTION, PORT=str(port), DB_CONNECT_TIMEOUT="1"))
    assert sentence.startswith("The database can't be reached: ")
    assert "Traceback" not in sentence


def test_a_busy_port_is_named_together_with_the_way_out(busy_port):
    [sentence] = start(**PRODUCTION, PORT=str(busy_port))
    assert re.fullmatch(
        rf"Port {busy_port} can't be used .*\. Choose another one: make run PORT={busy_port + 1}\.", sentence
    )


def test_a_free_port_is_not_refused(busy_port):
    assert port_problem(0) == ""
    assert port_problem(busy_port) != ""


@pytest.mark.parametrize(
    ("ran", "says"), [(True, "The embedded database is stopped."), (False, "The embedded database was not running.")]
)
def test_the_database_is_stopped_by_a_word(ran, says, monkeypatch, capsys):
    monkeypatch.setattr(embedded.server, "stop", lambda: ran)
    embedded.main()
    assert capsys.readouterr().out.strip() == says


def test_starting_over_is_refused_where_another_database_is_set():
    """What `make reset` runs: it says DEMO itself, and nothing is thrown away."""
    command = [sys.executable, "manage.py", "load_demo", "--reset"]
    variables = {"PATH": os.environ["PATH"], "PYTHON_DOTENV_DISABLED": "1", **PRODUCTION, "DEMO": "on"}
    done = subprocess.run(command, env=variables, cwd=BASE_DIR, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert done.stderr.startswith("DEMO runs on the embedded database only")
