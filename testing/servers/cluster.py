"""PostgreSQL servers in temporary folders: for grounds that need more than one, or one with settings of its own.

    with cluster.run_folder() as folder, cluster.run_cluster(folder / "primary", wal_level="replica") as primary:
        primary.execute("CREATE ROLE inventory LOGIN")
        print(primary.url("postgres"))

A server runs as an unprivileged user, listens on a free port of 127.0.0.1 and on a socket in its folder, and trusts all
connections from this machine.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from core.database.embedded import place, server
from testing.servers import serving
from testing.servers.grounds import MissingProgramError

# These are the folders of Debian and Red Hat, by release.
INSTALLATIONS = ("/usr/lib/postgresql/{}/bin", "/usr/pgsql-{}/bin")
STOP_SECONDS = 60


def find_programs(release: int | None = None) -> Path:
    """Return the folder of PostgreSQL's programs of this release. By default it is that of the embedded server."""
    if release is None:
        return server.programs_folder()
    for folder in (Path(pattern.format(release)) for pattern in INSTALLATIONS):
        if (folder / "postgres").exists():
            return folder
    raise MissingProgramError(f"PostgreSQL {release} is not installed (on Debian: apt install postgresql-{release}).")


def find_program(name: str, advice: str) -> str:
    """Return the path of a program. If there is none, raise MissingProgramError, which says how to install it."""
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/sbin")
    if path is None:
        raise MissingProgramError(f"{name} is not installed ({advice}).")
    return path


def unprivileged() -> dict[str, Any]:
    """Return the arguments of `subprocess` that run a program as an unprivileged user.

    They are empty unless this is root.
    """
    account = place.server_account()
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}


def make_folder(folder: Path) -> Path:
    """Create a folder that belongs to the unprivileged user and return it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if account := place.server_account():
        os.chown(folder, account.pw_uid, account.pw_gid)
    return folder


@contextmanager
def run_folder() -> Iterator[Path]:
    """Yield a temporary folder that every user may enter. Remove it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="inventory-ground-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Cluster:
    """A PostgreSQL server with its files and its socket in a folder."""

    def __init__(self, folder: Path, programs: Path | None = None) -> None:
        self.folder = make_folder(folder)
        self.data = folder / "data"
        self.log = folder / "server.log"
        self.programs = programs or find_programs()
        self.port = serving.find_free_port()

    def run(self, program: str, *arguments: str) -> str:
        """Run one of PostgreSQL's programs as the server's user. Return its output."""
        # The output goes into a file: the server inherits the output of pg_ctl, so a pipe would not close before the
        # server stops.
        output = self.folder / f"{program}.log"
        with output.open("w") as file:
            done = subprocess.run(
                [str(self.programs / program), *arguments], cwd="/", stdin=subprocess.DEVNULL, stdout=file,
                stderr=subprocess.STDOUT, env={"PATH": os.environ["PATH"], "LC_ALL": "C"}, check=False,
                **unprivileged(),
            )  # fmt: skip
        text = output.read_text(errors="replace")
        assert done.returncode == 0, f"{program}: {text}{server.last_line(self.log)}"
        return text

    def create(self) -> None:
        """Run initdb."""
        self.run("initdb", "-D", str(self.data), "--username=postgres", "--auth=trust", "--encoding=UTF8",
                 "--locale=C.UTF-8", "--no-sync")  # fmt: skip

    def create_migrated(self) -> None:
        """Copy files whose database `postgres` has all tables of the service, so that `copy_tables()` can be used.

        The server does not wait for the disk. No test needs that, because tests kill processes and not the machine.
        """
        serving.copy_migrated_files(self.data)
        self.configure(fsync="off")

    def copy_tables(self, database: str, owner: str) -> None:
        """Create a database with all tables of the service. They belong to its owner."""
        self.execute(f"CREATE DATABASE {database} TEMPLATE postgres OWNER {owner}")
        alter = f"format('ALTER TABLE %I OWNER TO {owner}', tablename)"
        for (statement,) in self.execute(f"SELECT {alter} FROM pg_tables WHERE schemaname = 'public'", database):
            self.execute(statement, database)

    def copy(self, source: "Cluster", *options: str) -> None:
        """Copy the files of a running server with pg_basebackup, for example to be its standby (`-R`)."""
        fast = ("--checkpoint=fast", "--no-sync")
        self.run("pg_basebackup", "-D", str(self.data), "-d", source.url("postgres"), *fast, *options)

    def configure(self, **settings: str) -> None:
        """Append settings to postgresql.conf. They apply at the next start, or after `reload()`."""
        with (self.data / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())

    def start(self) -> None:
        """Start the server, and wait until it accepts connections."""
        options = f"-c port={self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder}"
        self.run("pg_ctl", "start", "-w", "-D", str(self.data), "-l", str(self.log), "-o", options)

    def stop(self, mode: str = "fast") -> None:
        self.run("pg_ctl", "stop", "-w", "-t", str(STOP_SECONDS), "-D", str(self.data), "-m", mode)

    def reload(self) -> None:
        self.run("pg_ctl", "reload", "-D", str(self.data))

    def promote(self) -> None:
        """Make a standby the primary, and wait until it accepts writes."""
        self.run("pg_ctl", "promote", "-w", "-D", str(self.data))

    def kill(self) -> None:
        """Kill the server with SIGKILL, as a power cut would, and wait until its process has ended."""
        process = self.process_id()
        os.kill(process, signal.SIGKILL)
        with suppress(ProcessLookupError):
            while True:
                os.kill(process, 0)
                time.sleep(0.02)

    def process_id(self) -> int:
        return int((self.data / "postmaster.pid").read_text().splitlines()[0])

    def is_running(self) -> bool:
        status = [str(self.programs / "pg_ctl"), "status", "-D", str(self.data)]
        return subprocess.run(status, cwd="/", capture_output=True, check=False, **unprivileged()).returncode == 0

    def url(self, database: str, user: str = "postgres") -> str:
        return f"postgres://{user}@127.0.0.1:{self.port}/{database}"

    def connect(self, database: str = "postgres", user: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(self.url(database, user), autocommit=True)

    def execute(self, statement: str, database: str = "postgres", user: str = "postgres") -> list[tuple]:
        """Execute the statement and return its rows, or no rows if it returns none."""
        with self.connect(database, user) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []


@contextmanager
def run_cluster(
    folder: Path, programs: Path | None = None, *, migrated: bool = False, **settings: str
) -> Iterator[Cluster]:
    """Create and start a server with these settings. Stop it at the end.

    With `migrated`, `create_migrated()` creates it. The programs must then be those of the embedded server.
    """
    cluster = Cluster(folder, programs)
    if migrated:
        cluster.create_migrated()
    else:
        cluster.create()
    cluster.configure(**settings)
    try:
        cluster.start()
        yield cluster
    finally:
        if cluster.is_running():
            cluster.stop("immediate")
