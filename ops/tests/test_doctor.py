"""`make doctor` prints what is ready, what is missing and what to do about it."""

import importlib.util
import os
import re
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.conf import settings
from django.db import OperationalError

from core.environment import EMBEDDED_ENGINE
from inventory_api.tests.test_start import DEAD_DATABASE, PRODUCTION
from ops import doctor
from testing.tables import all_cases

BIN = settings.BASE_DIR / "ops" / "bin"


@pytest.fixture
def without_packages(monkeypatch):
    """Return the module ops/bin/doctor.py, with its own bootstrap.py."""
    monkeypatch.syspath_prepend(str(BIN))
    spec = importlib.util.spec_from_file_location("doctor_in_bin", BIN / "doctor.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module.bootstrap, "is_complete", lambda _purpose: True)
    monkeypatch.setattr(module, "check_rest", lambda: 0)
    return module


def run_doctor(**variables):
    """Return the exit status and the lines of ops.doctor in a clean environment without .env."""
    clean = {"PATH": os.environ["PATH"], "PYTHON_DOTENV_DISABLED": "1", **variables}
    command = [sys.executable, "-m", "ops.doctor"]
    done = subprocess.run(command, env=clean, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    return done.returncode, [tuple(line.split(maxsplit=2)) for line in done.stdout.splitlines()]


@pytest.fixture
def other_server():
    """Yield a web server on a free port that responds to every request with `body`."""

    class Answering(BaseHTTPRequestHandler):
        body = b'{"status": "ok"}'

        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(self.body)

        def log_message(self, *args):
            """Log nothing."""

    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


# --- Without packages -----------------------------------------------------------------------------------


def test_needs_only_the_standard_library():
    command = [sys.executable, "-S", str(BIN / "doctor.py")]
    clean = {"PATH": os.environ["PATH"], "PYTHON_DOTENV_DISABLED": "1"}
    done = subprocess.run(command, env=clean, capture_output=True, text=True, timeout=60)
    assert [line.split()[1] for line in done.stdout.splitlines()[:3]] == ["Python", "disk", "packages"]
    assert done.stderr == ""
    assert done.returncode == int("missing" in done.stdout)


@pytest.mark.quick
def test_succeeds_if_nothing_is_missing(without_packages, capsys):
    assert without_packages.main() == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["ok"] * 3


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("MIN_PYTHON", (4, 0), "missing  Python      Python 3.11 or newer is needed"),
        ("MIN_FREE_MEGABYTES", 10**12, "missing  disk        The disk is full"),
    ],
)
def test_fails_and_names_what_is_missing(without_packages, monkeypatch, capsys, name, value, says):
    monkeypatch.setattr(without_packages.bootstrap, name, value)
    assert without_packages.main() == 1
    assert says in capsys.readouterr().out


@pytest.mark.quick
def test_says_how_to_install_missing_packages_and_that_more_checks_follow(without_packages, monkeypatch, capsys):
    monkeypatch.setattr(without_packages.bootstrap, "is_complete", lambda _purpose: False)
    monkeypatch.setattr(without_packages.bootstrap, "can_serve", lambda: False)
    assert without_packages.main() == 1
    *_, packages, last = capsys.readouterr().out.splitlines()
    assert packages == "missing  packages    Not all are installed: make run installs them, or make setup alone."
    assert last.startswith("Port, database and migrations are checked once")


def test_a_server_needs_only_the_packages_of_the_service(without_packages, monkeypatch):
    monkeypatch.setattr(without_packages.bootstrap, "is_complete", lambda _purpose: False)
    monkeypatch.setattr(without_packages.bootstrap, "can_serve", lambda: True)
    assert without_packages.main() == 0


def test_fails_if_a_check_that_needs_the_packages_fails(without_packages, monkeypatch):
    monkeypatch.setattr(without_packages, "check_rest", lambda: 1)
    assert without_packages.main() == 1


# --- With packages --------------------------------------------------------------------------------------


def test_names_each_wrong_setting():
    status, findings = run_doctor(DATABASE_URL=DEAD_DATABASE)
    assert status == 1
    assert [(state, name) for state, name, _ in findings] == [("missing", "settings")] * 2
    assert findings[0][2].startswith("SECRET_KEY is not set")


def test_names_an_unreachable_database():
    status, findings = run_doctor(**PRODUCTION, DB_CONNECT_TIMEOUT="1", PORT="8765")
    assert status == 1
    assert findings[0] == ("ok", "settings", "production")
    assert findings[-1][:2] == ("missing", "database")
    assert "port 9 failed" in findings[-1][2]


@pytest.mark.quick
def test_does_not_create_a_missing_embedded_database(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "is_created", lambda: False)
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", EMBEDDED_ENGINE)
    assert [*doctor.check_database()] == [("database", False, "It does not exist yet: make run creates it.")]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.quick
def test_accepts_a_migrated_database(db):
    names = ("database", "migrations", "tables")
    assert [(name, ok) for name, ok, _ in doctor.check_database()] == [(name, True) for name in names]


def test_counts_unapplied_migrations(db, monkeypatch):
    monkeypatch.setattr(doctor, "pending_migrations", lambda: 3)
    assert [*doctor.check_database()][1] == (
        "migrations", False, "3 are not applied: make run applies them, or python manage.py migrate.",
    )  # fmt: skip


def test_rejects_an_old_server(db, monkeypatch):
    monkeypatch.setattr(doctor, "MIN_POSTGRESQL", 99)
    assert not doctor.check_server().ok
    assert doctor.check_server().text.startswith("PostgreSQL 99 or newer is needed; this is ")


def test_rejects_a_locale_without_letters_beyond_a_to_z(db, monkeypatch):
    monkeypatch.setattr(doctor, "fetch", lambda statement: [(18, "lower('Ö')" not in statement)])
    assert doctor.check_server() == (
        "database", False, "The locale has no letters beyond a to z: create the database with a UTF-8 locale.",
    )  # fmt: skip


@pytest.mark.quick
def test_names_a_database_that_goes_away_during_the_check(db, monkeypatch):
    def raise_gone():
        raise OperationalError("the server\nwent away")

    monkeypatch.setattr(doctor, "pending_migrations", raise_gone)
    assert [*doctor.check_database()][-1] == ("database", False, "The database can't be used: the server went away")


def test_accepts_a_free_port(settings):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.PORT = free.getsockname()[1]
    assert doctor.check_port() == ("port", True, f"Port {settings.PORT} is free.")


def test_accepts_a_port_used_by_the_service(settings, other_server):
    settings.PORT = other_server.server_port
    assert doctor.check_port() == ("port", True, f"The service is running on port {settings.PORT}.")


@pytest.mark.quick
@all_cases("body", [b"<html>", b'{"status": "up"}'])
def test_rejects_a_port_used_by_another_program(settings, other_server, body):
    settings.PORT, other_server.RequestHandlerClass.body = other_server.server_port, body
    assert not doctor.check_port().ok
    suggested = re.search(r"make run PORT=(\d+)", doctor.check_port().text)
    assert int(suggested[1]) > settings.PORT


def test_make_doctor_runs_this_program():
    makefile = (settings.BASE_DIR / "Makefile").read_text()
    assert "\ndoctor:\n" in makefile
    assert "$(PYTHON) ops/bin/doctor.py" in makefile
