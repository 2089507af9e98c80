"""A backup comes back as it was, with every rule; what is broken or in the way is refused, and nothing is changed."""

import os
import re
import subprocess
import sys

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.test import Client

from ops import backups
from ops.backups import BackupFailed, back_up, restore
from stock.models import Movement
from testing.cast import client_of
from testing.shops import create_world
from users import tokens
from users.models import User

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
RULES = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace UNION ALL
SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal UNION ALL
SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' UNION ALL
SELECT sequencename, last_value::text FROM pg_sequences WHERE sequencename NOT LIKE 'stock_verification%' ORDER BY 1, 2
"""
# PostgreSQL writes a list of texts in a CHECK with its casts in other places, once it has read its own words.
CASTS = re.compile(r"::(character varying|text)(\[\])?|[()]")
RESTORED = "test_restored"
MADE_ANEW = {"stock_verification", "users_refreshfamily", "django_session"}


def link_to(database):
    """A connection of its own, without the web's timeouts: a busy disk takes its time for a new database."""
    parts = connection.settings_dict
    return psycopg.connect(
        host=parts["HOST"], port=parts["PORT"], user=parts["USER"], password=parts["PASSWORD"], dbname=database,
        autocommit=True,
    )  # fmt: skip


def all_of(database):
    """Every row of every table, and every rule, as text; but not what a restore ends or does again on purpose."""
    with link_to(database) as link:
        tables = [row[0] for row in link.execute(TABLES) if row[0] not in MADE_ANEW]
        row = "(to_jsonb(t) - 'token_version')::text"
        rows = {name: link.execute(f"SELECT {row} FROM {name} AS t ORDER BY 1").fetchall() for name in tables}
        return rows, [(name, CASTS.sub("", str(rule))) for name, rule in link.execute(RULES)]


def manage(*arguments, database=RESTORED):
    """manage.py in production mode, in a process of its own."""
    parts = connection.settings_dict
    variables = {f"DB_{name}": str(parts[name]) for name in ("HOST", "PORT", "USER", "PASSWORD")}
    production = {"SECRET_KEY": "x" * 50, "ALLOWED_HOSTS": "shop.example.org", "DB_NAME": database}
    return subprocess.run(
        [sys.executable, "-W", "error", "manage.py", *arguments],
        env={"PATH": os.environ["PATH"], "PYTHON_DOTENV_DISABLED": "1", **variables, **production},
        cwd=settings.BASE_DIR, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def source(transactional_db):
    """The name of a database with two shops in it: operations, a reversal, an archived product, a key."""
    create_world()
    return connection.settings_dict["NAME"]


@pytest.fixture
def empty(transactional_db):
    """The name of an empty database."""
    with link_to("postgres") as link:
        link.execute(f"DROP DATABASE IF EXISTS {RESTORED}")
        link.execute(f"CREATE DATABASE {RESTORED}")
        yield RESTORED
        link.execute(f"DROP DATABASE {RESTORED} WITH (FORCE)")


@pytest.fixture
def file(source, tmp_path):
    back_up(tmp_path / "shop.dump")
    return tmp_path / "shop.dump"


def test_a_ledger_comes_back_row_by_row_with_every_rule_and_holds(source, empty, tmp_path):
    file = tmp_path / "shop.dump"
    done = manage("backup", str(file), database=source)
    assert (done.returncode, done.stderr) == (0, "")
    done = manage("restore", str(file))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"2 accounts, {Movement.objects.count()} movements: the ledger holds.\n"
    before, after = all_of(source), all_of(empty)
    assert len(before[0]["stock_movement"]) == Movement.objects.count() > 10
    assert len(before[1]) > 60
    assert after == before


def test_a_restore_does_not_wait_for_an_analysis_of_a_catalog_that_all_databases_share(file, empty):
    with link_to("postgres") as link:
        link.execute("BEGIN")
        link.execute("ANALYZE pg_database")
        done = manage("restore", str(file))
        link.execute("ROLLBACK")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_comparison_sees_one_changed_value(source, file, empty):
    """A negative control."""
    manage("restore", str(file))
    with link_to(empty) as link:
        link.execute(
            "UPDATE suppliers_supplier SET name = name || '!' WHERE id = (SELECT min(id) FROM suppliers_supplier)"
        )
    assert all_of(empty) != all_of(source)


def test_a_database_with_tables_is_refused_and_stays_as_it_is(source, file):
    before = all_of(source)
    done = manage("restore", str(file), database=source)
    assert (done.returncode, done.stdout) == (1, "")
    assert "The database is not empty" in done.stderr
    assert all_of(source) == before


def test_what_is_there_is_replaced_if_that_is_said(source, file, empty):
    manage("migrate", "--noinput")
    done = manage("restore", str(file), "--replace")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{Movement.objects.count()} movements" in done.stdout
    assert all_of(empty) == all_of(source)


@pytest.fixture
def newer(empty):
    """The name of a database that a later release has migrated: an app more, and a rule more for a table of ours."""
    manage("migrate", "--noinput")
    with link_to(empty) as link:
        link.execute("CREATE TABLE buying_order (owner_id bigint REFERENCES users_user, id bigint PRIMARY KEY)")
        link.execute("CREATE TABLE buying_line (order_id bigint REFERENCES buying_order (id))")
        link.execute("ALTER TABLE suppliers_supplier ADD COLUMN twin_id bigint REFERENCES products_category (id)")
        link.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('buying', '0001_initial', now())")
        link.execute("CREATE TABLE sheep (name text)")
    return empty


def test_a_backup_takes_the_place_of_a_newer_schema(source, file, newer):
    done = manage("restore", str(file), "--replace")
    assert (done.returncode, done.stderr) == (0, "")
    rows, rules = all_of(newer)
    assert rows.pop("sheep") == []  # it belongs to somebody else
    assert (rows, rules) == all_of(source)


@pytest.mark.parametrize("share", [0.01, 0.5, 0.9])
def test_a_broken_backup_leaves_a_newer_schema_as_it_is(file, newer, share):
    content, before = file.read_bytes(), all_of(newer)
    file.write_bytes(content[: int(len(content) * share)])
    done = manage("restore", str(file), "--replace")
    assert (done.returncode, "pg_restore: error" in done.stderr) == (1, True)
    assert all_of(newer) == before


def test_what_the_database_refuses_is_said_and_replaces_nothing(file, newer):
    before = all_of(newer)
    with link_to(newer) as link:
        link.execute("CREATE VIEW flock AS SELECT id FROM users_user")
    done = manage("restore", str(file), "--replace")
    assert (done.returncode, "view flock depends on table users_user" in done.stderr) == (1, True)
    assert all_of(newer) == before


def signed_in(database):
    """How many can refresh, how many sessions there are, and the version of each user's tokens."""
    with link_to(database) as link:
        [counts] = link.execute("SELECT (SELECT count(*) FROM users_refreshfamily), count(*) FROM django_session")
        return *counts, [row[0] for row in link.execute("SELECT token_version FROM users_user ORDER BY id")]


def test_everybody_signs_in_anew_after_a_restore_and_after_the_next_one(source, empty, tmp_path):
    user = User.objects.earliest("pk")
    tokens.issue(user)
    Client().force_login(user)
    back_up(tmp_path / "shop.dump")
    families, sessions, before = signed_in(source)
    assert min(families, sessions) > 0
    manage("restore", str(tmp_path / "shop.dump"))
    *left, first = signed_in(empty)
    manage("restore", str(tmp_path / "shop.dump"), "--replace")
    *left_again, second = signed_in(empty)
    assert left == left_again == [0, 0]
    # More than a user ever changed, for a token may carry a version that came after the backup; and more each time.
    assert all(old + 1_000_000 < new < newer for old, new, newer in zip(before, first, second, strict=True))


def test_ending_everything_ends_tokens_and_sessions_again_and_again(alice):
    for _ in range(2):
        alice.refresh_from_db()
        pair, browser = tokens.issue(alice), Client()
        browser.force_login(alice)
        tokens.end_everything()
        assert browser.get("/api/").status_code == 401
        assert client_of(None).post("/api/auth/refresh/", {"refresh": pair["refresh"]}).status_code == 401
        bearer = {"Authorization": f"Bearer {pair['access']}"}
        assert client_of(None).get("/api/", headers=bearer).json()["code"] == "token_revoked"


def test_a_backup_of_another_program_is_refused(empty, tmp_path):
    with link_to(empty) as link:
        link.execute("CREATE TABLE sheep (name text)")
    assert manage("backup", str(tmp_path / "sheep.dump")).returncode == 0
    done = manage("restore", str(tmp_path / "sheep.dump"), "--replace")
    assert (done.returncode, "is no backup of this service" in done.stderr) == (1, True)


def test_a_broken_ledger_is_named_after_the_restore(source, file, empty):
    manage("restore", str(file))
    with link_to(empty) as link:
        link.execute("SET session_replication_role = replica")
        link.execute("UPDATE products_product SET quantity = quantity + 1 WHERE stock_sequence > 0")
    done = manage("verify_stock")
    assert (done.returncode, "is broken" in done.stderr) == (1, True)


@pytest.mark.parametrize("share", [0.01, 0.9])
def test_a_file_that_ends_too_early_leaves_the_database_empty(file, empty, share):
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * share)])
    done = manage("restore", str(file))
    assert (done.returncode, done.stdout) == (1, "")
    assert "pg_restore: error" in done.stderr
    assert all_of(empty) == ({}, [])


def test_a_broken_file_replaces_nothing(source, file):
    content, before = file.read_bytes(), all_of(source)
    file.write_bytes(content[: len(content) // 2])
    assert manage("restore", str(file), "--replace", database=source).returncode == 1
    assert all_of(source) == before


@pytest.mark.parametrize("content", [b"", b"name,price\nKettle,10.00\n"])
def test_what_is_no_backup_is_refused(db, tmp_path, content):
    (tmp_path / "goods.csv").write_bytes(content)
    with pytest.raises(BackupFailed, match="pg_restore: error: "):
        restore(tmp_path / "goods.csv")


def test_a_backup_is_for_its_owner_alone_and_overwrites_nothing(file):
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(BackupFailed, match="is there already"):
        back_up(file)


def test_a_backup_that_fails_leaves_no_file(db, tmp_path, monkeypatch):
    monkeypatch.setattr(backups, "program_for_server", lambda _: "false")
    with pytest.raises(BackupFailed, match="no reason given"):
        back_up(tmp_path / "shop.dump")
    assert list(tmp_path.iterdir()) == []


def a_program(folder, release, body=""):
    file = folder / f"pg_dump-{release}"
    file.write_text(f"#!/bin/sh\necho 'pg_dump (PostgreSQL) {release}.4 (Debian {release}.4-1)'\n{body}\n")
    file.chmod(0o755)
    return str(file)


def test_no_password_stands_on_a_command_line(db, tmp_path, monkeypatch):
    program = a_program(
        tmp_path, 18, f'echo "$@" > {tmp_path}/line; echo "$PGPASSWORD $PGSSLMODE" > {tmp_path}/variables'
    )
    monkeypatch.setitem(connection.settings_dict, "PASSWORD", "heron-41")
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "sslmode", "require")
    backups.run(program, "--format=custom")
    assert (tmp_path / "line").read_text() == "--format=custom\n"
    assert (tmp_path / "variables").read_text() == "heron-41 require\n"
    assert "PGOPTIONS" not in backups.libpq_variables()


@pytest.mark.parametrize(("releases", "chosen"), [([15, 18, 19], 18), ([20, 19, 17], 19), ([18], 18)])
def test_the_program_of_the_server_s_release_is_taken_or_the_next_newer_one(
    db, tmp_path, monkeypatch, releases, chosen
):
    monkeypatch.setattr(connections["default"], "pg_version", 180_004)
    monkeypatch.setattr(backups, "installed", lambda _: [a_program(tmp_path, number) for number in releases])
    assert backups.program_for_server("pg_dump") == f"{tmp_path}/pg_dump-{chosen}"


def test_without_a_fitting_program_the_sentence_says_what_to_install(db, tmp_path, monkeypatch):
    monkeypatch.setattr(connections["default"], "pg_version", 180_004)
    monkeypatch.setattr(backups, "installed", lambda _: [a_program(tmp_path, 15)])
    with pytest.raises(
        BackupFailed, match=r"is PostgreSQL 18, and there is no pg_dump .* apt install postgresql-client-18"
    ):
        back_up(tmp_path / "shop.dump")


def test_production_looks_beside_the_embedded_server_that_it_does_not_have(monkeypatch, tmp_path):
    def missing():
        raise backups.ServerFailed

    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "pg_dump").symlink_to(a_program(tmp_path, 16))
    monkeypatch.setattr(backups, "programs", missing)
    monkeypatch.setattr(backups, "INSTALLATIONS", (f"{tmp_path}/no-such/*/bin",))
    assert list(backups.installed("pg_dump")) == [f"{tmp_path}/pg_dump"]


def test_the_command_names_the_file_by_the_time(db, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    call_command("backup")
    [file] = tmp_path.glob("backups/inventory-20*T*Z.dump")
    assert capsys.readouterr().out == f"{file.relative_to(tmp_path)}: {file.stat().st_size:,} bytes.\n"
