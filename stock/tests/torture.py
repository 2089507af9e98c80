"""Clients book with idempotency keys while everything below them is killed; in the end the ledger has to be right.

`python -m stock.tests.torture --minutes 5 --seed 1` is what `make torture` runs.
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

from testing import serving

CLIENTS = 8
PRODUCTS = 20
OPENING = 100
PAUSE_SECONDS = (0.5, 2.0)  # between two kills
RETRY_SECONDS = 0.05
PATIENCE_SECONDS = 120  # for the answer to a request that is sent again and again


@dataclass
class Outcome:
    """What happened, counted by the clients, and what the ledger says of it in the end."""

    acknowledged: dict[str, set[int]] = field(default_factory=dict)  # ids of the movements answered, by reference
    refused: set[str] = field(default_factory=set)
    resent: int = 0
    answers: Counter[int] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    doubled: int = 0
    unasked: int = 0
    negative: int = 0
    broken: int = 0

    @property
    def is_clean(self) -> bool:
        wrong = self.lost + self.doubled + self.unasked + self.negative + self.broken
        return not wrong and set(self.answers) <= {200, 201, 400, 503}

    def __str__(self) -> str:
        kills = ", ".join(f"{number} of {what}" for what, number in sorted(self.kills.items()))
        answers = ", ".join(f"{number} x {status}" for status, number in sorted(self.answers.items()))
        return (
            f"acknowledged {len(self.acknowledged)}, refused {len(self.refused)}, resent {self.resent}\n"
            f"kills {self.kills.total()} ({kills})\nanswers {answers}\n"
            f"lost {self.lost}, doubled {self.doubled}, unasked {self.unasked}, negative {self.negative},"
            f" broken chains {self.broken}"
        )


class Torture:
    """One run: the clients, the killer, and the proof."""

    def __init__(self, database: serving.Database, service: serving.Service, seed: int) -> None:
        self.database, self.service, self.dice = database, service, random.Random(seed)  # noqa: S311 - a game
        self.outcome, self.lock, self.over = Outcome(), threading.Lock(), threading.Event()
        self.token = service.sign_up("alice")
        self.products = [self.create_product(number) for number in range(PRODUCTS)]

    def create_product(self, number: int) -> int:
        body = {"name": f"P{number}", "price": "1.00", "quantity": OPENING}
        product: int = self.service.send("POST", "/api/products/", body, self.token).body["id"]
        return product

    def run(self, seconds: float) -> Outcome:
        """Kill until the time is over; then let the clients come to their answers, and compare."""
        clients = [threading.Thread(target=self.book, args=[self.dice.random()], daemon=True) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        deadline = time.monotonic() + seconds
        kinds = [self.kill_worker, self.kill_service, self.kill_database]
        while time.monotonic() < deadline or len(self.outcome.kills) < len(kinds):
            time.sleep(self.dice.uniform(*PAUSE_SECONDS))
            unseen = [kind for kind in kinds if kind.__name__.removeprefix("kill_") not in self.outcome.kills]
            kill = self.dice.choice(unseen or kinds)
            kill()
            self.outcome.kills[kill.__name__.removeprefix("kill_")] += 1
        self.over.set()
        for client in clients:
            client.join(PATIENCE_SECONDS)
            assert not client.is_alive(), "a client was never answered"
        self.compare()
        return self.outcome

    # --- Kills ------------------------------------------------------------------------------------------

    def kill_worker(self) -> None:
        if workers := self.service.workers():
            with suppress(ProcessLookupError):  # it may have ended by itself
                os.kill(self.dice.choice(workers), signal.SIGKILL)

    def kill_service(self) -> None:
        self.service.kill()
        self.service.start()

    def kill_database(self) -> None:
        self.database.kill()
        self.database.start()

    # --- Clients ----------------------------------------------------------------------------------------

    def book(self, seed: float) -> None:
        """Send request after request, each again and again until it is answered for good."""
        dice = random.Random(seed)  # noqa: S311 - a game
        while not self.over.is_set():
            reference = uuid.UUID(int=dice.getrandbits(128)).hex
            path, body = self.request(dice)
            answer = self.answer_to(path, {**body, "reference": reference}, reference)
            movements = answer.body.get("movements", [answer.body])
            with self.lock:
                if answer.status == 201:
                    self.outcome.acknowledged[reference] = {movement["id"] for movement in movements}
                else:
                    self.outcome.refused.add(reference)

    def request(self, dice: random.Random) -> tuple[str, Any]:
        if dice.random() < 0.7:
            return "/api/stock/", self.line(dice)
        return "/api/stock/operations/", {"lines": [self.line(dice) for _ in range(dice.randint(2, 10))]}

    def line(self, dice: random.Random) -> dict[str, Any]:
        kind = dice.choice(["IN", "OUT"])
        return {"product": dice.choice(self.products), "movement_type": kind, "quantity": dice.randint(1, 30)}

    def answer_to(self, path: str, body: Any, key: str) -> serving.Response:
        """The answer that settles it: booked or refused. What comes instead, or nothing, is a reason to ask again."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            with suppress(OSError, http.client.HTTPException, ValueError):  # killed before, in or after the answer
                answer = self.service.send("POST", path, body, self.token, key)
                with self.lock:
                    self.outcome.answers[answer.status] += 1
                if answer.status in (201, 400):
                    return answer
            with self.lock:
                self.outcome.resent += 1
            time.sleep(RETRY_SECONDS)
        raise AssertionError(f"no answer within {PATIENCE_SECONDS} s")

    # --- The proof --------------------------------------------------------------------------------------

    def compare(self) -> None:
        """Every acknowledged movement exists once, nothing else does, nothing is negative and every chain holds."""
        outcome, movements, operations = self.outcome, dict[int, str](), dict[str, set[int]]()
        for movement in self.read("/api/stock/?page_size=100"):
            if movement["reason"] != "opening":
                movements[movement["id"]] = movement["reference"]
                operations.setdefault(movement["reference"], set()).add(movement["operation"])
        acknowledged = {pk: reference for reference, ids in outcome.acknowledged.items() for pk in ids}
        outcome.lost = len(acknowledged.items() - movements.items())
        outcome.unasked = len(movements.items() - acknowledged.items())
        outcome.doubled = sum(len(ids) > 1 for ids in operations.values())
        outcome.negative = sum(row["quantity"] < 0 for row in self.read("/api/products/?page_size=100"))
        outcome.broken = len(self.service.send("GET", "/api/stock/verify/", token=self.token).body["broken"])

    def read(self, path: str | None) -> Iterator[Any]:
        """Every row of a list, page by page."""
        while path:
            page = self.service.send("GET", path, token=self.token).body
            yield from page["results"]
            path = page["next"] and page["next"].partition(f":{self.service.port}")[2]


@contextmanager
def prepared(seed: int) -> Iterator[Torture]:
    """On a service and a database of its own."""
    with serving.run_database() as database, serving.run_service(database) as service:
        yield Torture(database, service, seed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=1, help="how long (1)")
    parser.add_argument("--seed", type=int, default=1, help="of requests and kills (1)")
    asked = parser.parse_args()
    with prepared(asked.seed) as torture:
        outcome = torture.run(asked.minutes * 60)
    print(outcome)
    sys.exit(None if outcome.is_clean else "Something is wrong: see above.")


if __name__ == "__main__":
    main()
