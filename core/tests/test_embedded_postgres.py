"""The embedded server starts on each connection, even after it was killed, stopped or deleted."""

import os
import shutil
import signal
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from django.db import OperationalError, connection

from core.database.embedded import place, server
from core.database.embedded.base import DatabaseWrapper


@contextmanager
def home():
    """Return a temporary home that the server's account can enter. Its server is stopped at the end."""
    folder = Path(tempfile.mkdtemp(prefix="inventory-test-"))
    folder.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        for module in (place, server):
            patch.setattr(module, "home", lambda: folder / "home")
        yield folder / "home"
        server.stop()
    remove(folder)


@pytest.fixture
def folder(db):
    with home() as folder:
        yield folder


@pytest.fixture(scope="module")
def running(django_db_setup, django_db_blocker):
    """Return a server that the tests share and may replace. It was created after an interrupted initdb."""
    with home() as folder, django_db_blocker.unblock():
        place.make_private(folder)
        unfinished = folder / "data.unfinished"
        unfinished.mkdir()
        (unfinished / "PG_VERSION").write_text("18")
        connect()
        yield folder


def connect():
    """Connect as Django does, and return the server's process id."""
    wrapper = DatabaseWrapper({**connection.settings_dict, "NAME": "postgres"}, "embedded")
    try:
        with wrapper.cursor() as cursor:
            cursor.execute("SELECT 1")
        return read_server_pid()
    finally:
        wrapper.close()


def remove(folder):
    """Delete the folder. Retry if the server writes files meanwhile."""
    while folder.exists():
        shutil.rmtree(folder, ignore_errors=True)


def read_server_pid():
    return int((place.data_folder() / "postmaster.pid").read_text().splitlines()[0])


def test_a_server_that_was_never_created_is_not_stopped(folder):
    assert server.stop() is False


def test_a_connection_creates_and_starts_the_server_after_a_kill_stop_or_deletion(db, running):
    first = connect()
    assert connect() == first
    server.ensure_running()
    assert read_server_pid() == first

    os.kill(first, signal.SIGKILL)
    second = connect()
    assert second != first

    assert server.stop() is True
    assert server.is_accepting() is False
    third = connect()
    assert third != second

    remove(running)
    assert connect() != third
    with suppress(ProcessLookupError):  # the server exits when it notices that its files are gone
        os.kill(third, signal.SIGKILL)
    assert connect() == read_server_pid()


def test_uses_utf_8_folds_umlauts_and_listens_on_no_network(running):
    with psycopg.connect(host=str(place.socket_folder()), user="postgres", dbname="postgres") as link:
        assert link.execute("SELECT lower('ÖÉ'), upper('ß'), 'Z' < 'a'").fetchone() == ("öé", "ß", True)
        assert link.execute("SHOW listen_addresses").fetchone() == ("",)
        assert link.execute("SHOW server_encoding").fetchone() == ("UTF8",)
        assert link.info.server_version >= 150000


def test_replaces_the_folder_of_an_interrupted_initdb(running):
    assert not (running / "data.unfinished").exists()
    assert (place.data_folder() / "PG_VERSION").exists()


def test_raises_the_error_of_a_running_server_without_starting_another(db, running):
    before = connect()
    wrapper = DatabaseWrapper({**connection.settings_dict, "NAME": "no_such_database"}, "embedded")
    with pytest.raises(OperationalError, match="does not exist"):
        wrapper.ensure_connection()
    assert read_server_pid() == before


@pytest.mark.parametrize("error", [server.ServerFailed("It can't."), PermissionError("It can't.")])
def test_a_failed_start_is_an_operational_error(folder, monkeypatch, error):
    def fail():
        raise error

    monkeypatch.setattr(server, "ensure_running", fail)
    with pytest.raises(OperationalError, match=r"It can't\."):
        connect()


@pytest.mark.quick
def test_the_error_contains_the_last_line_of_initdb_and_pg_ctl(folder, monkeypatch):
    place.make_private(folder)
    monkeypatch.setattr(server, "LOCALE", ["--no-such-option"])
    with pytest.raises(server.ServerFailed, match=r"can't be created: .*initdb"):
        server.create()
    place.data_folder().mkdir()
    monkeypatch.setattr(server, "START_SECONDS", 0)
    with pytest.raises(server.ServerFailed, match="does not start: no reason given"):
        server.start()


def test_says_if_the_package_is_not_installed(monkeypatch):
    monkeypatch.setattr(server, "PACKAGE", "no_such_package")
    with pytest.raises(server.ServerFailed, match="not installed"):
        server.programs_folder()


@pytest.mark.long
def test_copies_the_programs_to_where_the_servers_account_can_read_them(folder, monkeypatch):
    place.make_private(folder)
    monkeypatch.setattr(server, "is_private", lambda _: True)
    programs = server.programs_folder()
    assert programs.is_relative_to(folder)
    assert server.programs_folder() == programs
    assert server.run_postgres("initdb", "--version").returncode == 0


def test_restarts_a_server_that_lost_its_socket(db, running):
    first = connect()
    (place.socket_folder() / ".s.PGSQL.5432").unlink()
    assert connect() != first


@pytest.mark.long
def test_remove_deletes_all_files_and_a_connection_creates_a_new_server(db, running):
    process = connect()
    server.delete_server()
    assert not running.exists()
    assert connect() != process
