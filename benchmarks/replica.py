"""`python -m benchmarks.replica`: reads from a streaming standby. How many miss the write before them, and the rates.

`--writes 2000`: each write is followed at once by a read of each of three routes. The control is the same service
without the comparison of positions.
"""

import argparse
import http.client
import json
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import product
from statistics import median
from typing import Any

from benchmarks import environment, load, processes, results
from testing import serving
from testing.grounds.replica import Pair, run_pair

WRITERS = 8
PRODUCTS = 2000
ROUNDS, SECONDS = 5, 4
COMPARED = "with the comparison"
MODES = {COMPARED: [], "control, without it": ["-m", "gunicorn", "benchmarks.blind_replica"]}
DELAYS = ("0 ms", "20 ms")  # the delay with which the standby applies each commit, to simulate a busy or distant server
READS = {
    "A page of 50 of 2,000 products": "/api/products/?page_size=50",
    "The dashboard": "/api/dashboard/",
    "The valuation": "/api/reports/valuation/",
}


class Writer:
    """A client that books on its own product, and reads the product after each booking on the same connection."""

    def __init__(self, service: serving.Service, token: str, product_id: int) -> None:
        self.link = http.client.HTTPConnection("127.0.0.1", service.port, timeout=serving.RESPONSE_SECONDS)
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.product = product_id
        self.missed: Counter[str] = Counter()

    def send(self, method: str, path: str, body: Any = None) -> Any:
        self.link.request(method, path, None if body is None else json.dumps(body), self.headers)
        response = self.link.getresponse()
        content = json.loads(response.read())
        assert response.status in (200, 201), content
        return content

    def run(self, writes: int) -> Counter[str]:
        """Return how many reads of each route missed the write before them."""
        for _ in range(writes):
            line = {"product": self.product, "movement_type": "IN", "quantity": 1}
            written = self.send("POST", "/api/stock/", line)
            history = self.send("GET", f"/api/stock/history/{self.product}/?page_size=1")["results"]
            self.missed["history"] += not history or history[0]["id"] != written["id"]
            for route, path in (("products", "/api/products/"), ("levels", "/api/stock/levels/")):
                rows = self.send("GET", f"{path}?page_size=100")["results"]
                quantities = {row.get("id", row.get("product")): row["quantity"] for row in rows}
                self.missed[route] += quantities.get(self.product) != written["new_quantity"]
        self.link.close()
        return self.missed


def make_service(pair: Pair, **variables: str) -> serving.Service:
    # There is no limit of time, because an account may run only two reports at a time.
    settings = {**environment.PRODUCT_SETTINGS, "WORK_SECONDS_PER_MINUTE": "0", **pair.variables, **variables}
    return serving.Service(serving.Database(pair.folder), **settings)


@contextmanager
def start_service(pair: Pair, *command: str, **variables: str) -> Iterator[serving.Service]:
    service = make_service(pair, **variables)
    service.command = [sys.executable, *command] if command else service.command
    service.start()
    try:
        yield service
    finally:
        service.stop()


def measure_misses(pair: Pair, writes: int) -> list[list[str]]:
    """Return the table of both modes: writes, reads, reads that missed their write, and the share of the replica."""
    header = ["the standby applies a commit", "", "writes", "reads", "missed", "of them history, products, levels"]
    table = [[*header, "served by the replica"]]
    for delay, (mode, command) in product(DELAYS, MODES.items()):
        pair.standby.configure(recovery_min_apply_delay=delay)
        pair.standby.reload()
        with start_service(pair, *command) as service:
            missed, sources = count_misses(service, f"writer{len(table)}", writes)
        by_route = ", ".join(f"{missed[route]:,}" for route in ("history", "products", "levels"))
        numbers = [f"{number:,}" for number in (writes, sources.total(), missed.total())]
        share = f"{100 * sources['replica'] / sources.total():.1f} %"
        table.append(["at once" if delay == "0 ms" else f"after {delay}", mode, *numbers, by_route, share])
    pair.standby.configure(recovery_min_apply_delay=DELAYS[0])
    pair.standby.reload()
    return table


def count_misses(service: serving.Service, owner: str, writes: int) -> tuple[Counter[str], Counter[str]]:
    """Return the number of missed writes by route, and the number of reads by database."""
    token = service.sign_up(owner)
    products = [
        service.send("POST", "/api/products/", {"name": f"P {number}", "price": "1.00"}, token).body["id"]
        for number in range(WRITERS)
    ]
    before = len(service.log.read_text())
    writers = [Writer(service, token, product_id) for product_id in products]
    with ThreadPoolExecutor(WRITERS) as pool:
        counts = list(pool.map(lambda writer: writer.run(writes // WRITERS), writers))
    missed: Counter[str] = Counter()
    for count in counts:
        missed.update(count)
    return missed, list_sources(service.log.read_text()[before:])


def list_sources(log: str) -> Counter[str]:
    """Return the number of requests by the database that they read from."""
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    return Counter(line["read_from"] for line in lines if "read_from" in line)


def measure_rates(pair: Pair) -> list[list[str]]:
    """Return the table of the rates and CPU times, with and without the replica, in interleaved rounds."""
    table = [["", "responses/s", "service CPU ms", "primary CPU ms", "replica CPU ms"]]
    with start_service(pair, REPLICA_URL="") as alone, start_service(pair) as both:
        token = environment.sign_in(alone)
        for title, path in READS.items():
            rounds: dict[str, list[list[float]]] = {"primary only": [], "with the replica": []}
            for _ in range(ROUNDS):
                for service, measured in zip((alone, both), rounds.values(), strict=True):
                    measured.append(measure_round(pair, service, path, token))
            for name, measured in rounds.items():
                rate, *times = (median(column) for column in zip(*measured, strict=True))
                table.append([f"{title}, {name}", f"{rate:,.0f}", *(f"{time:.2f}" for time in times)])
    return table


def measure_round(pair: Pair, service: serving.Service, path: str, token: str) -> list[float]:
    """Return the responses per second, and the CPU milliseconds of each server per response."""
    assert service.process
    pids = [service.process.pid, pair.primary.process_id(), pair.standby.process_id()]
    before = [processes.cpu_seconds(pid) for pid in pids]
    observed = load.run_wrk(f"http://127.0.0.1:{service.port}{path}", "read", SECONDS, {"TOKEN": token})
    assert not observed.refused, service.log.read_text()[-2000:]
    after = [processes.cpu_seconds(pid) for pid in pids]
    times = [(late - early) * 1000 / observed.answers for early, late in zip(before, after, strict=True)]
    return [observed.per_second, *times]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writes", type=int, default=2000)
    writes = parser.parse_args().writes
    load.require_wrk()
    with run_pair() as pair:
        service = make_service(pair)
        environment.run_module(service, "django", "migrate", DJANGO_SETTINGS_MODULE="inventory_api.settings")
        counted = measure_misses(pair, writes)
        environment.fill_shop(service, PRODUCTS)
        rates = results.format_table(measure_rates(pair))
        [(version,)] = pair.primary.execute("SHOW server_version")
    facts = (
        f"- PostgreSQL {version} and a streaming standby on the same machine, with default settings.",
        f"- Misses: {WRITERS} clients, each of which books and then reads its own product on three routes.",
        f"- Rates: {ROUNDS} interleaved rounds of {SECONDS} s, {load.CLIENTS} keep-alive clients by wrk; medians. CPU"
        " times are per response. All servers share the cores, so the rates do not show what a second machine adds.",
    )
    body = "\n".join([results.describe_machine(), *facts])
    results.write_section("Reads from a replica", "\n\n".join([body, results.format_table(counted), rates]))
    missed = [cells for cells in counted if cells[1] == COMPARED and cells[4] != "0"]
    assert not missed, f"Reads missed the write before them: {missed}"


if __name__ == "__main__":
    main()
