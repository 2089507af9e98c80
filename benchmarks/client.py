"""One request at a time, of any length, with what it took."""

import http.client
import time
from dataclasses import dataclass

from testing import serving

PATIENCE_SECONDS = 180
PIECE_BYTES = 1 << 20
CSV = {"Content-Type": "text/csv"}
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Took:
    status: int
    first_byte: float
    seconds: float
    megabytes: float
    body: bytes  # its beginning


def request(
    service: serving.Service, method: str, path: str, token: str, body: bytes | None = None, kind: dict[str, str] = JSON
) -> Took:
    """Read to the end, without keeping it."""
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=PATIENCE_SECONDS)
    started = time.monotonic()
    try:
        connection.request(method, path, body, {"Authorization": f"Bearer {token}", **kind})
        answer = connection.getresponse()
        first = answer.read(PIECE_BYTES)
        first_byte, length = time.monotonic() - started, len(first)
        while piece := answer.read(PIECE_BYTES):
            length += len(piece)
        return Took(answer.status, first_byte, time.monotonic() - started, length / 2**20, first)
    finally:
        connection.close()
