"""`python -m benchmarks.noisy_neighbour`: ten modest clients with shops of their own, beside a greedy one.

The greedy one owns the large shop of benchmarks.large_account and has 16 connections; the throttle is production's.
"""

import argparse
import json
import os
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path
from statistics import quantiles
from typing import Any

from benchmarks import client, environment, load, results
from benchmarks.large_account import DATABASE, MOVEMENTS, PRODUCTS, kinds, warm
from testing import serving

MODEST, PAUSE_SECONDS = 10, 0.2
SECONDS = 60
CONNECTIONS = 16
DEAR = ("search, all", "alerts", "export", "last page", "dashboard", "verify", "levels as of 300", "products by name")


class Modest(threading.Thread):
    """A shop that books or looks every so often, whatever the answer."""

    def __init__(self, service: serving.Service, number: int) -> None:
        super().__init__()
        self.service, self.token = service, service.sign_up(f"modest{number}{time.monotonic_ns()}")
        body = {"name": "Kettle", "price": "1.00", "quantity": 1000}
        product = service.ask("POST", "/api/products/", body, self.token).body["id"]
        self.line = json.dumps({"product": product, "movement_type": "OUT", "quantity": 1}).encode()
        self.seconds: list[float] = []
        self.answers: Counter[int] = Counter()
        self.deadline = 0.0

    def run(self) -> None:
        while time.monotonic() < self.deadline:
            if len(self.seconds) % 2:
                took = client.request(self.service, "GET", "/api/products/", self.token)
            else:
                took = client.request(self.service, "POST", "/api/stock/", self.token, self.line)
            self.seconds.append(took.seconds)
            self.answers[took.status] += 1
            time.sleep(PAUSE_SECONDS)


def ask_modestly(clients: list[Modest]) -> tuple[list[float], Counter[int]]:
    """What they had to wait, and were answered."""
    for each in clients:
        each.deadline = time.monotonic() + SECONDS
        each.start()
    for each in clients:
        each.join()
    return [took for each in clients for took in each.seconds], sum((each.answers for each in clients), Counter())


def ask_greedily(service: serving.Service, token: str, shop: dict[str, Any]) -> subprocess.Popen[str]:
    """wrk, as fast as it is answered, until it is waited for."""
    paths = " ".join(kind.address for kind in kinds(shop) if kind.title.startswith(DEAR))
    return subprocess.Popen(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--timeout=60s", "-s", "crowd.lua",
         f"http://127.0.0.1:{service.port}"],
        cwd=load.SCRIPTS, env={**os.environ, "PATHS": paths, "TOKEN": token}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def line(title: str, seconds: list[float], answers: Counter[int]) -> list[str]:
    cuts = quantiles(seconds, n=100)
    statuses = ", ".join(f"{count} x {status}" for status, count in sorted(answers.items()))
    times = [f"{value * 1000:,.0f}" for value in (cuts[49], cuts[98], max(seconds))]
    return [title, str(len(seconds)), *times, statuses]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, help="a folder for the database")
    asked = parser.parse_args()
    load.check_driver()
    with environment.ground(asked.keep) as database:
        environment.create_database(database, DATABASE)
        shop = environment.fill(environment.product(database, DATABASE), PRODUCTS, MOVEMENTS)
        usual = {
            name: "" if name in environment.THROTTLES else value for name, value in environment.PRODUCT_SETTINGS.items()
        }
        with serving.service(database, **usual, DB_NAME=DATABASE) as service:
            token = warm(service)
            first, then = ([Modest(service, number) for number in range(MODEST)] for _ in range(2))
            alone = ask_modestly(first)
            greedy = ask_greedily(service, token, shop)
            crowded = ask_modestly(then)
            told = greedy.communicate()[0].strip().splitlines()[-1]
        about = results.conditions(
            database.version(),
            f"{MODEST} accounts, a request each every {PAUSE_SECONDS} s, half of them movements, half lists, for"
            f" {SECONDS} s; the greedy one with {CONNECTIONS} connections.",
            f"What the greedy one asks: {', '.join(k.title for k in kinds(shop) if k.title.startswith(DEAR))}.",
            settings={name: value for name, value in usual.items() if value},
        )
    lines = [["the modest", "answers", "p50 ms", "p99 ms", "longest ms", "statuses"]]
    lines += [line("alone", *alone), line("beside the greedy one", *crowded)]
    statuses = ", ".join(f"{count} x {status}" for status, count in sorted(json.loads(told).items()))
    results.write("A greedy client", f"{about}\n\n{results.markdown(lines)}\n\nThe greedy one was answered {statuses}.")


if __name__ == "__main__":
    main()
