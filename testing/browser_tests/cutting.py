"""A proxy that cuts the connection after a number of bytes of an answer."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from urllib.parse import urlsplit


class Cutter:
    """Forwards connections to an address. `cut_after(n)` cuts the answer to the next POST after n of its bytes."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self.target = (parts.hostname or "", parts.port or 80)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.left: int | None = None
        self.lock = threading.Lock()

    def cut_after(self, number: int) -> None:
        self.left = number

    def serve(self) -> None:
        while True:
            try:
                client, _address = self.listener.accept()
            except OSError:
                return  # the listener was closed
            threading.Thread(target=self.forward, args=(client,), daemon=True).start()

    def forward(self, client: socket.socket) -> None:
        with closing(client), closing(socket.create_connection(self.target)) as server, suppress(OSError):
            back = threading.Thread(target=self.send_answers, args=(server, client), daemon=True)
            back.start()
            while data := client.recv(65536):
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)
            back.join()

    def send_answers(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                limit = self.take(data)
                if limit is not None:
                    client.sendall(data[:limit])
                    client.shutdown(socket.SHUT_RDWR)
                    return
                client.sendall(data)
            client.shutdown(socket.SHUT_WR)

    def take(self, data: bytes) -> int | None:
        """Return how much of the answer to send before the cut, or None to send all. Only bookings are cut."""
        with self.lock:
            if self.left is None or not data.startswith(b"HTTP/1.1 201"):
                return None
            limit, self.left = self.left, None
            return limit


@contextmanager
def run_cutter(address: str) -> Iterator[Cutter]:
    cutter = Cutter(address)
    threading.Thread(target=cutter.serve, daemon=True).start()
    try:
        yield cutter
    finally:
        cutter.listener.close()
