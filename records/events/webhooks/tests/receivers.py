"""Receivers on this machine, each in a thread. They keep the requests that they got, and respond as a test says."""

import json
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

Answer = Callable[[Any], None]  # it writes the response of a request handler


class Server(ThreadingHTTPServer):
    """An HTTP server, with TLS if it has a context. `names` has the names that its clients have sent by SNI."""

    daemon_threads = True
    context: ssl.SSLContext | None = None

    def use_certificate(self, certificate: Path) -> None:
        """Serve with TLS, with the certificate and the key in this file."""
        self.names: list[str] = []
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate)
        self.context.sni_callback = lambda _socket, name, _context: self.names.append(name)

    def get_request(self) -> Any:
        accepted, address = super().get_request()
        if self.context:
            accepted = self.context.wrap_socket(accepted, server_side=True, do_handshake_on_connect=False)
        return accepted, address

    def handle_error(self, *_: Any) -> None:
        """Ignore clients that break off."""


class Receiver:
    """A running receiver. `requests` has the headers and bodies that it got, in order."""

    def __init__(self, server: Server) -> None:
        self.server, self.requests = server, []
        scheme = "https" if server.context else "http"
        self.url = f"{scheme}://127.0.0.1:{self.get_port()}/events"

    def get_port(self) -> int:
        return self.server.server_address[1]

    @property
    def names(self) -> list[str]:
        return self.server.names

    def get_positions(self) -> list[int]:
        return [json.loads(body)["position"] for _, body in self.requests]

    def get_ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.requests]


@contextmanager
def run_receiver(*answers: int | Answer, certificate: Path | None = None) -> Iterator[Receiver]:
    """Run a receiver that gives these responses one after the other, and repeats the last one.

    By default it returns 204.
    """
    left = list(answers or (204,))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.requests.append((dict(self.headers), body))
            answer = left.pop(0) if len(left) > 1 else left[0]
            if callable(answer):
                answer(self)
            else:
                reply(answer)(self)

        def log_message(self, *_: Any) -> None:
            """Log nothing."""

    server = Server(("127.0.0.1", 0), Handler)
    if certificate:
        server.use_certificate(certificate)
    receiver = Receiver(server)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def reply(status: int, body: bytes = b"", **headers: str) -> Answer:
    """Return a response with this status, body and headers. In their names, underscores stand for hyphens."""

    def write(handler: Any) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return write


def hang(seconds: float) -> Answer:
    """Return a response that does not arrive."""
    return lambda _: time.sleep(seconds)


def drip(head: bytes, pause: float) -> Answer:
    """Return a response that sends one byte after each pause, until the sender closes the connection."""

    def write(handler: Any) -> None:
        for byte in head:
            try:
                handler.wfile.write(bytes([byte]))
            except OSError:
                return
            time.sleep(pause)

    return write


def make_certificate(folder: Path, name: str) -> Path:
    """Return a file with a new key and a self-signed certificate for the name, which is `DNS:…` or `IP:…`."""
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test"
        f" -addext subjectAltName={name} -keyout both.pem -out certificate.pem"
    )
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    file = folder / "both.pem"
    file.write_text(file.read_text() + (folder / "certificate.pem").read_text())
    return file
