"""gunicorn's threaded worker, changed so that slow clients occupy no thread."""

import errno
import selectors
import socket
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any

from gunicorn.http import wsgi
from gunicorn.http.parser import RequestParser
from gunicorn.workers.gthread import TConn, ThreadWorker

from core.errors import DomainError, StorageFull, TooManyUploads
from core.server.channel import Channel, KnownLinesRequest, Response

# The time to send a request's head, from its first byte; a new connection has the same time for that byte.
HEAD_SECONDS = 15
BODY_SECONDS = 30  # the time to send a body; MIN_BYTES_PER_SECOND adds time for a large one
SEND_SECONDS = 30  # the time to read the rest of a response; MIN_BYTES_PER_SECOND adds time here, too
MIN_BYTES_PER_SECOND = 16 * 1024
STOP_SECONDS = 5  # the time of bodies and responses in transfer when the process stops; heads get gunicorn's 2 seconds
LINGER_SECONDS = 2  # the silence after which a client is assumed to have read the last response
MAX_LINGER_SECONDS = 30  # the longest time that a client may continue to send a refused body
SWEEP_SECONDS = 0.5
PAUSE_SECONDS = 1e-9  # the pause after a new connection; the system makes 0.05 ms of it
MAX_BODY_BYTES_PER_CLIENT = 64 * 1024 * 1024  # the limit in a process for bodies above 64 KiB without a response
# The limit in a process for requests and responses that wait for clients or a thread.
MAX_KEPT_BYTES = 512 * 1024 * 1024


def timeout_for(seconds: float, size: int) -> float:
    """Return the seconds that a client gets for a transfer: `seconds`, and more for a large transfer."""
    return seconds + size / MIN_BYTES_PER_SECOND


def wants_close(req: Any) -> bool:
    """Return whether `close` is among the options of the request's Connection headers (RFC 9110, section 7.6.1)."""
    # gunicorn only recognises it as the only option of the first of these headers.
    options = [option for name, value in req.headers if name == "CONNECTION" for option in value.split(",")]
    return any(option.strip(" \t").lower() == "close" for option in options)


def keep_settings(cfg: Any) -> None:
    """Store each setting as an attribute of gunicorn's configuration, which looks it up at each access (ADR 10)."""
    vars(cfg).update({name: setting.get() for name, setting in cfg.settings.items()})


class GunicornWorker(ThreadWorker):
    """A worker whose main thread receives requests and sends responses, while other threads run the application.

    A thread gets a request when all of it has arrived. It writes the response without blocking. The part that the
    client has not read is buffered, and the main thread sends it when the client reads. gunicorn's gthread worker
    instead reads and writes in its threads, so that one silent client for each thread blocks the process.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The connections that wait for their clients; the first has waited longest.
        self.waiting: dict[TConn, None] = {}
        self.submitted: dict[TConn, Future] = {}  # the connections whose request is queued or being processed
        self.next_sweep = 0.0
        self.closed_early = 0  # the connections closed since the last sweep because of a limit

    def init_process(self) -> None:
        keep_settings(self.cfg)
        # gunicorn has no settings for these.
        wsgi.Response, RequestParser.mesg_class = Response, KnownLinesRequest
        super().init_process()

    def handle_quit(self, sig: int, frame: Any) -> None:
        """Exit without shutting the threads down. Python waits for their requests, and gunicorn for this process."""
        # The main thread may hold the lock that a shutdown needs: after Ctrl-C, gunicorn sends a second signal.
        super(ThreadWorker, self).handle_quit(sig, frame)

    # --- Waiting for clients ----------------------------------------------------------------------------------

    def start_waiting(self, conn: TConn, event: int, callback: Callable[[TConn], None], seconds: float) -> None:
        """Call `callback` at each of these events of the client. Close the connection after some seconds."""
        self.set_deadline(conn, seconds)
        self.waiting[conn] = None
        self.poller.register(conn.sock.sock, event, partial(self.run_callback, conn, callback))

    def restart_waiting(self, conn: TConn) -> None:
        """Move the connection behind those that have waited longer for their clients. Keep its deadline."""
        del self.waiting[conn]
        self.waiting[conn] = None

    def set_deadline(self, conn: TConn, seconds: float) -> None:
        """Close the connection after some seconds, or sooner if the worker is stopping."""
        conn.timeout = time.monotonic() + (seconds if self.alive else min(seconds, STOP_SECONDS))

    def run_callback(self, conn: TConn, callback: Callable[[TConn], None], _sock: socket.socket) -> None:
        """Run the callback, unless another event of the same round has closed the connection."""
        if conn in self.waiting:
            callback(conn)

    def stop_waiting(self, conn: TConn) -> None:
        del self.waiting[conn]
        self.poller.unregister(conn.sock.sock)

    def drop(self, conn: TConn) -> None:
        self.stop_waiting(conn)
        self.nr_conns -= 1
        conn.close()

    def murder_keepalived(self, force: bool = False) -> None:
        """Close the connections whose deadlines have passed, or all. gunicorn calls this after each round of events."""
        now = time.monotonic()
        if now < self.next_sweep and not force:
            return
        self.next_sweep = now + SWEEP_SECONDS
        for conn in [conn for conn in self.waiting if force or conn.timeout <= now]:
            self.drop(conn)
        self.limit_kept_bytes()
        if self.closed_early:
            self.log.warning("Too many connections or buffered bytes: closed %s connections", self.closed_early)
            self.closed_early = 0

    def limit_kept_bytes(self) -> None:
        """Close the connections with the largest buffers until the others have at most MAX_KEPT_BYTES together."""
        # Requests that a thread is processing, and their responses, are not counted, because they can't be closed.
        queued = [conn for conn, future in self.submitted.items() if not future.running() and not future.done()]
        sizes = {conn: len(conn.sock.inbox) + len(conn.sock.outbox) for conn in [*self.waiting, *queued]}
        total = sum(sizes.values())
        for conn in sorted(sizes, key=sizes.__getitem__, reverse=True):
            if total <= MAX_KEPT_BYTES:
                break
            total -= sizes[conn]
            self.close_early(conn)

    def close_early(self, conn: TConn) -> None:
        """Close a connection that waits for its client or for a thread, unless a thread has just taken it."""
        if conn in self.waiting:
            self.drop(conn)
        elif self.submitted[conn].cancel():
            conn.close()  # finish_request() counts the connection
        else:
            return
        self.closed_early += 1

    def _cap_keepalive(self, deadline: float) -> None:
        """Shorten the deadlines when the worker stops. gunicorn calls this once."""
        for conn in self.waiting:
            has_begun = conn.sock.has_head or len(conn.sock.outbox)
            conn.timeout = min(conn.timeout, deadline + (STOP_SECONDS if has_begun else 0))

    # --- From accept to close -----------------------------------------------------------------------------------

    def accept(self, listener: socket.socket) -> None:
        """Accept a connection. At the limit, close the connection that has waited longest for its client."""
        try:
            sock, address = listener.accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                self.drop_longest_waiting()
            return
        self.nr_conns += 1
        if self.nr_conns >= self.worker_connections:
            self.drop_longest_waiting()
        conn = TConn(self.cfg, Channel(self.cfg, sock, address, self.check_room), address, listener.getsockname())
        conn.data_ready = True
        self.await_request(conn, HEAD_SECONDS)
        # Let another process accept the next connection. Otherwise one process may get all that are opened together.
        time.sleep(PAUSE_SECONDS)

    def drop_longest_waiting(self) -> None:
        """Close the connection that has waited longest for its client since a byte was received or sent."""
        if conn := next(iter(self.waiting), None):
            self.closed_early += 1
            self.drop(conn)

    def await_request(self, conn: TConn, seconds: float) -> None:
        self.start_waiting(conn, selectors.EVENT_READ, self.receive, seconds)

    def receive(self, conn: TConn) -> None:
        """Read from the client. Submit the request to the threads if it is complete."""
        before = conn.sock.progress()
        try:
            is_open = conn.sock.receive()
        except OSError as error:
            self.log.error("A request's body could not be kept in the temporary folder: %s", error)
            conn.sock.refuse_body(StorageFull())
            is_open = True
        if not is_open:
            self.drop(conn)
            return
        self.restart_waiting(conn)
        if conn.sock.is_complete():
            self.stop_waiting(conn)
            self.enqueue_req(conn)
        elif conn.sock.progress() != before:
            self.set_deadline(conn, self.request_timeout(conn.sock))

    def check_room(self, channel: Channel) -> DomainError | None:
        """Return TooManyUploads if this body and the client's other large bodies would take too many bytes."""
        # Bodies count with their declared size until they get their response, so that no body is sent in vain.
        others = [conn.sock for conn in [*self.waiting, *self.submitted] if conn.sock is not channel]
        sizes = [other.large_body for other in others if other.client == channel.client]
        if sum(sizes) + channel.large_body <= MAX_BODY_BYTES_PER_CLIENT:
            return None
        return TooManyUploads(limit=int(MAX_BODY_BYTES_PER_CLIENT))

    def enqueue_req(self, conn: TConn) -> None:
        future = self.submitted[conn] = self.tpool.submit(self.handle, conn)
        future.add_done_callback(partial(self.method_queue.defer, self.finish_request, conn))

    def request_timeout(self, channel: Channel) -> float:
        """Return the seconds that the client gets for the next part of its request."""
        if channel.remaining:
            return timeout_for(BODY_SECONDS, channel.remaining)
        return HEAD_SECONDS if len(channel.inbox) else float(self.cfg.keepalive)

    def handle(self, conn: TConn) -> Any:
        """Parse a request and send its response in a thread. Return whether to keep the connection."""
        is_kept = super().handle(conn)
        try:
            conn.sock.flush()
        except OSError:
            return False
        return is_kept

    def _keepalive_after(self, conn: TConn, keepalive: Any) -> bool:
        """Skip the unread part of the body, which has arrived, and return whether to keep the connection."""
        return bool(keepalive) and bool(conn.parser.finish_body())

    def handle_request(self, req: Any, conn: TConn) -> Any:
        req._expected_100_continue = False  # the channel has sent it when the head arrived
        if conn.sock.is_head_only or wants_close(req):
            req.force_close()
        return super().handle_request(req, conn)

    def finish_request(self, conn: TConn, fs: Any) -> None:
        """Continue with a connection after its response. This runs in the main thread."""
        del self.submitted[conn]
        is_kept = not fs.cancelled() and not fs.exception() and fs.result()
        if conn.sock.is_closed():  # close_early() has closed it, or gunicorn has because a response broke off
            self.nr_conns -= 1
            return
        conn.sock.begin_request()
        self.continue_connection(conn, is_kept)

    def continue_connection(self, conn: TConn, is_kept: bool) -> None:
        """Send the rest of the response, then wait for the next request or close the connection."""
        if left := len(conn.sock.outbox):
            send = partial(self.send_rest, is_kept=is_kept)
            self.start_waiting(conn, selectors.EVENT_WRITE, send, timeout_for(SEND_SECONDS, left))
        elif not is_kept:
            self.linger(conn)
        elif conn.sock.is_complete():
            self.enqueue_req(conn)
        else:
            self.await_request(conn, self.request_timeout(conn.sock))

    def send_rest(self, conn: TConn, is_kept: bool) -> None:
        try:
            conn.sock.send_chunk()
        except OSError:
            self.drop(conn)
            return
        self.restart_waiting(conn)
        if not len(conn.sock.outbox):
            self.stop_waiting(conn)
            self.continue_connection(conn, is_kept)

    def linger(self, conn: TConn) -> None:
        """Wait for the client to close the connection first."""
        # Bytes that arrive at a closed socket reset the connection, and the client could lose the end of the response.
        conn.sock.linger_deadline = time.monotonic() + MAX_LINGER_SECONDS
        self.start_waiting(conn, selectors.EVENT_READ, self.discard, LINGER_SECONDS)
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self.drop(conn)

    def discard(self, conn: TConn) -> None:
        """Discard the bytes that the client still sends, until it stops or its deadline has passed."""
        conn.sock.inbox.close()
        if conn.sock.receive():
            self.set_deadline(conn, min(LINGER_SECONDS, conn.sock.linger_deadline - time.monotonic()))
        else:
            self.drop(conn)
