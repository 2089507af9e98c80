"""With `make restore REPLACE=yes`, the backup replaces the tables of the service, of any release, or
changes nothing.
"""

import pytest

from ops.backups import back_up
from ops.tests.databases import assert_same, call_manage, read_database, truncate
from testing.servers.databases import PROCESS, connect_to, create_database, use_database

REWRITTEN = f"test_rewritten{PROCESS}"


@pytest.fixture
def newer(migrated):
    """Return the name of a database that a later release has migrated: it has one more app and one more column."""
    with connect_to(migrated) as other:
        other.execute("CREATE TABLE buying_order (owner_id bigint REFERENCES users_user, id bigint PRIMARY KEY)")
        other.execute("CREATE TABLE buying_line (order_id bigint REFERENCES buying_order (id))")
        other.execute("ALTER TABLE suppliers_supplier ADD COLUMN twin_id bigint REFERENCES products_category (id)")
        other.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('buying', '0001_initial', now())")
        other.execute("CREATE TABLE sheep (name text)")
    return migrated


def test_replaces_a_newer_schema_and_keeps_tables_of_other_programs(source, file, newer):
    done = call_manage("restore", str(file), "--replace")
    assert (done.returncode, done.stderr) == (0, "")
    before = read_database(source)
    assert f"{len(before[0]['stock_movement'])} movements" in done.stdout
    rows, rules = read_database(newer)
    assert rows.pop("sheep") == []  # the table belongs to another program
    assert_same((rows, rules), before)


@pytest.mark.parametrize("share", [0.9, *(pytest.param(share, marks=pytest.mark.long) for share in (0.01, 0.5))])
def test_a_truncated_backup_leaves_a_newer_schema_unchanged(file, newer, share, tmp_path):
    before = read_database(newer)
    done = call_manage("restore", truncate(file, share, tmp_path), "--replace")
    assert (done.returncode, "pg_restore: error" in done.stderr) == (1, True)
    assert read_database(newer) == before


def test_names_a_dependent_view_of_another_program_and_changes_nothing(file, newer):
    before = read_database(newer)
    with connect_to(newer) as other:
        other.execute("CREATE VIEW flock AS SELECT id FROM users_user")
    done = call_manage("restore", str(file), "--replace")
    assert (done.returncode, "view flock depends on table users_user" in done.stderr) == (1, True)
    assert read_database(newer) == before


def test_refuses_a_backup_of_another_program(empty, tmp_path):
    with connect_to(empty) as other:
        other.execute("CREATE TABLE sheep (name text)")
    assert call_manage("backup", str(tmp_path / "sheep.dump")).returncode == 0
    done = call_manage("restore", str(tmp_path / "sheep.dump"), "--replace")
    assert (done.returncode, "is no backup of this service" in done.stderr) == (1, True)


@pytest.fixture
def rewritten(source, tmp_path):
    """Return a backup of a database whose tables are not those of its recorded migrations."""
    with create_database(REWRITTEN, source):
        with connect_to(REWRITTEN) as other:
            other.execute("ALTER TABLE suppliers_supplier DROP COLUMN lead_days")
        with use_database(REWRITTEN):
            back_up(tmp_path / "rewritten.dump")
    return str(tmp_path / "rewritten.dump")


@pytest.mark.parametrize("options", [["--replace"], pytest.param([], marks=pytest.mark.long)])
def test_refuses_a_backup_of_a_version_before_the_first_release(migrated, rewritten, options):
    with connect_to(migrated) as other:
        other.execute("INSERT INTO django_session VALUES ('own', '', now())")
    done = call_manage("restore", rewritten, *options)
    assert (done.returncode, "(suppliers_supplier.lead_days is missing)" in done.stderr) == (1, True)
    assert done.stderr.endswith("name a backup of a release. Nothing was changed.")
    with connect_to(migrated) as other:
        assert other.execute("SELECT session_key FROM django_session").fetchall() == [("own",)]
