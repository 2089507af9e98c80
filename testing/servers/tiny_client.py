"""Start `tiny_server` and exchange bytes with it over real sockets."""

import hashlib
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress

from django.conf import settings

from testing.servers.serving import find_free_port

TIMEOUT_SECONDS = 30


class TinyServer:
    """A running `tiny_server` process."""

    def __init__(self, *arguments):
        self.port = find_free_port()
        command = [sys.executable, "-m", "testing.servers.tiny_server", str(self.port), *arguments]
        self.process = subprocess.Popen(command, cwd=settings.BASE_DIR, start_new_session=True)

    def wait_until_ready(self):
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while True:
            try:
                return self.send(b"GET /none HTTP/1.0\r\n\r\n")
            except ConnectionRefusedError:
                assert self.process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)

    def workers(self):
        """Return the process ids of the workers."""
        listed = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=True)
        return [int(pid) for pid in listed.stdout.split()]

    def connect(self, text=b""):
        """Return a connection that has sent `text`."""
        client = socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT_SECONDS)
        client.sendall(text)
        return client

    def connect_without_reading(self, size):
        """Return a connection with a small receive buffer that has requested `size` bytes."""
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(TIMEOUT_SECONDS)
        client.connect(("127.0.0.1", self.port))
        client.sendall(f"GET /bytes/{size} HTTP/1.0\r\n\r\n".encode())
        return client

    def send(self, text):
        """Send `text` on a new connection and return everything received until the server closes it."""
        with self.connect(text) as client:
            return read_all(client)


@contextmanager
def run_server(*arguments):
    """Run `tiny_server` with one worker. The arguments are those of `tiny_server`, without the port."""
    server = TinyServer("--workers=1", *arguments)
    try:
        server.wait_until_ready()
        yield server
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.process.pid, signal.SIGKILL)
        server.process.wait()


def await_start(release, requests=1):
    """Wait until the application has so many of the requests that it answers when the file `release` exists."""
    begun, deadline = release.with_suffix(".begun"), time.monotonic() + TIMEOUT_SECONDS
    while not begun.exists() or begun.stat().st_size < requests:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def fill_storage(worker, size=100_000):
    """Limit the size of a worker's files, so that a longer write fails as on a full disk."""
    resource.prlimit(worker, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def read_all(client):
    """Return everything received until the server closes the connection."""
    pieces = []
    while piece := client.recv(1 << 20):
        pieces.append(piece)
    return b"".join(pieces)


def read_until(client, end):
    """Return the bytes that are received up to and including `end`."""
    text = b""
    while not text.endswith(end):
        piece = client.recv(65536)
        assert piece, text
        text += piece
    return text


def post(body, *headers, path="/", version="1.1", length=None):
    """Return a POST request. `length` replaces the true Content-Length."""
    lines = [f"POST {path} HTTP/{version}", "Host: x", f"Content-Length: {len(body) if length is None else length}"]
    return "\r\n".join([*lines, *headers, "", ""]).encode() + body


def digest(body):
    """Return the response body of `tiny_server` to a request with this body."""
    return f"{len(body)} {hashlib.sha256(body).hexdigest()}".encode()


def status_of(text):
    """Return the status of the response with which `text` begins."""
    return int(text.split(b" ", 2)[1])
