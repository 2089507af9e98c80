"""Clients book with idempotency keys while workers, service and database are killed, and one reads the feed of events.

They sell, receive, move and reserve stock, also at locations and in lots. Then the ledger and the events that the
reader has got are checked.

`make torture` runs `python -m stock.tests.torture --minutes 5 --seed 1`.
"""

import argparse
import http.client
import os
import random
import signal
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from testing.servers import serving

CLIENTS = 8
PRODUCTS = 20
OPENING = 100
LOCATIONS, LOTS = ("Cellar", "Shelf"), ("A", "B", "C")
RESERVATIONS, RESERVED_SECONDS = "/api/stock/reservations/", 20
PAUSE_SECONDS = (0.5, 2.0)  # the limits of the pause between two kills
RETRY_SECONDS = 0.05
TIMEOUT_SECONDS = 120  # the time in which a request that is sent again and again must have its final response


@dataclass
class Outcome:
    """The numbers that the clients counted, and the errors that the check of the ledger found."""

    acknowledged: dict[str, set[int]] = field(default_factory=dict)  # the ids of the booked movements, by reference
    refused: set[str] = field(default_factory=set)
    resent: int = 0
    responses: Counter[int] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    doubled: int = 0
    unexpected: int = 0
    negative: int = 0
    broken: int = 0
    missed: int = 0  # the movements that the reader of the feed has not got
    repeated: int = 0
    gaps: int = 0  # the gaps between positions, and between the movements of a product

    @property
    def is_clean(self) -> bool:
        wrong = self.lost + self.doubled + self.unexpected + self.negative + self.broken
        wrong += self.missed + self.repeated + self.gaps
        return not wrong and set(self.responses) <= {200, 201, 400, 409, 503}

    def __str__(self) -> str:
        kills = ", ".join(f"{number} of {what}" for what, number in sorted(self.kills.items()))
        responses = ", ".join(f"{number} x {status}" for status, number in sorted(self.responses.items()))
        return (
            f"acknowledged {len(self.acknowledged)}, refused {len(self.refused)}, resent {self.resent}\n"
            f"kills {self.kills.total()} ({kills})\nresponses {responses}\n"
            f"lost {self.lost}, doubled {self.doubled}, unexpected {self.unexpected}, negative {self.negative},"
            f" broken sequences {self.broken}\n"
            f"feed: missed {self.missed}, repeated {self.repeated}, gaps {self.gaps}"
        )


class Torture:
    """One run, with the clients, the kills and the check."""

    def __init__(self, database: serving.Database, service: serving.Service, seed: int, pause: float) -> None:
        self.database, self.service, self.chance = database, service, random.Random(seed)  # noqa: S311 - not a secret
        self.pause = pause  # the seconds between two requests of a client
        self.outcome, self.lock, self.over = Outcome(), threading.Lock(), threading.Event()
        self.have_booked = threading.Event()  # set when all clients have their final responses
        self.token = service.sign_up("alice")
        self.products = [self.create_product(number) for number in range(PRODUCTS)]
        for location in LOCATIONS:
            service.send("POST", "/api/locations/", {"name": location}, self.token)
        self.events: list[Any] = []
        self.reservations: list[int] = []

    def create_product(self, number: int) -> int:
        body = {"name": f"P{number}", "price": "1.00", "quantity": OPENING}
        product: int = self.service.send("POST", "/api/products/", body, self.token).body["id"]
        return product

    def run(self, seconds: float) -> Outcome:
        """Kill until the time is over, let the clients finish their requests, and check the ledger."""
        clients = [threading.Thread(target=self.book, args=[self.chance.random()], daemon=True) for _ in range(CLIENTS)]
        reader = threading.Thread(target=self.follow_feed, daemon=True)
        for thread in [*clients, reader]:
            thread.start()
        deadline = time.monotonic() + seconds
        kinds = [self.kill_worker, self.kill_service, self.kill_database]
        while time.monotonic() < deadline or len(self.outcome.kills) < len(kinds):
            time.sleep(self.chance.uniform(*PAUSE_SECONDS))
            unseen = [kind for kind in kinds if kind.__name__.removeprefix("kill_") not in self.outcome.kills]
            kill = self.chance.choice(unseen or kinds)
            kill()
            self.outcome.kills[kill.__name__.removeprefix("kill_")] += 1
        self.over.set()
        for client in clients:
            client.join(TIMEOUT_SECONDS)
            assert not client.is_alive(), "a client has got no final response"
        self.have_booked.set()
        reader.join(TIMEOUT_SECONDS)
        assert not reader.is_alive(), "the reader has not reached the end of the feed"
        self.check_ledger()
        self.check_feed()
        return self.outcome

    # --- Kills ------------------------------------------------------------------------------------------

    def kill_worker(self) -> None:
        if workers := self.service.workers():
            with suppress(ProcessLookupError):  # the worker has ended by itself
                os.kill(self.chance.choice(workers), signal.SIGKILL)

    def kill_service(self) -> None:
        self.service.kill()
        self.service.start()

    def kill_database(self) -> None:
        self.database.kill()
        self.database.start()

    # --- Clients ----------------------------------------------------------------------------------------

    def book(self, seed: float) -> None:
        """Send one request after the other. Send each again and again until it has its final response."""
        chance = random.Random(seed)  # noqa: S311 - not a secret
        while not self.over.is_set():
            reference = uuid.UUID(int=chance.getrandbits(128)).hex
            path, body = self.make_request(chance)
            response = self.send_until_final(path, {**body, "reference": reference}, reference)
            movements = response.body.get("movements", [response.body])
            with self.lock:
                if response.status == 201 and path == RESERVATIONS:
                    self.reservations.append(response.body["id"])
                elif response.status == 201:
                    self.outcome.acknowledged[reference] = {movement["id"] for movement in movements}
                else:
                    self.outcome.refused.add(reference)
            self.over.wait(self.pause)

    def make_request(self, chance: random.Random) -> tuple[str, Any]:
        kind = chance.random()
        if kind < 0.6:
            return "/api/stock/", self.make_line(chance)
        if kind < 0.8:
            return "/api/stock/operations/", {"lines": [self.make_line(chance) for _ in range(chance.randint(2, 10))]}
        source, target = chance.sample([None, *LOCATIONS], 2)
        lines = [{"product": chance.choice(self.products), "quantity": chance.randint(1, 10)}]
        if kind < 0.9:
            return "/api/stock/transfers/", {"from": source, "to": target, "lines": lines}
        if kind < 0.95 or not self.reservations:
            return RESERVATIONS, {"lines": lines, "expires_in": chance.randint(1, RESERVED_SECONDS)}
        return f"{RESERVATIONS}{chance.choice(self.reservations)}/fulfil/", {}

    def make_line(self, chance: random.Random) -> dict[str, Any]:
        kind = chance.choice(["IN", "OUT"])
        line = {"product": chance.choice(self.products), "movement_type": kind, "quantity": chance.randint(1, 30)}
        if kind == "IN" or chance.random() < 0.2:
            line |= chance.choice([{}, {"location": chance.choice(LOCATIONS)}, {"lot": chance.choice(LOTS)}])
        return line

    def send_until_final(self, path: str, body: Any, key: str) -> serving.Response:
        """Send the request until it is booked or refused, and return that response."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            # The service was killed before or during the response.
            with suppress(OSError, http.client.HTTPException, ValueError):
                response = self.service.send("POST", path, body, self.token, key)
                with self.lock:
                    self.outcome.responses[response.status] += 1
                if response.status in (201, 400) or (response.status == 409 and path.endswith("/fulfil/")):
                    return response
            with self.lock:
                self.outcome.resent += 1
            time.sleep(RETRY_SECONDS)
        raise AssertionError(f"no final response within {TIMEOUT_SECONDS} s")

    def follow_feed(self) -> None:
        """Read the feed until all clients have booked and its end is reached."""
        is_over, after, more = False, 0, True
        while more or not is_over:
            is_over = self.have_booked.is_set()
            # The service was killed before or during the response.
            with suppress(OSError, http.client.HTTPException, ValueError):
                response = self.service.send("GET", f"/api/events/?after={after}&limit=50", token=self.token)
                if response.status == 200:
                    self.events += response.body["events"]
                    after, more = response.body["next"], response.body["more"]
                    if not more:
                        self.have_booked.wait(RETRY_SECONDS)
                    continue
            is_over = False
            time.sleep(RETRY_SECONDS)

    # --- The check --------------------------------------------------------------------------------------

    def check_ledger(self) -> None:
        """Compare the ledger with the acknowledged movements. Count differences, negative quantities and breaks."""
        outcome, movements, operations = self.outcome, dict[int, str](), dict[str, set[int]]()
        for movement in self.read("/api/stock/?page_size=100"):
            if movement["reason"] != "opening":
                movements[movement["id"]] = movement["reference"]
                operations.setdefault(movement["reference"], set()).add(movement["operation"])
        acknowledged = {pk: reference for reference, ids in outcome.acknowledged.items() for pk in ids}
        outcome.lost = len(acknowledged.items() - movements.items())
        outcome.unexpected = len(movements.items() - acknowledged.items())
        outcome.doubled = sum(len(ids) > 1 for ids in operations.values())
        outcome.negative = sum(row["quantity"] < 0 for row in self.read("/api/products/?page_size=100"))
        outcome.broken = len(self.service.send("GET", "/api/stock/verify/", token=self.token).body["broken"])

    def check_feed(self) -> None:
        """Compare the events with the ledger's movements.

        Count movements that are missing, repeated or out of order.
        """
        outcome, sequences = self.outcome, dict[int, list[int]]()
        for event in self.events:
            for movement in event["data"].get("movements", []):
                sequences.setdefault(movement["product"], []).append(movement["sequence"])
        told = [movement["id"] for event in self.events for movement in event["data"].get("movements", [])]
        booked = {movement["id"] for movement in self.read("/api/stock/?page_size=100")}
        outcome.missed = len(booked - set(told))
        outcome.repeated = len(told) - len(set(told))
        positions = [event["position"] for event in self.events]
        outcome.gaps = sum(found != list(range(1, len(found) + 1)) for found in [positions, *sequences.values()])

    def read(self, path: str | None) -> Iterator[Any]:
        """Yield every row of a list, page by page."""
        while path:
            page = self.service.send("GET", path, token=self.token).body
            yield from page["results"]
            path = page["next"] and page["next"].partition(f":{self.service.port}")[2]


@contextmanager
def prepare_run(seed: int, pause: float = 0) -> Iterator[Torture]:
    """Start a database and a service, and yield a run on them."""
    with serving.run_database(migrated=True) as database, serving.run_service(database) as service:
        yield Torture(database, service, seed, pause)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=1, help="duration (1)")
    parser.add_argument("--seed", type=int, default=1, help="seed of requests and kills (1)")
    arguments = parser.parse_args()
    with prepare_run(arguments.seed) as torture:
        outcome = torture.run(arguments.minutes * 60)
    print(outcome)
    sys.exit(None if outcome.is_clean else "Something is wrong: see above.")


if __name__ == "__main__":
    main()
