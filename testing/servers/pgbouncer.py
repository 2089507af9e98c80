"""PgBouncer in transaction mode, with fewer connections to the server than the service has threads."""

import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psycopg

from testing.servers import cluster
from testing.servers.grounds import MissingProgramError
from testing.servers.serving import find_free_port

POOL_SIZE = 4  # the service has 8 threads
PREPARED_RELEASE = (1, 22)  # psycopg sends DEALLOCATE ALL, which older releases do not translate
START_SECONDS = 20
CONFIGURATION = """
[databases]
{database} = host={host} port={port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen_port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users.txt
admin_users = {user}
pool_mode = transaction
default_pool_size = {pool_size}
max_client_conn = 200
query_wait_timeout = 5
logfile = {folder}/pgbouncer.log
pidfile = {folder}/pgbouncer.pid
"""


def find_pgbouncer() -> str:
    """Return the program that the variable PGBOUNCER names, or else the installed one."""
    return os.environ.get("PGBOUNCER") or cluster.find_program("pgbouncer", "on Debian: apt install pgbouncer")


def read_release(program: str) -> tuple[int, int]:
    """Return (1, 24) for a program whose version is `PgBouncer 1.24.1`."""
    printed = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"PgBouncer (\d+)\.(\d+)", printed)
    assert found, printed
    return int(found[1]), int(found[2])


def require_prepared_statements() -> None:
    """Raise MissingProgramError unless the installed PgBouncer supports `DB_POOLER=prepared`."""
    release = read_release(find_pgbouncer())
    if release < PREPARED_RELEASE:
        raise MissingProgramError(
            f"PgBouncer {'.'.join(map(str, PREPARED_RELEASE))} or newer is not installed, only"
            f" {'.'.join(map(str, release))}: name another one in the variable PGBOUNCER."
        )


class Server(NamedTuple):
    """The address at which a PostgreSQL server listens."""

    socket_folder: Path
    port: int = 5432


class PgBouncer:
    """A running PgBouncer, with its files in a folder."""

    def __init__(self, folder: Path, server: Server, database: str, user: str) -> None:
        self.folder = cluster.make_folder(folder)
        self.server, self.database, self.user = server, database, user
        self.port = find_free_port()
        self.process: subprocess.Popen | None = None

    def start(self, prepared: bool) -> None:
        """Write the configuration, start, and wait until a connection works."""
        text = CONFIGURATION.format(
            database=self.database, host=self.server.socket_folder, port=self.server.port, listen_port=self.port,
            folder=self.folder, user=self.user, pool_size=POOL_SIZE,
        )  # fmt: skip
        (self.folder / "users.txt").write_text(f'"{self.user}" ""\n')
        file = self.folder / "pgbouncer.ini"
        file.write_text(text + "max_prepared_statements = 200\n" * prepared)
        self.process = subprocess.Popen(
            [find_pgbouncer(), str(file)], cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            **cluster.unprivileged(),
        )  # fmt: skip
        self.wait()

    def wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self.url()).close()
                return
            except psycopg.OperationalError:
                assert self.process is not None
                assert self.process.poll() is None, (self.folder / "pgbouncer.log").read_text()
                assert time.monotonic() < deadline, f"not ready within {START_SECONDS} s"
                time.sleep(0.05)

    def url(self) -> str:
        return f"postgres://{self.user}@127.0.0.1:{self.port}/{self.database}"

    def execute(self, command: str) -> list[tuple]:
        """Execute a command of the admin console, such as `SHOW POOLS`, and return its rows."""
        with psycopg.connect(f"postgres://{self.user}@127.0.0.1:{self.port}/pgbouncer", autocommit=True) as console:
            return psycopg.ClientCursor(console).execute(command).fetchall()

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(START_SECONDS)


@contextmanager
def run_pgbouncer(folder: Path, server: Server, database: str, user: str, prepared: bool) -> Iterator[PgBouncer]:
    """Run PgBouncer in front of this database, with or without prepared statements. Stop it at the end."""
    pooler = PgBouncer(folder, server, database, user)
    try:
        pooler.start(prepared)
        yield pooler
    finally:
        pooler.stop()
