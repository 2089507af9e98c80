"""A non-blocking client socket that gunicorn can use like a blocking one, the queue of its bytes, and its response."""

import re
import socket
from collections.abc import Callable
from contextlib import suppress
from tempfile import TemporaryFile
from typing import IO, Any

from django.conf import settings
from gunicorn.http import wsgi
from gunicorn.http.errors import LimitRequestHeaders
from gunicorn.http.message import Request
from gunicorn.http.unreader import IterUnreader

from core.errors import DomainError
from core.http.clients import find_client_address

MAX_BYTES_IN_MEMORY = 64 * 1024
HEADER_VALUE = re.compile(r"[ \t\x21-\x7e\x80-\xff]*")  # the characters that gunicorn takes
MAX_KNOWN_LINES, MAX_KNOWN_BYTES = 1000, 4096  # the lines of heads of at most this size are kept
known_lines: dict[bytes, tuple[str, str]] = {}  # the headers of lines that this process has parsed
# The names of headers that most responses have. They are tokens, and mean nothing to gunicorn.
FREQUENT_HEADERS = {
    "Content-Type",
    "Vary",
    "Allow",
    "X-Frame-Options",
    "X-Content-Type-Options",
    "Referrer-Policy",
    "Cross-Origin-Opener-Policy",
    "RateLimit",
    "RateLimit-Policy",
    "Content-Security-Policy",
    "Permissions-Policy",
    "Cache-Control",
    "X-Request-ID",
    "API-Version",
}


class Spool:
    """Bytes are appended at the end and removed from the start."""

    def __init__(self) -> None:
        self.memory = bytearray()
        self.file: IO[bytes] | None = None  # has all bytes from `start` to `end` if they do not fit into memory
        self.start = self.end = 0

    def __len__(self) -> int:
        return self.end - self.start if self.file else len(self.memory)

    def append(self, data: bytes) -> None:
        """Append the bytes. Raise OSError, and change nothing, if the temporary file can't take them."""
        if self.file is None and len(self.memory) + len(data) <= MAX_BYTES_IN_MEMORY:
            self.memory += data
            return
        if self.file is None:
            self.file, self.end = self.move_to_file(), len(self.memory)
            self.memory.clear()
        write(self.file, self.end, data)
        self.end += len(data)

    def move_to_file(self) -> IO[bytes]:
        """Move the bytes from memory to a new file, and return the file."""
        # The file has no buffer, so that a full disk makes append() fail, and not a later call.
        file: IO[bytes] = TemporaryFile(buffering=0)  # noqa: SIM115, close() closes it
        try:
            write(file, 0, bytes(self.memory))
        except OSError:
            file.close()
            raise
        return file

    def peek(self, size: int) -> bytes:
        """Return up to `size` bytes from the start without removing them."""
        if self.file is None:
            return bytes(self.memory[:size])
        self.file.seek(self.start)
        return self.file.read(min(size, len(self)))

    def skip(self, size: int) -> None:
        """Remove `size` bytes from the start. Move the rest back to memory if it is short."""
        if self.file is None:
            del self.memory[:size]
            return
        self.start += size
        if len(self) <= MAX_BYTES_IN_MEMORY < self.start or self.start == self.end:
            rest = self.peek(MAX_BYTES_IN_MEMORY)
            self.close()
            self.memory += rest

    def close(self) -> None:
        self.memory.clear()
        if self.file:
            self.file.close()
        self.file, self.start, self.end = None, 0, 0


def write(file: IO[bytes], position: int, data: bytes) -> None:
    """Write all of the data. A file without a buffer may write it in parts."""
    file.seek(position)
    while data:
        data = data[file.write(data) :]


MAX_HEAD_BYTES = 64 * 1024
MAX_CHUNK_BYTES = 64 * 1024  # the limit of one call of recv() or send()
HEAD_END = b"\r\n\r\n"
# Only 18 digits are read, because Python refuses to parse thousands of digits. A number of 18 digits is above every
# limit. The quantifiers are possessive, so the search takes linear time.
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*+0*+(\d{1,18}+)\d*+[ \t]*+(?=\r|\Z)", re.I)
TRANSFER = re.compile(rb"\r\ntransfer-encoding:", re.I)
EXPECT = re.compile(rb"\A\S+ \S+ HTTP/1\.1(?s:.*)\r\nexpect:[ \t]*100-continue[ \t]*(?=\r|\Z)", re.I)
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Channel:
    """Buffers the bytes received for the application, and the bytes of responses that the client has not read.

    It reads a head only to decide when to call gunicorn's parser. The parser can read one request; reading on raises
    an error.
    """

    def __init__(
        self, cfg: Any, sock: socket.socket, address: Any, check_room: Callable[["Channel"], DomainError | None]
    ) -> None:
        """Initialise the channel. Before a large body, `check_room` returns the reason to refuse the body, or None."""
        sock.setblocking(False)
        self.cfg, self.sock, self.address, self.check_room = cfg, sock, address, check_room
        self.inbox, self.outbox = Spool(), Spool()
        self.linger_deadline = 0.0  # the connection is closed at this time, even if its client is still sending
        self.begin_request()

    def begin_request(self) -> None:
        # The bytes of the request that gunicorn has not read; None before the head arrived.
        self.remaining: int | None = None
        self.has_head = False
        self.head_size = 0  # the size includes the empty line at the end
        self.is_head_only = False  # if true, the body is not received and the application must refuse it
        # The refusal to send in this case, if it does not follow from the head alone.
        self.refusal: DomainError | None = None
        self.large_body = 0  # the size of a body that does not fit into memory, or 0
        self.client = ""  # the address that sends this body
        self.has_response_head = False

    def is_closed(self) -> bool:
        return self.sock.fileno() < 0

    # --- Called in the main thread ------------------------------------------------------------------------

    def receive(self) -> bool:
        """Buffer what has arrived. Return False if the connection is closed. Raise OSError if the disk is full."""
        try:
            data = self.sock.recv(MAX_CHUNK_BYTES if self.has_head else MAX_HEAD_BYTES - len(self.inbox))
        except BlockingIOError:
            return True
        except OSError:  # the connection is broken
            return False
        self.inbox.append(data)
        return bool(data)

    def is_complete(self) -> bool:
        """Return whether a request has arrived with its whole body, or a request that the parser will refuse."""
        if self.remaining is None:
            self.find_head()
        return self.remaining is not None and len(self.inbox) >= self.remaining

    def progress(self) -> tuple[bool, bool]:
        """Return two flags: whether the next request has begun, and whether its head is complete."""
        return len(self.inbox) > 0, self.has_head

    def find_head(self) -> None:
        text = self.inbox.peek(MAX_HEAD_BYTES)
        end = text.find(HEAD_END)
        if end >= 0:
            self.inspect_head(text[:end])
        elif len(text) == MAX_HEAD_BYTES or text.count(b"\n") != text.count(b"\r\n"):
            self.remaining = len(text)  # the parser refuses long heads and lines that end in LF

    def inspect_head(self, head: bytes) -> None:
        """Set the number of bytes to wait for. Send `100 Continue` if the client expects this."""
        length = LENGTH.search(head)
        body = int(length[1]) if length else 0
        self.has_head, self.head_size = True, len(head) + len(HEAD_END)
        self.is_head_only = body > settings.MAX_IMPORT_BYTES or bool(TRANSFER.search(head))
        self.remaining = self.head_size + (0 if self.is_head_only else body)
        if len(self.inbox) >= self.remaining:
            return
        request = self.parse(head)
        if request is None:
            self.remaining = self.head_size
        elif refusal := self.admit(request, body):
            self.refuse_body(refusal)
        elif EXPECT.match(head):
            with suppress(OSError):  # the next recv() raises the error again
                self.sock.send(CONTINUE)

    def parse(self, head: bytes) -> Request | None:
        """Return the request if gunicorn's parser accepts the head. This is needed only before the body has arrived."""
        try:
            return KnownLinesRequest(self.cfg, IterUnreader([head + HEAD_END]), self.address)
        except Exception:  # the type does not matter: a thread parses the head again and sends the error
            return None

    def admit(self, request: Request, body: int) -> DomainError | None:
        """Store the size and the client of a large body. Return the reason if it may not be sent now."""
        if body <= MAX_BYTES_IN_MEMORY:
            return None
        forwarded = ",".join(value for name, value in request.headers if name == "X-FORWARDED-FOR")
        peer = self.address[0] if isinstance(self.address, tuple) else ""
        self.large_body, self.client = body, find_client_address(forwarded, peer)
        return self.check_room(self)

    def refuse_body(self, refusal: DomainError) -> None:
        """Discard the part of the body that has arrived, and complete the request with its head alone."""
        head = self.inbox.peek(self.head_size)
        self.inbox.close()
        self.inbox.append(head)
        self.refusal, self.is_head_only, self.remaining, self.large_body = refusal, True, self.head_size, 0

    def send_chunk(self) -> bool:
        """Send one chunk. Return False if the client does not read now."""
        try:
            self.outbox.skip(self.sock.send(self.outbox.peek(MAX_CHUNK_BYTES)))
        except BlockingIOError:
            return False
        return True

    # --- Called in a thread: the methods of a socket that gunicorn needs --------------------------------------

    def recv(self, size: int) -> bytes:
        if not self.remaining:
            raise TimeoutError("The body was not received.") if self.has_head else LimitRequestHeaders("head too long")
        data = self.inbox.peek(min(size, self.remaining))
        self.inbox.skip(len(data))
        self.remaining -= len(data)
        return data

    def sendall(self, data: bytes) -> None:
        """Send what the client accepts now, and buffer the rest. The head is sent with the start of the body."""
        self.outbox.append(data)
        if self.has_response_head:
            self.flush()
        self.has_response_head = True

    def flush(self) -> None:
        """Send until the buffer is empty or the client stops reading."""
        while len(self.outbox) and self.send_chunk():
            pass

    def gettimeout(self) -> float:
        return 0.0

    def settimeout(self, seconds: float | None) -> None:
        """Do nothing: no method blocks."""

    setblocking = settimeout

    def shutdown(self, how: int) -> None:
        self.sock.shutdown(how)

    def close(self) -> None:
        for resource in (self.inbox, self.outbox, self.sock):
            resource.close()


class KnownLinesRequest(Request):
    """gunicorn's request, which looks up header lines that gunicorn has accepted before: clients repeat them (ADR 10).

    gunicorn judges each line by itself, but for repeated names and continued lines. It parses a head with these itself.
    """

    def parse_headers(self, data: bytes, from_trailer: bool = False) -> list[tuple[str, str]]:
        lines = data.split(b"\r\n")
        headers: list[Any] = [*map(known_lines.get, lines)]
        if not from_trailer and None not in headers and len(dict(headers)) == len(lines) <= self.limit_request_fields:
            return headers
        headers = super().parse_headers(data, from_trailer)
        if not from_trailer and len(dict(headers)) == len(lines) and len(data) <= MAX_KNOWN_BYTES:
            if len(known_lines) >= MAX_KNOWN_LINES:
                known_lines.clear()
            known_lines.update(zip(lines, headers, strict=True))
        return headers


class Response(wsgi.Response):
    """gunicorn's response, which checks frequent headers together: one by one takes 3 % of a small request (ADR 10)."""

    def process_headers(self, headers: list[tuple[str, str]]) -> None:
        """Check the headers, and keep those to send. Raise InvalidResponseHeader for a line break or control character.

        Django has refused line breaks, but not in cookies, and a program between could add others. So every value is
        still checked here. The pattern allows any number of characters of a set, so it matches the joined values if it
        matches each of them. The names of FREQUENT_HEADERS are known, and gunicorn checks all others.
        """
        if HEADER_VALUE.fullmatch("".join([value for _, value in headers])):
            self.headers = [header for header in headers if header[0] in FREQUENT_HEADERS]
            headers = [header for header in headers if header[0] not in FREQUENT_HEADERS]
        super().process_headers(headers)
