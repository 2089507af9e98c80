"""Run the deployed product: gunicorn and PostgreSQL in separate processes, which tests may kill at any time."""

import http.client
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from core.database.embedded import place, server
from testing.servers import migrated_files

START_SECONDS = 480  # the migrations alone take minutes on a busy machine
RESPONSE_SECONDS = 30
PASSWORD = "correct-horse-7"


class Response(NamedTuple):
    """A response with its JSON body parsed."""

    status: int
    headers: Any
    body: Any


class Database:
    """A PostgreSQL server with its files and its socket in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def start(self) -> None:
        server.ensure_running()

    def stop(self) -> None:
        server.stop()

    def kill(self) -> None:
        """Kill the server with SIGKILL, as a power cut would."""
        os.kill(int((place.data_folder() / "postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(host=str(place.socket_folder()), user="postgres", dbname="postgres", autocommit=True)

    def version(self) -> str:
        """Return the name and version, such as "PostgreSQL 16.4"."""
        with self.connect() as connection:
            row = connection.execute("SHOW server_version").fetchone()
        assert row
        return f"PostgreSQL {row[0]}"

    def execute(self, statement: str) -> None:
        with self.connect() as connection:
            connection.execute(statement)  # type: ignore[arg-type]


@contextmanager
def run_database(kept: Path | None = None, migrated: bool = False) -> Iterator[Database]:
    """Run a PostgreSQL server. Keep its files in the folder `kept`, or remove them at the end.

    With `migrated`, its database has all tables of the service.
    """
    folder = kept or Path(tempfile.mkdtemp(prefix="inventory-serving-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)  # the server may run as another user
    original = place.home, server.home
    files = migrated_files.find_files(place.home())
    place.home = server.home = lambda: folder / "home"
    try:
        database = Database(folder)
        if migrated:
            migrated_files.start_server(files, Service(database).variables)
        else:
            database.start()
        yield database
    finally:
        server.stop()
        place.home, server.home = original
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)


def copy_migrated_files(target: Path) -> None:
    """Copy the files of a stopped server to this folder. Its database `postgres` has all tables of the service."""
    files = migrated_files.find_files(place.home())
    if not files.exists():
        with run_database(migrated=True):
            pass  # starting the server has created the files
    with migrated_files.lock(files.parent):
        migrated_files.copy(files, target)


class Service:
    """gunicorn with its workers, in production mode, on a free port of this machine.

    Throttling is off by default.
    """

    command = [sys.executable, "-m", "inventory_api"]
    clone = place.CLONE

    def __init__(self, database: Database, **variables: str) -> None:
        self.port = find_free_port()
        self.log = database.folder / "service.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.variables = {
            "PATH": os.environ["PATH"],
            "PYTHON_DOTENV_DISABLED": "1",
            "DB_HOST": str(place.socket_folder()),
            "DB_NAME": "postgres",
            "DB_USER": "postgres",
            "SECRET_KEY": "of-a-service-that-lives-for-a-minute-only-and-signs-tokens",
            "ALLOWED_HOSTS": "127.0.0.1",
            "HTTPS": "off",
            "PORT": str(self.port),
            "REQUESTS_PER_MINUTE": "0",
            "WORK_SECONDS_PER_MINUTE": "0",
            "SIGNUPS_PER_ADDRESS": "0",
            "START_WORKER": "off",  # tests of workers start their own
            **variables,
        }

    def start(self) -> None:
        """Start the service, and wait until /readyz returns 200."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, cwd=self.clone, env=self.variables, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.is_ready():
            assert self.process.poll() is None, self.log.read_text()[-2000:]
            assert time.monotonic() < deadline, f"not ready within {START_SECONDS} s"
            time.sleep(0.05)

    def is_ready(self) -> bool:
        try:
            return self.send("GET", "/readyz").status == 200
        except (OSError, http.client.HTTPException):
            return False

    def workers(self) -> list[int]:
        """Return the process ids of the workers."""
        assert self.process
        listed = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=False)
        return [int(pid) for pid in listed.stdout.split()]

    def kill(self) -> None:
        """Kill gunicorn and all its workers with SIGKILL."""
        assert self.process
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Stop the service with SIGTERM, as a platform does. Return the exit status."""
        assert self.process
        self.process.terminate()
        return self.process.wait(RESPONSE_SECONDS)

    def send(self, method: str, path: str, body: Any = None, token: str = "", key: str = "") -> Response:
        """Send one request on a new connection. Raise OSError or HTTPException if no response arrives."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=RESPONSE_SECONDS)
        headers = {"Content-Type": "application/json"}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        headers |= {"Idempotency-Key": key} if key else {}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            reply = connection.getresponse()
            return Response(reply.status, reply.headers, json.loads(reply.read() or "null"))
        finally:
            connection.close()

    def sign_up(self, username: str) -> str:
        """Register an owner and return their access token."""
        credentials = {"username": username, "password": PASSWORD}
        assert self.send("POST", "/api/register/", credentials).status == 201
        token: str = self.send("POST", "/api/login/", credentials).body["access"]
        return token


@contextmanager
def run_service(database: Database, **variables: str) -> Iterator[Service]:
    """Run a service on the database. Kill it at the end."""
    service = Service(database, **variables)
    try:
        service.start()
        yield service
    finally:
        if service.process and service.process.poll() is None:
            service.kill()


def read_procfile() -> dict[str, list[str]]:
    """Return the commands of the Procfile by the names of their processes."""
    lines = (place.CLONE / "Procfile").read_text().splitlines()
    return {name: shlex.split(command) for name, command in (line.split(":", 1) for line in lines)}


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
