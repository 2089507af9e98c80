"""Failover under load: `python -m testing.servers.failover --mode quorum --times 10`.

Starts a primary, its standbys and the service. Each round books with several clients, kills the primary as a power cut
would, promotes a standby a second later, and continues to book. Then it compares the ledger with what the service
confirmed, and runs `verify_stock`. The old primary becomes a standby for the next round, as a copy of the new one.

- `async`: one standby, which nobody waits for.
- `cut`: the same, but the standby loses the connection to the primary a second before the primary dies.
- `quorum`: two standbys and `synchronous_standby_names = 'ANY 1 (…)'`, `synchronous_commit = remote_apply`. One of them
  loses the connection a second before; the most advanced one is promoted.
"""

import argparse
import http.client
import statistics
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from core.database.embedded import place
from testing.servers import cluster, serving
from testing.servers.standbys import DATABASE, MODES, WAIT_SECONDS, Servers

CLIENTS, PRODUCTS, OPENING = 8, 40, 1_000_000
DETECTION_SECONDS = 1.0  # the time between the death of the primary and the promotion
RETRY_SECONDS = 0.05
READ_LEDGER = """
SELECT movement.id, operation.id, operation.reference
FROM stock_movement AS movement JOIN stock_operation AS operation ON operation.id = movement.operation_id
WHERE operation.reference <> ''
"""


@dataclass
class Round:
    """The responses that the clients got, and the contents of the ledger afterwards."""

    acknowledged: dict[str, tuple[int, int]] = field(default_factory=dict)  # movement and operation by reference
    responses: Counter[int] = field(default_factory=Counter)
    longest: float = 0.0  # the longest time of a request, in seconds
    pause: float = 0.0  # the longest time between two confirmed bookings, in seconds
    lost_operations: set[int] = field(default_factory=set)
    reused_ids: int = 0
    report: str = ""  # the text that verify_stock printed about the change

    @property
    def lost(self) -> int:
        return len(self.lost_operations)

    def __str__(self) -> str:
        failed = sum(number for status, number in self.responses.items() if status != 201)
        return (
            f"acknowledged {len(self.acknowledged)}, failed {failed}, lost {self.lost}, ids used again"
            f" {self.reused_ids}, longest request {self.longest:.1f} s, pause {self.pause:.1f} s\n  {self.report}"
        )


# --- The clients ---------------------------------------------------------------------------------------------


class Load:
    """Clients that book one movement after the other. They do not send a failed one again."""

    def __init__(self, service: serving.Service, token: str, products: list[int], pause: float = 0) -> None:
        self.service, self.token, self.products = service, token, products
        self.pause = pause  # the seconds between two bookings of a client
        self.seen, self.lock, self.over = Round(), threading.Lock(), threading.Event()
        self.last = time.monotonic()
        self.threads = [threading.Thread(target=self.book, args=[number], daemon=True) for number in range(CLIENTS)]

    def __enter__(self) -> Round:
        for thread in self.threads:
            thread.start()
        return self.seen

    def __exit__(self, *_error: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join(WAIT_SECONDS)

    def book(self, number: int) -> None:
        mine = self.products[number::CLIENTS]
        for turn in range(sys.maxsize):
            if self.over.is_set():
                return
            body = {"product": mine[turn % len(mine)], "movement_type": "OUT", "quantity": 1}
            reference = uuid.uuid4().hex
            begun = time.monotonic()
            try:
                response = self.service.send("POST", "/api/stock/", {**body, "reference": reference}, self.token)
            except (OSError, http.client.HTTPException):
                response = serving.Response(0, None, None)
            self.note(response, reference, begun)
            self.over.wait(self.pause if response.status == 201 else RETRY_SECONDS)

    def note(self, response: serving.Response, reference: str, begun: float) -> None:
        now = time.monotonic()
        with self.lock:
            self.seen.responses[response.status] += 1
            self.seen.longest = max(self.seen.longest, now - begun)
            if response.status == 201:
                self.seen.acknowledged[reference] = response.body["id"], response.body["operation"]
                self.seen.pause, self.last = max(self.seen.pause, now - self.last), now


# --- The rounds ----------------------------------------------------------------------------------------------


def run_manage(service: serving.Service, *command: str) -> str:
    """Run a command of manage.py and return its output."""
    done = subprocess.run(
        [sys.executable, "manage.py", *command], cwd=place.CLONE, env=service.variables, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_round(servers: Servers, load: Load, seconds: float) -> Round:
    """Book before and after a standby replaces the killed primary, and compare the ledger with what was confirmed."""
    with load as seen:
        time.sleep(seconds)
        if servers.mode != "async":
            servers.cut_off(servers.standbys[0])
            time.sleep(1)
        servers.kill_primary()
        time.sleep(DETECTION_SECONDS)
        old = servers.promote()
        time.sleep(seconds)
    rows = servers.nodes[servers.primary].execute(READ_LEDGER, DATABASE)
    ids = {reference: (movement, operation) for movement, operation, reference in rows}
    lost = [pair for reference, pair in seen.acknowledged.items() if ids.get(reference) != pair]
    used = {movement for movement, _ in ids.values()}
    seen.lost_operations = {operation for _, operation in lost}
    seen.reused_ids = sum(movement in used for movement, _ in lost)
    servers.rejoin(old)
    seen.report = run_manage(load.service, "verify_stock").splitlines()[-1]
    return seen


@contextmanager
def prepare(
    mode: str, release: int | None = None, migrated: bool = False
) -> Iterator[tuple[Servers, serving.Service, str, list[int]]]:
    """Start the servers and the service. Yield them with the token of a shop and its products."""
    with cluster.run_folder() as folder:
        servers = Servers(folder, mode, release, migrated)
        try:
            servers.start()
            database = serving.Database(folder)
            service = serving.Service(database, DATABASE_URL=servers.url())
            if not migrated:
                run_manage(service, "migrate")
            servers.start_standbys()
            with serving.run_service(database, DATABASE_URL=servers.url()) as service:
                token = service.sign_up("alice")
                products = [create_product(service, token, number) for number in range(PRODUCTS)]
                run_manage(service, "verify_stock")
                yield servers, service, token, products
        finally:
            servers.stop()


def create_product(service: serving.Service, token: str, number: int) -> int:
    body = {"name": f"P{number}", "price": "1.00", "quantity": OPENING}
    product: int = service.send("POST", "/api/products/", body, token).body["id"]
    return product


def summarize(rounds: list[Round]) -> str:
    """Return the figures of all rounds as a row of a table."""
    longest, pauses = [each.longest for each in rounds], [each.pause for each in rounds]
    return (
        f"| {len(rounds)} | {sum(len(each.acknowledged) for each in rounds):,} | {sum(each.lost for each in rounds):,}"
        f" | {sum(each.reused_ids for each in rounds):,} | {statistics.median(pauses):.1f} s, {max(pauses):.1f} s"
        f" | {statistics.median(longest):.1f} s, {max(longest):.1f} s"
        f" | {sum('(timeline' in each.report for each in rounds)} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mode", choices=MODES, default="quorum")
    parser.add_argument("--times", type=int, default=10, help="failovers (10)")
    parser.add_argument("--seconds", type=float, default=3, help="of load before and after each failover (3)")
    parser.add_argument("--release", type=int, help="of an installed PostgreSQL (the embedded one)")
    arguments = parser.parse_args()
    rounds = []
    with prepare(arguments.mode, arguments.release) as (servers, service, token, products):
        for number in range(arguments.times):
            rounds.append(run_round(servers, Load(service, token, products), arguments.seconds))
            print(f"{number + 1}: {rounds[-1]}", flush=True)
    print("| failovers | acknowledged | lost | ids used again | pause: median, longest", end=" ")
    print("| longest request: median, longest | reported by verify_stock |")
    print(summarize(rounds))


if __name__ == "__main__":
    main()
