"""No migration stops a service that runs: squawk reads the SQL of each, and what Django alone does is looked for here.

docs/upgrading.md says how to write what a rule refuses. A migration that must break one is named in ACCEPTED, with why.
"""

import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

FIRST_RELEASE = "made before the first release: no service runs on what it changes"
ACCEPTED = {
    "users.0001_initial": FIRST_RELEASE,
    "users.0002_attempt": FIRST_RELEASE,
    "users.0003_token_version": FIRST_RELEASE,
    "users.0004_security_event": FIRST_RELEASE,
    "users.0005_support_desk": FIRST_RELEASE,
    "suppliers.0001_initial": FIRST_RELEASE,
    "products.0001_initial": FIRST_RELEASE,
    "stock.0001_initial": FIRST_RELEASE,
    "stock.0002_immutable": FIRST_RELEASE,
    "stock.0003_idempotency_key": FIRST_RELEASE,
    "stock.0004_reference_index": FIRST_RELEASE,
}
OLDEST_POSTGRESQL = "15.0"
# Matters of taste in which this project follows Django; and the timeouts, which every connection brings along.
NOT_OURS = (
    "prefer-text-field,prefer-bigint-over-int,prefer-bigint-over-smallint,prefer-identity,prefer-robust-stmts,"
    "require-lock-timeout,require-statement-timeout"
)
# Django adds a column with a default that it takes away at once: the release that still runs can't insert any more.
DEFAULT_TAKEN_AWAY = re.compile(r'ALTER COLUMN "\w+" DROP DEFAULT')


def migrations():
    """The names of our own, `app.name`."""
    loader = MigrationLoader(connection)
    ours = {
        config.label for config in apps.get_app_configs() if not config.name.startswith(("django", "rest_framework"))
    }
    return [f"{app}.{name}" for app, name in sorted(loader.disk_migrations) if app in ours]


def sql_of(migration):
    app, name = migration.split(".")
    out = io.StringIO()
    call_command("sqlmigrate", app, name, stdout=out, no_color=True)
    return out.getvalue()


def refusals(sql):
    """The rules that the statements break."""
    squawk = shutil.which("squawk", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    assert squawk, "squawk is missing: pip install -r requirements-dev.txt"
    done = subprocess.run(
        [squawk, "--reporter=gcc", f"--pg-version={OLDEST_POSTGRESQL}", f"--exclude={NOT_OURS}"],
        input=sql, capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = re.findall(r": (?:warning|error): ([a-z-]+)", done.stdout)
    assert bool(done.returncode) == bool(found), done.stdout + done.stderr
    return found + ["default-taken-away"] * bool(DEFAULT_TAKEN_AWAY.search(sql))


@pytest.mark.django_db(transaction=True)  # Django writes CREATE INDEX CONCURRENTLY outside of a transaction only
def test_no_migration_stops_a_service_that_runs():
    looked_at = [migration for migration in migrations() if migration not in ACCEPTED]
    assert {migration: found for migration in looked_at if (found := refusals(sql_of(migration)))} == {}


@pytest.mark.django_db
def test_what_is_accepted_is_there():
    assert set(ACCEPTED) <= set(migrations())


@pytest.mark.django_db
def test_the_linter_reads_what_django_writes():
    """A negative control: an index on a table that was there is refused, a new table with its own is not."""
    assert refusals(sql_of("stock.0004_reference_index")) == ["require-concurrent-index-creation"]
    assert refusals(sql_of("products.0001_initial")) == []


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("CREATE INDEX i ON product (name)", "require-concurrent-index-creation"),
        ("DROP INDEX i", "require-concurrent-index-deletion"),
        ("ALTER TABLE product ADD COLUMN color text NOT NULL", "adding-required-field"),
        ("ALTER TABLE product ADD COLUMN made timestamptz DEFAULT clock_timestamp()", "adding-field-with-default"),
        ("ALTER TABLE product ALTER COLUMN name SET NOT NULL", "adding-not-nullable-field"),
        ("ALTER TABLE product ALTER COLUMN name TYPE varchar(10)", "changing-column-type"),
        ("ALTER TABLE product DROP COLUMN name", "ban-drop-column"),
        ("ALTER TABLE product RENAME COLUMN name TO title", "renaming-column"),
        ("ALTER TABLE product RENAME TO item", "renaming-table"),
        ("DROP TABLE product", "ban-drop-table"),
        ("ALTER TABLE product ADD CONSTRAINT c CHECK (price >= 0)", "constraint-missing-not-valid"),
        ("ALTER TABLE product ADD CONSTRAINT c UNIQUE (name)", "disallowed-unique-constraint"),
        (
            "ALTER TABLE product ADD CONSTRAINT c FOREIGN KEY (owner_id) REFERENCES users_user (id)",
            "adding-foreign-key-constraint",
        ),
        ('ALTER TABLE "product" ALTER COLUMN "color" DROP DEFAULT', "default-taken-away"),
    ],
)
def test_what_locks_or_breaks_a_running_service_is_refused(statement, rule):
    assert rule in refusals(f"BEGIN;\n{statement};\nCOMMIT;\n")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE shelf (id bigint PRIMARY KEY, name varchar(255) NOT NULL); CREATE INDEX i ON shelf (name)",
        "ALTER TABLE product ADD COLUMN color text",
        "ALTER TABLE product ADD COLUMN color text DEFAULT '' NOT NULL",
        "ALTER TABLE product ADD CONSTRAINT c CHECK (price >= 0) NOT VALID",
        "CREATE INDEX CONCURRENTLY i ON product (name)",
    ],
)
def test_what_a_running_service_does_not_notice_is_allowed(statement):
    transaction = "BEGIN;\n{};\nCOMMIT;\n" if "CONCURRENTLY" not in statement else "{};\n"
    assert refusals(transaction.format(statement)) == []
