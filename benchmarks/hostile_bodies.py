"""`python -m benchmarks.hostile_bodies`: response times of a booking client, alone and beside large hostile bodies.

The hostile clients do not sign in. They send bodies of 20 MiB from one address and never complete them. In a full
folder each temporary file has room for ROOM_BYTES. There the last kind sends bodies whose last piece finds no room.
"""

import multiprocessing
import resource
import socket
import threading
import time
from contextlib import suppress
from statistics import quantiles

from benchmarks.idle_sockets import PRODUCTION, BookingClient
from testing import serving

SECONDS = 20
HOSTILE_CLIENTS = 16
BODY_BYTES = 20 * 1024 * 1024
ROOM_BYTES = 1024 * 1024
LAST_PIECE = 6_000  # this is smaller than the buffer of a file
HEAD = f"POST /api/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {BODY_BYTES}\r\n\r\n".encode()
# The number of bytes that a hostile client sends at a time, and whether the folder is full.
KINDS = {
    "none": (0, False),
    "large bodies": (65_536, False),
    "large bodies, full folder": (65_536, True),
    "a last small piece, full folder": (LAST_PIECE, True),
}


def attack(port: int, piece: int) -> None:
    """Send large bodies in pieces of this size on HOSTILE_CLIENTS connections, until the process is ended."""
    threads = [threading.Thread(target=send_bodies, args=(port, piece)) for _ in range(HOSTILE_CLIENTS)]
    for thread in threads:
        thread.start()


def send_bodies(port: int, piece: int) -> None:
    while True:
        if piece == LAST_PIECE:
            send_body_without_room(port)
            continue
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sendall(HEAD)
            for _ in range(BODY_BYTES // piece - 1):
                connection.sendall(b" " * piece)


def send_body_without_room(port: int) -> None:
    """Send a body slightly larger than ROOM_BYTES. If a file has a buffer, the end of the body stays in it."""
    head = HEAD.replace(str(BODY_BYTES).encode(), str(ROOM_BYTES + LAST_PIECE // 2).encode())
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(head + b" " * (ROOM_BYTES - LAST_PIECE // 2))
        time.sleep(0.1)
        connection.sendall(b" " * LAST_PIECE)
        time.sleep(0.1)
        connection.sendall(b"more")
        connection.recv(1)


def fill_folder(service: serving.Service) -> None:
    for worker in service.workers():
        resource.prlimit(worker, resource.RLIMIT_FSIZE, (ROOM_BYTES, resource.RLIM_INFINITY))


def keep_full(service: serving.Service, stopped: threading.Event) -> None:
    """Limit new workers as well."""
    while not stopped.wait(0.2):
        with suppress(ProcessLookupError):
            fill_folder(service)


def measure(database: serving.Database, number: int, piece: int, is_full: bool) -> str:
    database.execute(f"CREATE DATABASE hostile{number}")
    with serving.run_service(database, **PRODUCTION, DB_NAME=f"hostile{number}") as service:
        token = service.sign_up("alice")
        product = service.send("POST", "/api/products/", {"name": "Pan", "price": "1.00"}, token).body["id"]
        booking, stopped = BookingClient(service, token, product), threading.Event()
        filler = threading.Thread(target=keep_full, args=(service, stopped))
        hostile = multiprocessing.get_context("spawn").Process(target=attack, args=(service.port, piece))
        started = service.log.read_text().count("Booting worker")
        if is_full:
            filler.start()
        if piece:
            hostile.start()
        booking.start()
        time.sleep(SECONDS)
        booking.stopped.set()
        booking.join()
        stopped.set()
        if piece:
            hostile.kill()
        if is_full:
            filler.join()
        ended = service.log.read_text().count("Booting worker") - started
    cuts = [value * 1000 for value in quantiles(booking.seconds * 2, n=100)]
    outcomes = ", ".join(f"{count} x {outcome}" for outcome, count in sorted(booking.outcomes.items()))
    return f"{cuts[49]:,.0f} | {cuts[98]:,.0f} | {max(booking.seconds) * 1000:,.0f} | {outcomes} | {ended}"


def main() -> None:
    print("hostile clients | p50 ms | p99 ms | longest ms | bookings | ended workers")
    with serving.run_database() as database:
        for number, (title, (piece, is_full)) in enumerate(KINDS.items()):
            print(title, "|", measure(database, number, piece, is_full), flush=True)


if __name__ == "__main__":
    main()
