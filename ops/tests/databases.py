"""Read and compare the databases of the backup tests."""

import os
import re
import subprocess
import sys
from io import StringIO
from typing import NamedTuple

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from testing.servers.databases import PROCESS, connect_to, use_database

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
RULES = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace UNION ALL
SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal UNION ALL
SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
"""
SEQUENCES = """
SELECT sequencename, last_value::text FROM pg_sequences
WHERE schemaname = 'public' AND sequencename NOT LIKE 'stock_verification%'
"""
# PostgreSQL prints the casts of a CHECK at other places after it has parsed its own output.
CASTS = re.compile(r"::(character varying|text)(\[\])?|[()]")
# Tests share these databases and only read them, except RESTORED, which is for one test.
SOURCE, SHARED, MIGRATED = f"test_source{PROCESS}", f"test_shared{PROCESS}", f"test_migrated{PROCESS}"
RESTORED = f"test_restored{PROCESS}"
# Returns the tables distributed by owner, and the copied ones. Tables that only refer to the users stay on the
# coordinator.
DISTRIBUTED = """
SELECT logicalrelid::text, CASE partmethod WHEN 'h' THEN colocationid ELSE 0 END FROM pg_dist_partition
WHERE partmethod = 'h' OR repmodel = 't'
"""
NOT_COMPARED = {"stock_verification", "users_refreshfamily", "django_session"}


def read_database(database, port=None):
    """Return all rows and all rules as text, without the parts that a restore changes on purpose."""
    with connect_to(database, port) as other:
        tables = [row[0] for row in other.execute(TABLES) if row[0] not in NOT_COMPARED]
        row = "(to_jsonb(t) - 'token_version' - 'revoked_at')::text"
        rules = f"{RULES} UNION ALL {SEQUENCES} ORDER BY 1, 2"
        rows = {name: other.execute(f"SELECT {row} FROM {name} AS t ORDER BY 1").fetchall() for name in tables}
        return rows, [(name, CASTS.sub("", str(rule))) for name, rule in other.execute(rules)]


def assert_same(one, other):
    """Assert that two databases, as read by read_database(), have the same rows and rules.

    Show only the differences.
    """
    assert {name: rows for name, rows in one[0].items() if rows != other[0].get(name)} == {}
    assert sorted(set(one[1]) ^ set(other[1])) == []
    assert one == other


def run_manage(*arguments, database=RESTORED, **changes):
    """Run manage.py in production mode in a new process. `changes` has variables of its environment."""
    parts = connection.settings_dict
    variables = {f"DB_{name}": str(parts[name]) for name in ("HOST", "PORT", "USER", "PASSWORD")}
    production = {"SECRET_KEY": "x" * 50, "ALLOWED_HOSTS": "shop.example.org", "DB_NAME": database}
    return subprocess.run(
        [sys.executable, "-W", "error", "manage.py", *arguments],
        env={"PATH": os.environ["PATH"], "PYTHON_DOTENV_DISABLED": "1", **variables, **production, **changes},
        cwd=settings.BASE_DIR, capture_output=True, text=True, check=False,
    )  # fmt: skip


def truncate(file, share, folder):
    """Write the first part of the file to another one in the folder. Return its path as text."""
    content = file.read_bytes()
    truncated = folder / "truncated.dump"
    truncated.write_bytes(content[: int(len(content) * share)])
    return str(truncated)


class Outcome(NamedTuple):
    """The result of a command, with the names of subprocess.CompletedProcess."""

    returncode: int
    stdout: str
    stderr: str


def call_manage(*arguments, database=RESTORED):
    """Run a command of manage.py in this process, because starting a new process takes a second."""
    stdout, stderr = StringIO(), StringIO()
    with use_database(database):
        try:
            call_command(*arguments, stdout=stdout, stderr=stderr)
        except CommandError as error:
            return Outcome(1, stdout.getvalue(), f"{stderr.getvalue()}{error}")
    return Outcome(0, stdout.getvalue(), stderr.getvalue())
