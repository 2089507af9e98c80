"""The embedded server: it is there for whoever connects, whatever happened to it."""

import os
import shutil
import signal
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from django.db import OperationalError, connection

from core.embedded_postgres import place, server
from core.embedded_postgres.base import DatabaseWrapper


@contextmanager
def home():
    """A home of its own, which the server's account can reach; whatever runs in it is stopped in the end."""
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
    """A server that the tests leave as it is, made where an earlier initdb was interrupted."""
    with home() as folder, django_db_blocker.unblock():
        place.make_private(folder)
        unfinished = folder / "data.unfinished"
        unfinished.mkdir()
        (unfinished / "PG_VERSION").write_text("18")
        connect()
        yield folder


def connect():
    """A connection as Django makes it; the server's process id as proof."""
    wrapper = DatabaseWrapper({**connection.settings_dict, "NAME": "postgres"}, "embedded")
    try:
        with wrapper.cursor() as cursor:
            cursor.execute("SELECT 1")
        return postmaster()
    finally:
        wrapper.close()


def remove(folder):
    """`rm -rf`, again where the server has written something meanwhile."""
    while folder.exists():
        shutil.rmtree(folder, ignore_errors=True)


def postmaster():
    return int((place.data_folder() / "postmaster.pid").read_text().splitlines()[0])


def test_it_is_made_started_killed_removed_and_there_each_time(folder):
    assert server.stop() is False
    first = connect()
    assert connect() == first
    server.ensure_running()
    assert postmaster() == first

    os.kill(first, signal.SIGKILL)
    second = connect()
    assert second != first

    assert server.stop() is True
    assert server.is_accepting() is False
    third = connect()
    assert third != second

    remove(folder)
    assert connect() != third
    with suppress(ProcessLookupError):  # it ends by itself once it has seen that its files are gone
        os.kill(third, signal.SIGKILL)
    assert connect() == postmaster()


def test_it_speaks_utf_8_and_knows_umlauts_and_listens_to_no_network(running):
    with psycopg.connect(host=str(place.socket_folder()), user="postgres", dbname="postgres") as link:
        assert link.execute("SELECT lower('ÖÉ'), upper('ß'), 'Z' < 'a'").fetchone() == ("öé", "ß", True)
        assert link.execute("SHOW listen_addresses").fetchone() == ("",)
        assert link.execute("SHOW server_encoding").fetchone() == ("UTF8",)
        assert link.info.server_version >= 150000


def test_an_interrupted_initdb_left_nothing_that_looks_finished(running):
    assert not (running / "data.unfinished").exists()
    assert (place.data_folder() / "PG_VERSION").exists()


def test_a_server_that_refuses_is_heard_and_not_started_again(db, running):
    before = connect()
    wrapper = DatabaseWrapper({**connection.settings_dict, "NAME": "no_such_database"}, "embedded")
    with pytest.raises(OperationalError, match="does not exist"):
        wrapper.ensure_connection()
    assert postmaster() == before


@pytest.mark.parametrize("error", [server.ServerFailed("It can't."), PermissionError("It can't.")])
def test_a_server_that_does_not_start_is_a_database_that_is_away(folder, monkeypatch, error):
    def fail():
        raise error

    monkeypatch.setattr(server, "ensure_running", fail)
    with pytest.raises(OperationalError, match=r"It can't\."):
        connect()


def test_what_initdb_and_pg_ctl_complain_of_is_told(folder, monkeypatch):
    place.make_private(folder)
    monkeypatch.setattr(server, "LOCALE", ["--no-such-option"])
    with pytest.raises(server.ServerFailed, match=r"can't be created: .*initdb"):
        server.create()
    place.data_folder().mkdir()
    monkeypatch.setattr(server, "START_SECONDS", 0)
    with pytest.raises(server.ServerFailed, match="does not start: no reason given"):
        server.start()


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(server, "PACKAGE", "no_such_package")
    with pytest.raises(server.ServerFailed, match="not installed"):
        server.programs()


def test_programs_are_copied_where_the_servers_account_can_read_them(folder, monkeypatch):
    place.make_private(folder)
    monkeypatch.setattr(server, "is_private", lambda _: True)
    programs = server.programs()
    assert programs.is_relative_to(folder)
    assert server.programs() == programs
    assert server.run("initdb", "--version").returncode == 0


def test_a_server_that_lost_its_socket_is_started_anew(folder):
    first = connect()
    (place.socket_folder() / ".s.PGSQL.5432").unlink()
    assert connect() != first


def test_a_removed_server_leaves_no_file_and_a_new_one_is_made(folder):
    process = connect()
    server.remove()
    assert not folder.exists()
    assert connect() != process
