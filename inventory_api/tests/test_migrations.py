"""No migration blocks a running service. squawk checks the SQL of each, and a check here covers what only Django does.

docs/upgrading.md says what to write instead. ACCEPTED lists migrations that must break a rule, with the reason.
"""

import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.migrations.loader import MigrationLoader

from products.models import Product
from testing.tables import all_cases

RENAMED = "the new index takes the name of the old one, by which the running release explains a taken name"
ACCEPTED: dict[str, str] = {
    "users.0007_shop_exported": "the constraint with one more kind takes the name of the old one, in one transaction",
    "products.0004_names_of_live_rows": RENAMED,
    "suppliers.0004_names_of_live_rows": RENAMED,
    "users.0010_kinds_of_security_events": "the constraint with new kinds takes the place of the former one",
    "users.0014_second_factors": "the same",
    "users.0020_roles": "the same, and a longer text needs no new table",
    "users.0023_label_settings": "the new columns have their defaults, and the table has a row for each person only",
    "users.0024_sign_in_failed": "as users.0010: the constraint with a new kind takes the place of the former one",
    "products.0012_shorter_checks": "the checks take the names of the former ones, which say the same in more words",
    "stock.0013_shorter_checks": "the same",
    "stock.0015_total": "the check of the price of one, which now needs a price with each total, takes its former name",
    "stock.0021_recipes": "as users.0010: the check with one more reason takes the place of the former one",
    "products.0016_keeps_stock": "only a product that this release has made without a threshold has a null there",
    "reservations.0010_lines_of_kits": "an index that kits need takes the place of a constraint, which says more",
    "customers.0004_unnamed_buyer": "the running release names a customer in each of its rows, and its joins are outer",
    "history.0004_longer_kinds": "a longer text needs no new table",
    "stock.0035_seals_without_operations": "a check that allows more takes the place of the former one",
    "products.0024_checks_as_triggers": "triggers of the same transaction refuse what the checks have refused",
    "reservations.0003_orders": "the default is the time of the statement, which PostgreSQL computes once for all rows",
}
OLDEST_POSTGRESQL = "15.0"
# These rules are about style, in which this project follows Django, and about timeouts, which every connection sets.
EXCLUDED_RULES = (
    "prefer-text-field,prefer-bigint-over-int,prefer-bigint-over-smallint,prefer-identity,prefer-robust-stmts,"
    "require-lock-timeout,require-statement-timeout"
)
# Django adds a column with a default and immediately drops the default. Then the running release can't insert rows.
DROPPED_DEFAULT = re.compile(r'ALTER COLUMN "\w+" DROP DEFAULT')


@cache
def load_migrations():
    return MigrationLoader(connection, replace_migrations=False)


def list_migrations():
    """Return the names of the project's migrations, as `app.name`."""
    ours = {
        config.label for config in apps.get_app_configs() if not config.name.startswith(("django", "rest_framework"))
    }
    return [f"{app}.{name}" for app, name in sorted(load_migrations().disk_migrations) if app in ours]


def read_sql(migration):
    """Return the SQL of a migration, as `manage.py sqlmigrate` does, which would load all migrations each time."""
    node = load_migrations().graph.nodes[tuple(migration.split("."))]
    sql = "\n".join(load_migrations().collect_sql([(node, False)]))
    return f"BEGIN;\n{sql}\nCOMMIT;\n" if node.atomic else sql


def broken_rules(sql):
    """Return the rules that the statements break."""
    squawk = shutil.which("squawk", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    assert squawk, "squawk is missing: pip install -r testing/requirements/dev.txt"
    done = subprocess.run(
        [squawk, "--reporter=gcc", f"--pg-version={OLDEST_POSTGRESQL}", f"--exclude={EXCLUDED_RULES}"],
        input=sql, capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = re.findall(r": (?:warning|error): ([a-z-]+)", done.stdout)
    assert bool(done.returncode) == bool(found), done.stdout + done.stderr
    return found + ["dropped-default"] * bool(DROPPED_DEFAULT.search(sql))


@pytest.mark.django_db(transaction=True)  # CREATE INDEX CONCURRENTLY can't run in a transaction
def test_no_migration_blocks_a_running_service():
    checked = [migration for migration in list_migrations() if migration not in ACCEPTED]
    assert {migration: found for migration in checked if (found := broken_rules(read_sql(migration)))} == {}


def test_every_migration_can_be_reversed():
    """stock/tests/test_immutable.py reverses those of the ledger, and of all that depends on it."""
    migrations = MigrationLoader(None).disk_migrations
    assert len(migrations) > 100
    assert [key for key, one in migrations.items() if not all(step.reversible for step in one.operations)] == []


@pytest.mark.django_db
def test_every_accepted_migration_exists():
    assert set(ACCEPTED) <= set(list_migrations())


@pytest.mark.django_db
def test_the_linter_understands_the_sql_of_django():
    """This is the negative control. The linter rejects an index on an existing table, and allows one on a new table."""
    with connection.schema_editor(collect_sql=True) as editor:
        editor.add_index(Product, models.Index(fields=["owner", "unit"], name="products_product_by_unit"))
    statements = "\n".join(["BEGIN;", *editor.collected_sql, "COMMIT;"])
    assert broken_rules(statements) == ["require-concurrent-index-creation"]
    assert broken_rules(read_sql("products.0001_initial")) == []


@all_cases(
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
        ('ALTER TABLE "product" ALTER COLUMN "color" DROP DEFAULT', "dropped-default"),
    ],
)
def test_rejects_statements_that_lock_or_break_a_running_service(statement, rule):
    assert rule in broken_rules(f"BEGIN;\n{statement};\nCOMMIT;\n")


@all_cases(
    "statement",
    [
        "CREATE TABLE shelf (id bigint PRIMARY KEY, name varchar(255) NOT NULL); CREATE INDEX i ON shelf (name)",
        "ALTER TABLE product ADD COLUMN color text",
        "ALTER TABLE product ADD COLUMN color text DEFAULT '' NOT NULL",
        "ALTER TABLE product ADD CONSTRAINT c CHECK (price >= 0) NOT VALID",
        "CREATE INDEX CONCURRENTLY i ON product (name)",
    ],
)
def test_allows_statements_that_a_running_service_does_not_notice(statement):
    transaction = "BEGIN;\n{};\nCOMMIT;\n" if "CONCURRENTLY" not in statement else "{};\n"
    assert broken_rules(transaction.format(statement)) == []
