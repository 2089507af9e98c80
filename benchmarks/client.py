"""Send single requests of any length and measure them."""

import http.client
import time
from dataclasses import dataclass

from testing import serving

TIMEOUT_SECONDS = 180
CHUNK_BYTES = 1 << 20
CSV = {"Content-Type": "text/csv"}
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Response:
    """A response with its times in seconds and its size."""

    status: int
    first_byte: float
    seconds: float
    megabytes: float
    body: bytes  # only the first chunk


def send_request(
    service: serving.Service, method: str, path: str, token: str, body: bytes | None = None, kind: dict[str, str] = JSON
) -> Response:
    """Send the request and read the whole response. Keep only its beginning."""
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=TIMEOUT_SECONDS)
    started = time.monotonic()
    try:
        connection.request(method, path, body, {"Authorization": f"Bearer {token}", **kind})
        response = connection.getresponse()
        first = response.read(CHUNK_BYTES)
        first_byte, length = time.monotonic() - started, len(first)
        while chunk := response.read(CHUNK_BYTES):
            length += len(chunk)
        return Response(response.status, first_byte, time.monotonic() - started, length / 2**20, first)
    finally:
        connection.close()
