"""`make doctor` says what is there and what is missing, and what to do about it."""

import importlib.util
import os
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import OperationalError

from core.environment import EMBEDDED_ENGINE
from inventory_api.tests.test_start import DEAD_DATABASE, PRODUCTION
from ops import doctor

BIN = settings.BASE_DIR / "bin"


@pytest.fixture
def without_packages(monkeypatch):
    """bin/doctor.py and the bootstrap.py it asks."""
    monkeypatch.syspath_prepend(str(BIN))
    spec = importlib.util.spec_from_file_location("doctor_in_bin", BIN / "doctor.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module.bootstrap, "is_complete", lambda: True)
    monkeypatch.setattr(module, "rest", lambda: 0)
    return module


def examine(**variables):
    """What the half with packages says in a clean environment without .env."""
    clean = {"PATH": os.environ["PATH"], "PYTHON_DOTENV_DISABLED": "1", **variables}
    command = [sys.executable, "-m", "ops.doctor"]
    done = subprocess.run(command, env=clean, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    return done.returncode, [tuple(line.split(maxsplit=2)) for line in done.stdout.splitlines()]


@pytest.fixture
def neighbour():
    """Somebody's web server on a port, and what it answers to everything."""

    class Answering(BaseHTTPRequestHandler):
        body = b'{"status": "ok"}'

        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(self.body)

        def log_message(self, *args):
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


# --- Without packages -----------------------------------------------------------------------------------


def test_it_needs_nothing_but_pythons_own_library():
    command = [sys.executable, "-S", str(BIN / "doctor.py")]
    clean = {"PATH": os.environ["PATH"], "PYTHON_DOTENV_DISABLED": "1"}
    done = subprocess.run(command, env=clean, capture_output=True, text=True, timeout=60)
    assert [line.split()[1] for line in done.stdout.splitlines()[:3]] == ["Python", "disk", "packages"]
    assert done.stderr == ""
    assert done.returncode == int("missing" in done.stdout)


def test_nothing_missing_is_a_success(without_packages, capsys):
    assert without_packages.main() == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["ok"] * 3


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("MIN_PYTHON", (4, 0), "missing  Python      Python 3.11 or newer is needed"),
        ("MIN_FREE_MEGABYTES", 10**12, "missing  disk        The disk is full"),
    ],
)
def test_what_is_missing_is_named_and_a_failure(without_packages, monkeypatch, capsys, name, value, says):
    monkeypatch.setattr(without_packages.bootstrap, name, value)
    assert without_packages.main() == 1
    assert says in capsys.readouterr().out


def test_without_packages_it_says_how_to_get_them_and_that_more_is_to_be_looked_at(
    without_packages, monkeypatch, capsys
):
    monkeypatch.setattr(without_packages.bootstrap, "is_complete", lambda: False)
    monkeypatch.setattr(without_packages.bootstrap, "can_serve", lambda: False)
    assert without_packages.main() == 1
    *_, packages, later = capsys.readouterr().out.splitlines()
    assert packages == "missing  packages    Not all is installed: make run does it, or make setup alone."
    assert later.startswith("Port, database and migrations are looked at")


def test_a_server_needs_the_packages_of_the_service_alone(without_packages, monkeypatch):
    monkeypatch.setattr(without_packages.bootstrap, "is_complete", lambda: False)
    monkeypatch.setattr(without_packages.bootstrap, "can_serve", lambda: True)
    assert without_packages.main() == 0


def test_what_the_packages_find_missing_is_a_failure(without_packages, monkeypatch):
    monkeypatch.setattr(without_packages, "rest", lambda: 1)
    assert without_packages.main() == 1


# --- With packages --------------------------------------------------------------------------------------


def test_each_wrong_setting_is_named():
    status, findings = examine(DATABASE_URL=DEAD_DATABASE)
    assert status == 1
    assert [(state, name) for state, name, _ in findings] == [("missing", "settings")] * 2
    assert findings[0][2].startswith("SECRET_KEY is not set")


def test_a_database_that_does_not_answer_is_named():
    status, findings = examine(**PRODUCTION, DB_CONNECT_TIMEOUT="1", PORT="8765")
    assert status == 1
    assert findings[0] == ("ok", "settings", "production")
    assert findings[-1][:2] == ("missing", "database")
    assert "port 9 failed" in findings[-1][2]


def test_an_embedded_database_that_is_not_made_yet_is_not_made_by_looking(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "data_folder", lambda: tmp_path)
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", EMBEDDED_ENGINE)
    assert [*doctor.database()] == [("database", False, "It is not made yet: make run makes it.")]
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_is_there_and_migrated_is_well(db):
    assert [(name, ok) for name, ok, _ in doctor.database()] == [("database", True), ("migrations", True)]


def test_migrations_that_are_not_applied_are_counted(db, monkeypatch):
    monkeypatch.setattr(doctor, "pending_migrations", lambda: 3)
    assert [*doctor.database()][-1] == (
        "migrations", False, "3 are not applied: make run applies them, or python manage.py migrate.",
    )  # fmt: skip


def test_an_old_database_is_refused(db, monkeypatch):
    monkeypatch.setattr(doctor, "MIN_POSTGRESQL", 99)
    assert not doctor.server().ok
    assert doctor.server().text.endswith("and 99 or newer is needed.")


def test_a_database_that_knows_no_letters_is_refused(db, monkeypatch):
    class Cursor:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            """Nothing to close."""

        def execute(self, statement):
            assert "lower('Ö')" in statement

        def fetchone(self):
            return 18, False

    monkeypatch.setattr(doctor, "connection", SimpleNamespace(cursor=Cursor))
    assert doctor.server() == (
        "database", False, "Its locale knows no letters beyond a to z: make it anew with a UTF-8 locale.",
    )  # fmt: skip


def test_a_database_that_goes_away_meanwhile_is_named(db, monkeypatch):
    def gone():
        raise OperationalError("the server\nwent away")

    monkeypatch.setattr(doctor, "pending_migrations", gone)
    assert [*doctor.database()][-1] == ("database", False, "It can't be used: the server went away")


def test_a_free_port_is_well(settings):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.PORT = free.getsockname()[1]
    assert doctor.port() == ("port", True, f"{settings.PORT} is free.")


def test_a_port_taken_by_the_product_is_well(settings, neighbour):
    settings.PORT = neighbour.server_port
    assert doctor.port() == ("port", True, f"The product runs on {settings.PORT}.")


@pytest.mark.parametrize("body", [b"<html>", b'{"status": "up"}'])
def test_a_port_taken_by_somebody_else_is_not(settings, neighbour, body):
    settings.PORT, neighbour.RequestHandlerClass.body = neighbour.server_port, body
    assert not doctor.port().ok
    assert f"make run PORT={settings.PORT + 1}" in doctor.port().text


def test_make_doctor_runs_it():
    makefile = (settings.BASE_DIR / "Makefile").read_text()
    assert "\ndoctor:\n" in makefile
    assert "$(PYTHON) bin/doctor.py" in makefile
