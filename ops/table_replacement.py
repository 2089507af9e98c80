"""Replace the tables of the service by a backup, in one transaction, no matter which release has migrated them."""

import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

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


def replace_tables(pg_restore: str, arguments: list[str], database: str, variables: Mapping[str, str]) -> str:
    """Drop the tables of the service and restore those that the arguments of pg_restore name.

    Return the reason of a failure, or an empty text. A failure changes nothing: psql executes the script that
    pg_restore writes, and gets COMMIT only after pg_restore has read the whole file.
    """
    psql = [str(Path(pg_restore).with_name("psql")), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"]
    command = [pg_restore, "--file=-", "--clean", "--if-exists", "--no-owner", "--no-privileges", *arguments]
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(  # noqa: S603
            [*psql, f"--dbname={database}"],
            env=variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        ) as client,
    ):
        script: Any = client.stdin
        script.write(f"BEGIN;{DROP_OURS}".encode())
        script.flush()
        writer = subprocess.run(command, env=variables, stdout=script, stderr=subprocess.PIPE, check=False)  # noqa: S603
        finish_psql(client, b"" if writer.returncode else b"COMMIT;\n")
        errors.seek(0)
        return find_failure_reason(writer, client.returncode, errors.read())


def finish_psql(client: "subprocess.Popen[bytes]", last_input: bytes) -> None:
    """Send the last input and wait until psql ends. If it has ended already, it has printed the reason."""
    try:
        client.communicate(last_input)
    except BrokenPipeError:
        client.wait()


def find_failure_reason(writer: "subprocess.CompletedProcess[bytes]", psql_status: int, psql_errors: bytes) -> str:
    """Return the error of pg_restore, or else that of psql, or else an empty text.

    If psql ends first, pg_restore fails because it can't write, and psql has printed the reason.
    """
    text = writer.stderr.decode().strip()
    if writer.returncode and text and not BROKEN_PIPE.search(text):
        return text
    if psql_status:
        return psql_errors.decode().strip() or "psql gave no reason."
    return "pg_restore ended without a reason." if writer.returncode else ""
