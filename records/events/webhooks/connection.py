"""One POST to a receiver. It goes to the addresses that were checked, and limits the time and the bytes that are read.

Redirects are not followed, proxies of the environment are not used, and compressed responses are not expanded.

Then decide what follows: the next event, another attempt, or a webhook that is switched off.
"""

import http.client
import io
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import closing
from email.utils import parsedate_to_datetime
from enum import Enum
from functools import cache
from http import HTTPStatus
from typing import Any, NamedTuple

from urllib3 import connection
from urllib3.exceptions import HTTPError

from core.translation import gettext_noop
from records.events.webhooks.addresses import NO_ADDRESS, NameNotFound, find_addresses, parse_url
from records.events.webhooks.errors import AddressNotPublic
from records.events.webhooks.models import MAX_ERROR_LENGTH

MINUTE, HOUR = 60, 3600
# The seconds before the second attempt, the third, and so on. If all attempts fail, the webhook is switched off.
RETRY_SECONDS = (
    5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR,
)  # fmt: skip
MAX_RETRY_AFTER_SECONDS = 24 * HOUR
MAX_REFUSALS = 3  # the most refusals of an event by a 4xx that another attempt would get as well
TEMPORARY_4XX = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)


class Verdict(Enum):
    NEXT = "the event is delivered"
    DEAD = "the event is given up, and the next one follows"
    AGAIN = "the event is sent again later"
    GONE = "the receiver wants no more events"
    UNREACHABLE = "all attempts have failed"


class Decision(NamedTuple):
    """The decision after an attempt, and the counts for the event that is sent next."""

    verdict: Verdict
    failures: int = 0
    refusals: int = 0
    wait_seconds: int = 0


def decide(status: int | None, *, failures: int, refusals: int, retry_after: int = 0) -> Decision:
    """Return the decision after an attempt with this status. A status of None means that there was no response.

    `failures` and `refusals` are the counts before the attempt. `retry_after` can lengthen the wait, except after a
    final refusal, but never shorten it: a receiver that is busy for a minute would use up all attempts in that minute.
    """
    if status is not None and 200 <= status < 300:
        return Decision(Verdict.NEXT)
    if status == HTTPStatus.GONE:
        return Decision(Verdict.GONE)
    failures += 1
    # Another attempt would not change such a refusal.
    is_refusal = status is not None and 400 <= status < 500 and status not in TEMPORARY_4XX
    refusals += is_refusal
    if refusals >= MAX_REFUSALS and is_refusal:
        return Decision(Verdict.DEAD)
    if failures > len(RETRY_SECONDS):
        return Decision(Verdict.UNREACHABLE)
    wait = RETRY_SECONDS[failures - 1]
    return Decision(Verdict.AGAIN, failures, refusals, wait if is_refusal else max(wait, retry_after))


def parse_retry_after(text: str | None, now: float) -> int:
    """Return the seconds of a `Retry-After`, which is a number or a date. Return 0 if it is absent or malformed."""
    if not text:
        return 0
    text = text.strip()
    if text.isascii() and text.isdigit():
        return min(int(text[:10]), MAX_RETRY_AFTER_SECONDS)
    try:
        moment = parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return 0
    return int(min(max(0.0, moment - now), MAX_RETRY_AFTER_SECONDS))


TIMEOUT_SECONDS = 15  # the time of an attempt, from resolving the name to the last byte of the response
MAX_CONNECT_SECONDS = 5  # the time for each address
MAX_READ_BYTES = 16 * 1024  # the bytes that are read of the response, including its head
MAX_KEPT_BYTES = 1024  # the bytes that are stored of the response's body
USER_AGENT = "inventory-api-webhooks"
REDIRECTED = gettext_noop("Redirects are not followed. Change the URL to the right address.")


class DeliveryResult(NamedTuple):
    ms: int
    status: int | None = None
    error: str = ""
    answer: str = ""
    retry_after: int = 0


class AnswerTooLong(OSError):
    """The head of the response is longer than any receiver needs."""


class Deadline:
    def __init__(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds

    def get_seconds_left(self) -> float:
        """Return the remaining seconds. Raise TimeoutError if there are none."""
        left = self.end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class BoundedReader(io.RawIOBase):
    """Reads from a socket until a deadline. It reads at most MAX_READ_BYTES."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self.sock, self.deadline, self.bytes_left = sock, deadline, MAX_READ_BYTES
        self.raw: Any = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self.bytes_left:
            raise AnswerTooLong
        self.sock.settimeout(self.deadline.get_seconds_left())
        count = self.raw.readinto(memoryview(buffer)[: self.bytes_left]) or 0
        self.bytes_left -= count
        return int(count)

    def close(self) -> None:
        self.raw.close()
        super().close()


class BoundedSocket:
    """A connected socket that sends and receives until a deadline. A limit for each step would not limit the total."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self.sock, self.deadline = sock, deadline

    def __getattr__(self, name: str) -> Any:
        return getattr(self.sock, name)

    def settimeout(self, seconds: float | None) -> None:
        """Ignore the limit for a step, which urllib3 sets."""

    def sendall(self, data: bytes) -> None:
        unsent = memoryview(data)
        while unsent:
            self.sock.settimeout(self.deadline.get_seconds_left())
            unsent = unsent[self.sock.send(unsent) :]

    def makefile(self, *args: Any, **kwargs: Any) -> io.BufferedReader:
        return io.BufferedReader(BoundedReader(self.sock, self.deadline))


class FinalResponse(http.client.HTTPResponse):
    """The final response. Any number of responses with a status below 200 can come before it (RFC 9110, 15.2)."""

    def _read_status(self) -> tuple[str, int, str]:
        """Return the next status. http.client passes over a response with the status 100, and over no other."""
        version, status, reason = super()._read_status()  # type: ignore[misc]  # typeshed has no private methods
        return version, HTTPStatus.CONTINUE if status < HTTPStatus.OK else status, reason


class PinnedConnection(connection.HTTPConnection):
    """Connects to the given addresses. The name is used only for the certificate, SNI and the Host header."""

    response_class = FinalResponse
    addresses: list[str]
    deadline: Deadline

    def _new_conn(self) -> socket.socket:
        error: OSError = NameNotFound(NO_ADDRESS)
        for address in self.addresses:
            try:
                left = self.deadline.get_seconds_left()
                sock = socket.create_connection((address, self.port), min(left, MAX_CONNECT_SECONDS))
            except OSError as failed:
                error = failed
                continue
            # The TLS handshake is a single step of the socket, so this limits its whole time.
            sock.settimeout(self.deadline.get_seconds_left())
            return sock
        raise error

    def connect(self) -> None:
        super().connect()
        self.sock: Any = BoundedSocket(self.sock, self.deadline)


class PinnedHTTPSConnection(PinnedConnection, connection.HTTPSConnection):
    """The same connection over TLS, with the certificates that this system trusts."""


@cache
def load_tls_context() -> ssl.SSLContext:
    """Return the settings of TLS. They are cached, because loading the system's certificates takes a while."""
    return ssl.create_default_context()


def post(url: str, body: bytes, headers: Mapping[str, str], seconds: float = TIMEOUT_SECONDS) -> DeliveryResult:
    """Send the body to the URL and return the result. An error of the receiver or the network is a result, too."""
    started = time.monotonic()
    try:
        found = exchange(url, body, headers, Deadline(seconds))
    except (OSError, ValueError, http.client.HTTPException, HTTPError, AddressNotPublic) as error:
        found = DeliveryResult(0, error=describe_error(error)[:MAX_ERROR_LENGTH])
    return found._replace(ms=round((time.monotonic() - started) * 1000))


def exchange(url: str, body: bytes, headers: Mapping[str, str], deadline: Deadline) -> DeliveryResult:
    target = parse_url(url)
    headers = {"Content-Type": "application/json", "User-Agent": USER_AGENT, "Connection": "close", **headers}
    opened = PinnedConnection(target.host, target.port)
    if target.is_secure:
        opened = PinnedHTTPSConnection(target.host, target.port, ssl_context=load_tls_context())
    opened.addresses, opened.deadline = find_addresses(target, deadline.get_seconds_left()), deadline
    with closing(opened):
        opened.request("POST", target.path, body, headers, preload_content=False, decode_content=False)
        with closing(opened.getresponse()) as response:
            answer = read_beginning(response)
    retry_after = parse_retry_after(response.headers.get("Retry-After"), time.time())
    error = REDIRECTED if is_redirect(response) else ""
    return DeliveryResult(0, status=response.status, error=error, answer=answer, retry_after=retry_after)


def is_redirect(response: Any) -> bool:
    return bool(HTTPStatus.MULTIPLE_CHOICES <= response.status < HTTPStatus.BAD_REQUEST)


def read_beginning(response: Any) -> str:
    """Return the beginning of the body as text that the database can store, after the target of a redirect.

    A body that breaks off is empty.
    """
    try:
        content = response.read(MAX_KEPT_BYTES, decode_content=False)
    except (OSError, http.client.HTTPException, HTTPError):
        content = b""
    target = f"Location: {response.headers.get('Location', '')}\n" if is_redirect(response) else ""
    text = f"{target}{content.decode('utf-8', 'replace')}"[:MAX_KEPT_BYTES]
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


# The first kind that fits is told. RemoteDisconnected of http.client is both a ConnectionError and a BadStatusLine.
SENTENCES: tuple[tuple[type[Exception], str], ...] = (
    (TimeoutError, gettext_noop("There was no answer in time.")),
    (ConnectionRefusedError, gettext_noop("The connection was refused.")),
    (ConnectionError, gettext_noop("The connection was closed before an answer.")),
    (http.client.BadStatusLine, gettext_noop("The answer is not HTTP.")),
    (ssl.SSLError, gettext_noop("The connection failed: the receiver does not use TLS, or only an old version of it.")),
)


def describe_error(error: Exception) -> str:
    match error:
        case NameNotFound():
            return str(error)
        case AnswerTooLong():
            return f"The answer's head is longer than {MAX_READ_BYTES >> 10} KiB."
        case ssl.SSLCertVerificationError():
            return f"The certificate is not valid: {error.verify_message}."
    for kind, sentence in SENTENCES:
        if isinstance(error, kind):
            return sentence
    if isinstance(error, OSError | http.client.HTTPException | HTTPError):
        return f"The connection failed: {getattr(error, 'strerror', None) or type(error).__name__}."
    return str(error)
