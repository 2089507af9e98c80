"""How a backup takes the place of what is in a database, in one transaction, whatever release has migrated that."""

import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# Drops the tables of every app that the database was migrated for, those that this release does not know included, and
# their triggers' functions. All in one statement and not CASCADE: it takes nothing along that belongs to others.
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


def replace(pg_restore: str, file: Path, database: str, variables: Mapping[str, str]) -> str:
    """Drop what is ours and bring in the file. Return why that failed, and so changed nothing; empty if it did not.

    psql carries out what pg_restore writes. It is told to commit only when pg_restore has come to the file's end.
    """
    psql = [str(Path(pg_restore).with_name("psql")), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"]
    write = [pg_restore, "--file=-", "--clean", "--if-exists", "--no-owner", "--no-privileges", str(file)]
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(  # noqa: S603
            [*psql, f"--dbname={database}"],
            env=variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=said,
        ) as into,
    ):
        script: Any = into.stdin
        script.write(f"BEGIN;{DROP_OURS}".encode())
        script.flush()
        written = subprocess.run(write, env=variables, stdout=script, stderr=subprocess.PIPE, check=False)  # noqa: S603
        end(into, b"" if written.returncode else b"COMMIT;\n")
        said.seek(0)
        return why(written, into.returncode, said.read())


def end(into: "subprocess.Popen[bytes]", last: bytes) -> None:
    """Send the last words and wait for the end; a program that has ended already has said why."""
    try:
        into.communicate(last)
    except BrokenPipeError:
        into.wait()


def why(written: "subprocess.CompletedProcess[bytes]", status: int, said: bytes) -> str:
    """Return the reason of a failure: pg_restore's, unless it only could not write because psql had ended."""
    text = written.stderr.decode().strip()
    if written.returncode and text and not BROKEN_PIPE.search(text):
        return text
    if status:
        return said.decode().strip() or "psql gave no reason."
    return "pg_restore ended without a reason." if written.returncode else ""
