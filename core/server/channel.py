"""A client's socket that is read and written without waiting, and looks to gunicorn like one that was waited for."""

import re
import socket
from contextlib import suppress
from typing import Any

from django.conf import settings
from gunicorn.http.errors import LimitRequestHeaders
from gunicorn.http.message import Request
from gunicorn.http.unreader import IterUnreader

from core.server.spool import Spool

MAX_HEAD_BYTES = 64 * 1024
MAX_PIECE_BYTES = 64 * 1024  # of one call of recv() or send()
HEAD_END = b"\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*0*(\d{1,18})[ \t]*(?=\r|\Z)", re.I)
TRANSFER = re.compile(rb"\r\ntransfer-encoding:", re.I)
EXPECT = re.compile(rb"\A\S+ \S+ HTTP/1\.1(?s:.*)\r\nexpect:[ \t]*100-continue[ \t]*(?=\r|\Z)", re.I)
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Channel:
    """Received bytes that wait for the application, and bytes of a response that wait for the client.

    gunicorn's parser remains the only judge of a request: what is read from the head here decides only when the parser
    is called. The parser gets the bytes of one request, and an exception if it asks for more.
    """

    def __init__(self, cfg: Any, sock: socket.socket, address: Any) -> None:
        sock.setblocking(False)
        self.cfg, self.sock, self.address = cfg, sock, address
        self.inbox, self.outbox = Spool(), Spool()
        self.lingers_until = 0.0  # when the connection is closed even if its client goes on sending
        self.begin_request()

    def begin_request(self) -> None:
        self.due: int | None = None  # bytes of the request that the application has not read; unknown before the head
        self.has_head = False
        self.is_partial = False  # the application gets the head and has to refuse the body
        self.is_answering = False

    def kept_bytes(self) -> int:
        return len(self.inbox) + len(self.outbox)

    def is_closed(self) -> bool:
        return self.sock.fileno() < 0

    # --- For the thread that polls ------------------------------------------------------------------------

    def receive(self) -> bool:
        """Read what has arrived; return whether the client is still there."""
        try:
            data = self.sock.recv(MAX_PIECE_BYTES)
            self.inbox.append(data)
        except BlockingIOError:
            return True
        except OSError:  # the connection is broken, or there is no room for a temporary file
            return False
        return bool(data)

    def is_complete(self) -> bool:
        """Return whether a request with its whole body has arrived, or one that the parser will refuse."""
        if self.due is None:
            self.look_for_head()
        return self.due is not None and len(self.inbox) >= self.due

    def progress(self) -> tuple[bool, bool]:
        """Return whether the next request has begun, and whether its head is complete."""
        return len(self.inbox) > 0, self.has_head

    def look_for_head(self) -> None:
        text = self.inbox.peek(MAX_HEAD_BYTES)
        end = text.find(HEAD_END)
        if end >= 0:
            self.read_head(text[:end])
        elif len(text) == MAX_HEAD_BYTES or text.count(b"\n") != text.count(b"\r\n"):
            self.due = len(text)  # the parser refuses a head that is too long or has lines that end in LF

    def read_head(self, head: bytes) -> None:
        """Decide how many bytes to wait for, and ask for the body if the client waits for that."""
        length = LENGTH.search(head)
        body = int(length[1]) if length else 0
        self.has_head = True
        self.is_partial = body > settings.MAX_IMPORT_BYTES or bool(TRANSFER.search(head))
        self.due = len(head) + len(HEAD_END) + (0 if self.is_partial else body)
        if len(self.inbox) >= self.due:
            return
        if not self.is_accepted(head):
            self.due = len(head) + len(HEAD_END)
        elif EXPECT.match(head):
            with suppress(OSError):  # the next recv() will notice
                self.sock.send(CONTINUE)

    def is_accepted(self, head: bytes) -> bool:
        """Return whether gunicorn's parser accepts the head. Called only while the body has not arrived."""
        try:
            Request(self.cfg, IterUnreader([head + HEAD_END]), self.address)
        except Exception:  # any: the parser raises it again in a thread, where it is answered
            return False
        return True

    def send_piece(self) -> bool:
        """Send once; return whether the client took anything."""
        try:
            self.outbox.skip(self.sock.send(self.outbox.peek(MAX_PIECE_BYTES)))
        except BlockingIOError:
            return False
        return True

    # --- For the thread that runs the application: a socket, as far as gunicorn needs one ---------------------

    def recv(self, size: int) -> bytes:
        if not self.due:
            raise TimeoutError("This body was not received.") if self.has_head else LimitRequestHeaders("head too long")
        data = self.inbox.peek(min(size, self.due))
        self.inbox.skip(len(data))
        self.due -= len(data)
        return data

    def sendall(self, data: bytes) -> None:
        """Send now what the client takes, the rest later. The head waits for the beginning of the body."""
        self.outbox.append(data)
        if self.is_answering:
            self.flush()
        self.is_answering = True

    def flush(self) -> None:
        """Send until all is sent or the client does not read."""
        while len(self.outbox) and self.send_piece():
            pass

    def gettimeout(self) -> float:
        return 0.0

    def settimeout(self, seconds: float | None) -> None:
        """Do nothing: no call waits."""

    def setblocking(self, blocking: bool) -> None:
        """Do nothing: no call waits."""

    def shutdown(self, how: int) -> None:
        self.sock.shutdown(how)

    def close(self) -> None:
        for each in (self.inbox, self.outbox, self.sock):
            each.close()
