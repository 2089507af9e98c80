"""Start the servers of the references, wait until they listen, and stop them."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.database.embedded import place
from testing.servers import serving

START_TIMEOUT_SECONDS = 60
WORKERS = "2"


@dataclass(frozen=True)
class Server:
    address: str
    process: int


@contextmanager
def start_gunicorn(application: str, variables: dict[str, str], folder: Path) -> Iterator[Server]:
    """Serve a WSGI application with the product's gunicorn settings. The folder gets its log."""
    port = str(serving.find_free_port())
    with run_server(["gunicorn", application], port, {**variables, "PORT": port}, folder) as server:
        yield server


@contextmanager
def start_uvicorn(application: str, variables: dict[str, str], folder: Path) -> Iterator[Server]:
    """Serve an ASGI application with as many processes as the product, and without an access log."""
    port = str(serving.find_free_port())
    command = [
        "uvicorn", application, "--host", "127.0.0.1", "--port", port, "--workers", WORKERS,
        "--loop", "uvloop", "--http", "httptools", "--no-access-log",
    ]  # fmt: skip
    with run_server(command, port, variables, folder) as server:
        yield server


@contextmanager
def run_server(module: list[str], port: str, variables: dict[str, str], folder: Path) -> Iterator[Server]:
    """Run the module until the end of the block."""
    log = folder / f"{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *module],
            cwd=place.CLONE, env=variables, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    try:
        wait_for_port(int(port), process, log)
        yield Server(f"http://127.0.0.1:{port}", process.pid)
    finally:
        process.terminate()
        process.wait(START_TIMEOUT_SECONDS)


def wait_for_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert process.poll() is None, f"the reference ended: {log.read_text()[-2000:]}"
            assert time.monotonic() < deadline, f"the reference did not start in time: {log.read_text()[-2000:]}"
            time.sleep(0.05)
        else:
            return
