"""`python -m benchmarks.noisy_neighbour`: response times of ten modest clients, alone and beside a greedy client.

Each modest client has its own shop. The greedy one has the large shop of benchmarks.large_account and 16 connections.
The throttles have their production settings.
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
from benchmarks.large_account import DATABASE, MOVEMENTS, PRODUCTS, Kind, request_kinds, warm_up
from testing import serving

MODEST_CLIENTS, PAUSE_SECONDS = 10, 0.2
SECONDS = 60
GREEDY_CONNECTIONS = 16
EXPENSIVE_TITLES = (
    "search, all",
    "alerts",
    "export",
    "last page",
    "dashboard",
    "verify",
    "levels as of 300",
    "products by name",
)


class ModestClient(threading.Thread):
    """A client that books a movement and reads a list in turn, with pauses, until the deadline."""

    def __init__(self, service: serving.Service, number: int) -> None:
        super().__init__()
        self.service, self.token = service, service.sign_up(f"modest{number}{time.monotonic_ns()}")
        body = {"name": "Kettle", "price": "1.00", "quantity": 1000}
        product = service.send("POST", "/api/products/", body, self.token).body["id"]
        self.line = json.dumps({"product": product, "movement_type": "OUT", "quantity": 1}).encode()
        self.seconds: list[float] = []
        self.answers: Counter[int] = Counter()
        self.deadline = 0.0

    def run(self) -> None:
        while time.monotonic() < self.deadline:
            if len(self.seconds) % 2:
                response = client.send_request(self.service, "GET", "/api/products/", self.token)
            else:
                response = client.send_request(self.service, "POST", "/api/stock/", self.token, self.line)
            self.seconds.append(response.seconds)
            self.answers[response.status] += 1
            time.sleep(PAUSE_SECONDS)


def run_modest_clients(clients: list[ModestClient]) -> tuple[list[float], Counter[int]]:
    """Run the clients until their deadline. Return all response times and the number of each status."""
    for each in clients:
        each.deadline = time.monotonic() + SECONDS
        each.start()
    for each in clients:
        each.join()
    return [seconds for each in clients for seconds in each.seconds], sum((each.answers for each in clients), Counter())


def expensive_kinds(shop: dict[str, Any]) -> list[Kind]:
    return [kind for kind in request_kinds(shop) if kind.title.startswith(EXPENSIVE_TITLES)]


def start_greedy_client(service: serving.Service, token: str, shop: dict[str, Any]) -> subprocess.Popen[str]:
    """Start wrk, which sends expensive requests without pauses for SECONDS."""
    paths = " ".join(kind.address for kind in expensive_kinds(shop))
    return subprocess.Popen(
        ["wrk", "-t1", f"-c{GREEDY_CONNECTIONS}", f"-d{SECONDS}s", "--timeout=60s", "-s", "cycle_paths.lua",
         f"http://127.0.0.1:{service.port}"],
        cwd=load.SCRIPTS, env={**os.environ, "PATHS": paths, "TOKEN": token}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def format_row(title: str, seconds: list[float], answers: Counter[int]) -> list[str]:
    cuts = quantiles(seconds, n=100)
    statuses = ", ".join(f"{count} x {status}" for status, count in sorted(answers.items()))
    times = [f"{value * 1000:,.0f}" for value in (cuts[49], cuts[98], max(seconds))]
    return [title, str(len(seconds)), *times, statuses]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, help="a folder that keeps the database")
    arguments = parser.parse_args()
    load.require_wrk()
    with environment.start_database(arguments.keep) as database:
        environment.create_database(database, DATABASE)
        shop = environment.fill_shop(environment.make_service(database, DATABASE), PRODUCTS, MOVEMENTS)
        product_settings = {
            name: "" if name in environment.THROTTLES else value for name, value in environment.PRODUCT_SETTINGS.items()
        }
        with serving.run_service(database, **product_settings, DB_NAME=DATABASE) as service:
            token = warm_up(service)
            clients_alone, clients_beside = (
                [ModestClient(service, number) for number in range(MODEST_CLIENTS)] for _ in range(2)
            )
            alone = run_modest_clients(clients_alone)
            greedy = start_greedy_client(service, token, shop)
            beside = run_modest_clients(clients_beside)
            statuses_line = greedy.communicate()[0].strip().splitlines()[-1]
        conditions = results.describe_conditions(
            database.version(),
            f"{MODEST_CLIENTS} modest clients with an account each. Each sends a movement or a list request every"
            f" {PAUSE_SECONDS} s, in turn, for {SECONDS} s. The greedy client has {GREEDY_CONNECTIONS} connections.",
            f"Requests of the greedy client: {'; '.join(kind.title for kind in expensive_kinds(shop))}.",
            settings={name: value for name, value in product_settings.items() if value},
        )
    lines = [["modest clients", "responses", "p50 ms", "p99 ms", "longest ms", "statuses"]]
    lines += [format_row("alone", *alone), format_row("beside the greedy client", *beside)]
    statuses = ", ".join(f"{count} x {status}" for status, count in sorted(json.loads(statuses_line).items()))
    greedy_responses = f"Responses to the greedy client: {statuses}."
    results.write_section("A greedy client", f"{conditions}\n\n{results.format_table(lines)}\n\n{greedy_responses}")


if __name__ == "__main__":
    main()
