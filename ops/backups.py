"""Backups by PostgreSQL's own programs, of the release that matches the server, and how they come back.

Where to connect is told to them by libpq's environment variables: every user of a machine can read a command line.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import connection
from psycopg.pq import Conninfo

from core.embedded_postgres.server import ServerFailed, programs
from ops import replacing
from users import tokens

# Where Debian and Red Hat install each release beside the others.
INSTALLATIONS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin")
OUR_TABLES = re.compile(r" TABLE \S+ users_refreshfamily ")
HAS_TABLES = "SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema'))"


class BackupFailed(Exception):
    """It can't be backed up or restored; the message says why, and nothing was changed."""


def back_up(file: Path) -> None:
    """Write the whole database, as it is at one instant, to a new file that its owner alone may read."""
    program = program_for_server("pg_dump")
    if file.exists():
        raise BackupFailed(f"{file} is there already: name another one.")
    unfinished = file.with_name(f"{file.name}.unfinished")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600)
    except OSError as error:
        raise BackupFailed(f"{file} can't be written: {error.strerror}.") from error
    try:
        run(program, "--format=custom", f"--file={unfinished}")
        unfinished.rename(file)
    finally:
        unfinished.unlink(missing_ok=True)


def restore(file: Path, replace: bool = False) -> None:
    """Bring the file's tables, rows, constraints and triggers into the database, in one transaction: all or nothing.

    The database must be empty; with `replace`, all that the service has in it is dropped first, in the same
    transaction, whatever release has migrated it. Every token and session ends: what was revoked after the backup would
    be good again, and what a lost user held opens nobody else.
    """
    program = program_for_server("pg_restore")
    # A file that is no backup, or another program's, is refused before anything is asked of the database.
    if not OUR_TABLES.search(run(program, "--list", str(file))):
        raise BackupFailed(f"{file} is no backup of this service: it has no table of sign-ins.")
    if not replace and has_tables():
        raise BackupFailed(
            "The database is not empty: restore into a new one, or say --replace (make restore REPLACE=yes)."
        )
    connection.close()
    database = str(connection.settings_dict["NAME"])
    if replace:
        fail_if(replacing.replace(program, file, database, variables()))
    else:
        whole = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
        run(program, *whole, "--dbname", database, str(file))
    tokens.end_everything()
    with connection.cursor() as cursor:
        # The planner knows nothing of rows that were restored. Catalogs are shared by all databases of the server: one
        # that somebody else analyzes is skipped, or waiting for it would fail a restore that is done.
        cursor.execute("ANALYZE (SKIP_LOCKED)")


def has_tables() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(HAS_TABLES)
        return bool(cursor.fetchone()[0])


def program_for_server(name: str) -> str:
    """The program of the server's own release, else of the next newer one that is installed."""
    server = connection.pg_version // 10_000  # type: ignore[attr-defined]  # PostgreSQL's wrapper has it
    found = {release(program): program for program in installed(name)}
    fitting = sorted(number for number in found if number >= server)
    if not fitting:
        raise BackupFailed(
            f"The server is PostgreSQL {server}, and there is no {name} of release {server} or newer:"
            f" install its client programs (on Debian and Ubuntu: apt install postgresql-client-{server})."
        )
    return found[fitting[0]]


def installed(name: str) -> Iterator[str]:
    """The programs of that name: on the path, of each installed release, and the embedded server's."""
    if on_path := shutil.which(name):
        yield on_path
    for pattern in INSTALLATIONS:
        yield from (str(file) for file in Path("/").glob(f"{pattern[1:]}/{name}"))
    try:
        yield str(programs() / name)
    except ServerFailed:  # the embedded server is not installed: it never is in production
        return


def release(program: str) -> int:
    """16, of `pg_dump (PostgreSQL) 16.4`."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)  # noqa: S603
    return int(re.findall(r" (\d+)", said.stdout)[0])


def run(program: str, *arguments: str) -> str:
    """What the program says. Raises BackupFailed with the first line of what went wrong."""
    done = subprocess.run([program, *arguments], env=variables(), capture_output=True, text=True, check=False)  # noqa: S603
    fail_if(done.stderr.strip() or "no reason given" if done.returncode else "")
    return done.stdout


def fail_if(reason: str) -> None:
    """Raise BackupFailed with the first line of the reason, and what that depends on, if there is a reason."""
    if reason:
        first, *more = reason.strip().splitlines()
        raise BackupFailed(" ".join([first, *(line for line in more if line.startswith("DETAIL:"))]))


def variables() -> dict[str, str]:
    return {**os.environ, **libpq_variables()}


def libpq_variables() -> dict[str, str]:
    """How Django connects, in libpq's words: PGHOST, PGPASSWORD, PGSSLMODE … The timeouts of the web are left out."""
    settings: dict[str, Any] = connection.get_connection_params()
    names = {option.keyword.decode(): option.envvar.decode() for option in Conninfo.get_defaults() if option.envvar}
    return {names[key]: str(value) for key, value in settings.items() if key in names and key != "options"}
