"""Measures what large pages of the feed cost: the memory of a process, and the bookings of another shop meanwhile.

`python -m benchmarks.hostile_feed`, for another clone with `--clone FOLDER`. A shop books operations of 100 movements
with long notes. Then it reads six times as much of its feed as a page may have, by three connections at a time.
"""

import argparse
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from django.conf import settings

from testing import serving
from testing.serving import Service

OPERATIONS, LINES, NOTE = 500, 100, "n" * 1000
READS, READERS = 6, 3
QUIET_SECONDS = 10.0
PAUSE_SECONDS = 0.02  # the booking client waits between two bookings


class Bookings:
    """A client that books one piece after the other, and stores how long each booking takes."""

    def __init__(self, service: Service) -> None:
        self.service, self.token, self.is_over = service, service.sign_up("tidy"), threading.Event()
        self.product = add_product(service, self.token, "Pot")
        self.milliseconds: list[float] = []

    def run(self) -> None:
        body = {"product": self.product, "movement_type": "IN", "quantity": 1}
        while not self.is_over.is_set():
            started = time.monotonic()
            answer = self.service.send("POST", "/api/stock/", body, self.token)
            assert answer.status == 201, answer.body
            self.milliseconds.append((time.monotonic() - started) * 1000)
            time.sleep(PAUSE_SECONDS)

    def take_p99(self) -> float:
        """Return the 99th percentile of the times since the last call."""
        taken, self.milliseconds = sorted(self.milliseconds), []
        return taken[int(len(taken) * 0.99)]


def add_product(service: Service, token: str, name: str) -> int:
    body = {"name": name, "price": "1.00"}
    found: int = service.send("POST", "/api/products/", body, token).body["id"]
    return found


def fill(service: Service, token: str) -> None:
    products = [add_product(service, token, f"Pot {number}") for number in range(LINES)]
    lines = [{"product": product, "movement_type": "IN", "quantity": 1} for product in products]
    for _ in range(OPERATIONS):
        answer = service.send("POST", "/api/stock/operations/", {"lines": lines, "note": NOTE}, token)
        assert answer.status == 201, answer.body


def read_page(service: Service, token: str, after: int) -> Any:
    """Return the page after the position. Wait while the service refuses it with 429."""
    while (answer := service.send("GET", f"/api/events/?after={after}&limit=500", token=token)).status == 429:
        time.sleep(1)
    assert answer.status == 200, answer.body
    return answer.body


def read_rss_mb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) // 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clone", type=Path, help="a clone of another commit, with its .venv")
    clone = parser.parse_args().clone
    if clone:
        Service.clone, Service.command = clone, [str(clone / ".venv/bin/python"), "-m", "inventory_api"]
    with (
        serving.run_database(migrated=True) as database,
        serving.run_service(database, WEB_CONCURRENCY="1", WORK_SECONDS_PER_MINUTE="60") as service,
    ):
        token = service.sign_up("hostile")
        fill(service, token)
        # This numbers the events.
        first = service.send("GET", "/api/events/?after=0&limit=500", token=token).body["next"]
        [pid] = service.workers()
        bookings, before = Bookings(service), read_rss_mb(pid)
        with ThreadPoolExecutor(READERS + 1) as pool:
            pool.submit(bookings.run)
            time.sleep(QUIET_SECONDS)
            quiet, started = bookings.take_p99(), time.monotonic()
            pages = list(pool.map(lambda _: read_page(service, token, LINES), range(READS)))
            seconds, loaded = time.monotonic() - started, bookings.take_p99()
            bookings.is_over.set()
        print(
            f"{READS} reads in {seconds:.1f} s, {len(pages[0]['events'])} events a page; RSS {before} MB ->"
            f" {read_rss_mb(pid)} MB; p99 of a booking {quiet:.0f} ms -> {loaded:.0f} ms; first page ended at {first}"
        )


if __name__ == "__main__":
    settings.configure()
    main()
