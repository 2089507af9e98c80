"""Back up and restore the database with PostgreSQL's own programs of the server's release."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string
from psycopg.pq import Conninfo

from core.database.checks import Column, list_models, name_differences
from core.database.citus import tables
from core.database.embedded.server import ServerFailed, programs_folder
from core.database.postgres.base import execute, fetch
from core.ownership import list_owned_tables
from core.shop_apps import read_declarations
from users.sign_in import tokens

TABLE = re.compile(r"^CREATE (?:UNLOGGED )?TABLE (?:\S+\.)?(\w+) \(\n(.*?)\n\)", re.MULTILINE | re.DOTALL)
COLUMN = re.compile(r'^    (?!CONSTRAINT )"?(\w+)"? (.*?),?$', re.MULTILINE)
HAS_DEFAULT = re.compile(r" (DEFAULT|GENERATED) ")
MIGRATION = re.compile(r"^\d+\t(\w+)\t(\w+)\t", re.MULTILINE)  # a row of the table django_migrations


def describe_drift(schema: str, migrations: str) -> str:
    """Return in words how the tables differ from the recorded migrations. Both texts are of pg_restore."""
    return name_differences(list_models(MIGRATION.findall(migrations)), list_columns(schema))


def list_columns(schema: str) -> Iterator[Column]:
    """Yield the columns of all tables that these statements create."""
    for table, lines in TABLE.findall(schema):
        for name, definition in COLUMN.findall(lines):
            yield Column(table, name, "NOT NULL" in definition and not HAS_DEFAULT.search(definition))


# Debian and Red Hat install the programs of each release in these folders.
INSTALLATIONS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin")
OUR_TABLES = re.compile(r" TABLE \S+ users_refreshfamily ")
CITUS = re.compile(r" EXTENSION - citus(_columnar)?\b| COMMENT - EXTENSION citus(_columnar)?\b")
DETAILS = re.compile(r"DETAIL:|pg_dump: detail: Error message from server:")
# Returns whether the database has any table, of this service or of others.
HAS_TABLES = """
SELECT EXISTS (
    SELECT FROM pg_class
    WHERE relkind IN ('r', 'p') AND relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
        AND NOT EXISTS (  -- it belongs to an extension, such as Citus
            SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e'
        )
)
"""

# Drops the tables of every app in django_migrations, even of apps that this release does not know, and the functions of
# their triggers. It is one statement without CASCADE, so that it fails if objects of other programs depend on them.
DROP_OURS = r"""
DO $$
DECLARE
    tables text;
    functions text;
BEGIN
    IF to_regclass('django_migrations') IS NULL THEN
        RETURN;
    END IF;
    CREATE TEMPORARY TABLE ours ON COMMIT DROP AS
    SELECT format('%I.%I', schemaname, tablename)::regclass AS name FROM pg_tables
    WHERE schemaname = current_schema() AND (
        tablename LIKE 'django\_%' OR EXISTS (SELECT FROM django_migrations WHERE starts_with(tablename, app || '_'))
    );
    SELECT string_agg(name::text, ', ') INTO tables FROM ours;
    SELECT string_agg(DISTINCT tgfoid::regprocedure::text, ', ') INTO functions
    FROM pg_trigger JOIN ours ON tgrelid = name WHERE NOT tgisinternal;
    EXECUTE 'DROP TABLE ' || tables;
    IF functions IS NOT NULL THEN
        EXECUTE 'DROP FUNCTION ' || functions;
    END IF;
END $$;
"""
BROKEN_PIPE = re.compile("Broken pipe|could not write to output file")


class BackupFailed(Exception):
    """The backup or restore failed and changed nothing. The message says why."""


def back_up(file: Path) -> None:
    """Write a consistent copy of the whole database to a new file that only the current system user may read."""
    program = find_program("pg_dump")
    if file.exists():
        raise BackupFailed(f"{file} exists already: name another file.")
    unfinished = file.with_name(f"{file.name}.unfinished")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600)
    except OSError as error:
        raise BackupFailed(f"{file} can't be written: {error.strerror}.") from error
    try:
        run_program(program, "--format=custom", f"--file={unfinished}")
        unfinished.rename(file)
    finally:
        unfinished.unlink(missing_ok=True)


def restore(file: Path, replace: bool = False) -> None:
    """Restore the file's tables, rows, constraints and triggers in one transaction: all or nothing.

    The database must be empty. With `replace`, everything that the service has in it is dropped first, in the same
    transaction, no matter which release has migrated it. Every webhook is switched off, and every token and session
    ends: one that was revoked after the backup, or of a user that the backup lacks, must not work again.
    """
    program = find_program("pg_restore")
    check_backup(program, file)
    if not replace and fetch(HAS_TABLES)[0][0]:
        hint = "restore into a new one, or add --replace (make restore REPLACE=yes)"
        raise BackupFailed(f"The database is not empty: {hint}.")
    connection.close()
    with contents_without_citus(program, file) as contents:
        database, arguments = str(connection.settings_dict["NAME"]), ["--use-list", contents, str(file)]
        if replace:
            raise_if_failed(replace_tables(program, arguments, database))
        else:
            whole = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
            run_program(program, *whole, "--dbname", database, *arguments)
    tokens.end_all_tokens()
    for statement in filter(None, (app.after_restore for app in read_declarations(settings.KNOWN_APPS))):
        execute(import_string(statement))
    with connection.cursor() as cursor:
        if not tables.has_citus(cursor):  # the backup may have been made with it
            for table in set(list_owned_tables()) & set(connection.introspection.table_names(cursor)):
                tables.restore_primary_key(cursor, table)
        # The planner has no statistics of restored rows. Some catalogs are shared by all databases of the server. If
        # another session analyzes one, it is skipped: waiting for it could make a completed restore fail.
        cursor.execute("ANALYZE (SKIP_LOCKED)")


def replace_tables(pg_restore: str, arguments: list[str], database: str) -> str:
    """Drop the tables of the service and restore those that the arguments of pg_restore name.

    Return the reason of a failure, or an empty text. A failure changes nothing: psql executes the script that
    pg_restore writes, and gets COMMIT only after pg_restore has read the whole file.
    """
    psql = [str(Path(pg_restore).with_name("psql")), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"]
    command = [pg_restore, "--file=-", "--clean", "--if-exists", "--no-owner", "--no-privileges", *arguments]
    variables = make_environment()
    pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL}
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen([*psql, f"--dbname={database}"], env=variables, **pipes, stderr=errors) as client,  # noqa: S603
    ):
        script: Any = client.stdin
        script.write(f"BEGIN;{DROP_OURS}".encode())
        script.flush()
        writer = subprocess.run(command, env=variables, stdout=script, stderr=subprocess.PIPE, check=False)  # noqa: S603
        try:
            client.communicate(b"" if writer.returncode else b"COMMIT;\n")
        except BrokenPipeError:  # psql has ended already, and has printed the reason
            client.wait()
        errors.seek(0)
        return find_failure_reason(writer, client.returncode, errors.read())


def find_failure_reason(writer: "subprocess.CompletedProcess[bytes]", psql_status: int, psql_errors: bytes) -> str:
    """Return an error or an empty text. If psql ends first, pg_restore can't write, and psql has printed the reason."""
    text = writer.stderr.decode().strip()
    if writer.returncode and text and not BROKEN_PIPE.search(text):
        return text
    if psql_status:
        return psql_errors.decode().strip() or "psql gave no reason."
    return "pg_restore ended without a reason." if writer.returncode else ""


@contextmanager
def contents_without_citus(pg_restore: str, file: Path) -> Iterator[str]:
    """Yield the name of a file that lists the contents of the backup without Citus, which the server has or lacks."""
    lines = run_program(pg_restore, "--list", str(file)).splitlines()
    with tempfile.NamedTemporaryFile("w", suffix=".list") as contents:
        contents.writelines(f"{line}\n" for line in lines if not CITUS.search(line))
        contents.flush()
        yield contents.name


def check_backup(pg_restore: str, file: Path) -> None:
    """Raise BackupFailed unless the file is a backup of a release of this service. This does not use the database."""
    try:
        file.open("rb").close()
    except OSError as error:
        raise BackupFailed(f"{file} can't be read: {error.strerror}.") from error
    try:
        contents = run_program(pg_restore, "--list", str(file))
    except BackupFailed as error:
        raise BackupFailed(f"{file} is no backup made by `make backup`, or it is damaged. {error}") from error
    if not OUR_TABLES.search(contents):
        raise BackupFailed(f"{file} is no backup of this service: it has no table of sign-ins.")
    schema = run_program(pg_restore, "--schema-only", "--file=-", str(file))
    migrations = run_program(pg_restore, "--data-only", "--table=django_migrations", "--file=-", str(file))
    if drift := describe_drift(schema, migrations):
        raise BackupFailed(
            f"{file} can't be restored, because its tables are not those of its recorded migrations, as before release"
            f" 1.0.0 ({drift}): name a backup of a release. Nothing was changed."
        )


def find_program(name: str) -> str:
    """Return the program of the server's own release, or of the next newer one that is installed."""
    server = connection.pg_version // 10_000  # type: ignore[attr-defined]  # PostgreSQL's wrapper has it
    found = {read_major_version(program): program for program in find_installed_programs(name)}
    fitting = sorted(number for number in found if number >= server)
    if not fitting:
        raise BackupFailed(
            f"The server is PostgreSQL {server}, but no {name} of release {server} or newer was found:"
            f" install its client programs (on Debian and Ubuntu: apt install postgresql-client-{server})."
        )
    return found[fitting[0]]


def find_installed_programs(name: str) -> Iterator[str]:
    """Yield the programs of this name: on the PATH, of each installed release, and of the embedded server."""
    if on_path := shutil.which(name):
        yield on_path
    for pattern in INSTALLATIONS:
        yield from (str(file) for file in Path("/").glob(f"{pattern[1:]}/{name}"))
    try:
        yield str(programs_folder() / name)
    except ServerFailed:  # a production installation lacks the embedded server
        return


def read_major_version(program: str) -> int:
    """Return 16 for a program whose version is `pg_dump (PostgreSQL) 16.4`."""
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)  # noqa: S603
    return int(re.findall(r" (\d+)", done.stdout)[0])


def run_program(program: str, *arguments: str) -> str:
    """Run the program and return its output. Raise BackupFailed with the first line of its error."""
    done = subprocess.run([program, *arguments], env=make_environment(), capture_output=True, text=True, check=False)  # noqa: S603
    raise_if_failed(done.stderr.strip() or "no reason given" if done.returncode else "")
    return done.stdout


def raise_if_failed(reason: str) -> None:
    """Raise BackupFailed with the first line of the reason and its details, unless the reason is empty."""
    if reason:
        first, *more = reason.strip().splitlines()
        raise BackupFailed(" ".join([first, *(line for line in more if DETAILS.match(line))]))


def make_environment() -> dict[str, str]:
    """Return the environment with Django's connection settings as PGHOST, PGPASSWORD and so on, without timeouts."""
    # The password is not in the command line, which every user of the machine can read.
    settings: dict[str, Any] = connection.get_connection_params()
    names = {option.keyword.decode(): option.envvar.decode() for option in Conninfo.get_defaults() if option.envvar}
    libpq = {names[key]: str(value) for key, value in settings.items() if key in names and key != "options"}
    return {**os.environ, **libpq}
