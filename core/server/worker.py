"""gunicorn's threaded worker, changed so that a slow client occupies no thread."""

import errno
import selectors
import socket
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

from core.server.channel import Channel

HEAD_SECONDS = 15  # for a request's head, from its first byte; for that first byte on a new connection, too
BODY_SECONDS = 30  # for its body, and as long again as MIN_BYTES_PER_SECOND gives
SEND_SECONDS = 30  # for what is left of a response, likewise
MIN_BYTES_PER_SECOND = 16 * 1024
STOP_SECONDS = 5  # for bodies and responses on their way when the process stops; heads get gunicorn's 2
LINGER_SECONDS = 2  # of silence, after which a client is taken to have read the last response
MAX_LINGER_SECONDS = 30  # for a client that goes on sending a body that was refused
SWEEP_SECONDS = 0.5
MAX_KEPT_BYTES = 512 * 1024 * 1024  # per process, of requests and responses that wait for clients or for a thread


def time_for(seconds: float, size: int) -> float:
    """Return how long a client may take for so many bytes."""
    return seconds + size / MIN_BYTES_PER_SECOND


class Worker(ThreadWorker):
    """The main thread receives requests and sends what clients were too slow to take; threads run the application.

    A request is given to a thread when all of it has arrived. The thread writes the response without waiting and is
    free; what the client has not taken is kept and sent when it reads. gthread would read and write in its threads,
    so four silent clients would stop a process.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.waiting: dict[TConn, None] = {}  # for their clients, those that have waited longest first
        self.submitted: dict[TConn, Future] = {}  # to the threads, until finish_request()
        self.next_sweep = 0.0
        self.crowded_out = 0  # connections closed since the last sweep because there were too many

    # --- Waiting for clients ----------------------------------------------------------------------------------

    def wait(self, conn: TConn, event: int, proceed: Callable[[TConn], None], seconds: float) -> None:
        self.allow(conn, seconds)
        self.waiting[conn] = None
        self.poller.register(conn.sock.sock, event, partial(self.proceed, conn, proceed))

    def made_progress(self, conn: TConn) -> None:
        """Move the connection behind those that have waited longer for their clients."""
        del self.waiting[conn]
        self.waiting[conn] = None

    def allow(self, conn: TConn, seconds: float) -> None:
        """Close the connection after so many seconds, or sooner if the worker is stopping."""
        conn.timeout = time.monotonic() + (seconds if self.alive else min(seconds, STOP_SECONDS))

    def proceed(self, conn: TConn, proceed: Callable[[TConn], None], _sock: socket.socket) -> None:
        """Go on with the connection, unless an event of the same round has closed it."""
        if conn in self.waiting:
            proceed(conn)

    def end_wait(self, conn: TConn) -> None:
        del self.waiting[conn]
        self.poller.unregister(conn.sock.sock)

    def drop(self, conn: TConn) -> None:
        self.end_wait(conn)
        self.nr_conns -= 1
        conn.close()

    def murder_keepalived(self, force: bool = False) -> None:
        """Close connections that are over their time, or all. gunicorn calls it after each round of events."""
        now = time.monotonic()
        if now < self.next_sweep and not force:
            return
        self.next_sweep = now + SWEEP_SECONDS
        for conn in [conn for conn in self.waiting if force or conn.timeout <= now]:
            self.drop(conn)
        self.bound_kept_bytes()
        if self.crowded_out:
            self.log.warning("Too many connections: closed %s that waited for their clients", self.crowded_out)
            self.crowded_out = 0

    def bound_kept_bytes(self) -> None:
        """Close the connections that keep the most bytes until the others keep at most MAX_KEPT_BYTES.

        Requests that a thread is processing, and their responses, are not counted and can't be closed.
        """
        queued = [conn for conn, future in self.submitted.items() if not future.running() and not future.done()]
        sizes = {conn: conn.sock.kept_bytes() for conn in [*self.waiting, *queued]}
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
            conn.close()  # finish_request() counts it
        else:
            return
        self.crowded_out += 1

    def _cap_keepalive(self, deadline: float) -> None:
        """Shorten the waits when the worker stops: no new one starts before it has ended."""
        for conn in self.waiting:
            has_begun = conn.sock.has_head or len(conn.sock.outbox)
            conn.timeout = min(conn.timeout, deadline + (STOP_SECONDS if has_begun else 0))

    # --- A connection's way -----------------------------------------------------------------------------------

    def accept(self, listener: socket.socket) -> None:
        """Accept a connection. If there are too many, close the one that has waited longest for its client."""
        try:
            sock, address = listener.accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                self.drop_oldest()
            return
        self.nr_conns += 1
        if self.nr_conns >= self.worker_connections:
            self.drop_oldest()
        conn = TConn(self.cfg, Channel(self.cfg, sock, address), address, listener.getsockname())
        conn.data_ready = True
        self.await_request(conn, HEAD_SECONDS)

    def drop_oldest(self) -> None:
        """Close the connection that has waited longest: each byte that is received or sent starts the wait anew."""
        if oldest := next(iter(self.waiting), None):
            self.crowded_out += 1
            self.drop(oldest)

    def await_request(self, conn: TConn, seconds: float) -> None:
        self.wait(conn, selectors.EVENT_READ, self.receive, seconds)

    def receive(self, conn: TConn) -> None:
        """Read from the client, and give the request to a thread if it is complete."""
        before = conn.sock.progress()
        if not conn.sock.receive():
            self.drop(conn)
            return
        self.made_progress(conn)
        if conn.sock.is_complete():
            self.end_wait(conn)
            self.enqueue_req(conn)
        elif conn.sock.progress() != before:
            self.allow(conn, self.patience(conn.sock))

    def enqueue_req(self, conn: TConn) -> None:
        """Submit a complete request to the threads."""
        future = self.submitted[conn] = self.tpool.submit(self.handle, conn)
        future.add_done_callback(partial(self.method_queue.defer, self.finish_request, conn))

    def patience(self, channel: Channel) -> float:
        """Return how long the client may take for the next part of its request."""
        if channel.due:
            return time_for(BODY_SECONDS, channel.due)
        return HEAD_SECONDS if len(channel.inbox) else float(self.cfg.keepalive)

    def handle(self, conn: TConn) -> Any:
        """Parse and answer a request, in a thread; return whether the connection is kept."""
        is_kept = super().handle(conn)
        try:
            conn.sock.flush()
        except OSError:
            return False
        return is_kept

    def _keepalive_after(self, conn: TConn, keepalive: Any) -> bool:
        """Skip what the application has not read of the body: all of it has arrived, so no read can wait."""
        return bool(keepalive) and bool(conn.parser.finish_body())

    def handle_request(self, req: Any, conn: TConn) -> Any:
        req._expected_100_continue = False  # asked for when the head arrived
        if conn.sock.is_partial:
            req.force_close()
        return super().handle_request(req, conn)

    def finish_request(self, conn: TConn, fs: Any) -> None:
        """Go on with a connection whose request was answered. Runs in the main thread."""
        del self.submitted[conn]
        is_kept = not fs.cancelled() and not fs.exception() and fs.result()
        if conn.sock.is_closed():  # by close_early(), or by gunicorn because a response broke off
            self.nr_conns -= 1
            return
        conn.sock.begin_request()
        self.go_on(conn, is_kept)

    def go_on(self, conn: TConn, is_kept: bool) -> None:
        """Send the rest of the response, then await the next request or close."""
        if left := len(conn.sock.outbox):
            send = partial(self.send, is_kept=is_kept)
            self.wait(conn, selectors.EVENT_WRITE, send, time_for(SEND_SECONDS, left))
        elif not is_kept:
            self.linger(conn)
        elif conn.sock.is_complete():
            self.enqueue_req(conn)
        else:
            self.await_request(conn, self.patience(conn.sock))

    def send(self, conn: TConn, is_kept: bool) -> None:
        try:
            conn.sock.send_piece()
        except OSError:
            self.drop(conn)
            return
        self.made_progress(conn)
        if not len(conn.sock.outbox):
            self.end_wait(conn)
            self.go_on(conn, is_kept)

    def linger(self, conn: TConn) -> None:
        """Close after the client did: bytes of it that arrive at a closed socket would destroy the response."""
        conn.sock.lingers_until = time.monotonic() + MAX_LINGER_SECONDS
        self.wait(conn, selectors.EVENT_READ, self.discard, LINGER_SECONDS)
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self.drop(conn)

    def discard(self, conn: TConn) -> None:
        """Read and forget what the client still sends, until it is silent or has had its time."""
        conn.sock.inbox.skip(len(conn.sock.inbox))
        if conn.sock.receive():
            self.allow(conn, min(LINGER_SECONDS, conn.sock.lingers_until - time.monotonic()))
        else:
            self.drop(conn)
