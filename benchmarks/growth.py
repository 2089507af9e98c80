"""`python -m benchmarks.growth`: the same shop with 10,000, 1,000,000 and 5,000,000 movements behind it.

Filling takes the product's own services a quarter of an hour; `--keep FOLDER` keeps the databases for the next time.
"""

import argparse
import base64
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks import environment, load, results
from benchmarks.contenders import Contender
from benchmarks.rounds import Case, Goal, Row, Run, play, verdicts
from testing import serving

SIZES = {"small": 10_000, "medium": 1_000_000, "large": 5_000_000}
PRODUCTS = 1000
ROUNDS, SECONDS = 5, 2
MAX_TIMES_SLOWER = 1.3
LONG_AGO = timedelta(days=300)  # the ledgers are filled with what happened in the last year
DEEP_IN_THE_LEDGER, DEEP_IN_A_PRODUCT = 500, 8  # the id and the sequence after which a page near the beginning starts


def cursor(position: int) -> str:
    """The log's cursor of rows before this position, as `next` gives it."""
    return base64.b64encode(f"p={position}".encode()).decode()


def book_now(service: serving.Service, token: str, shop: dict[str, Any]) -> None:
    """One operation of a line for each product: what happened since the instant that `as_of` asks for."""
    lines = [
        {"product": product, "movement_type": "IN", "quantity": 1} for product in range(shop["first"], shop["last"] + 1)
    ]
    answer = service.ask("POST", "/api/stock/operations/", {"lines": lines}, token)
    assert answer.status == 201, answer.body


class Shop:
    """One size: its database, its service, its contender."""

    def __init__(self, stack: ExitStack, database: serving.Database, name: str) -> None:
        environment.create_database(database, name)
        self.service = environment.product(database, name)
        self.filled = environment.fill(self.service, PRODUCTS, SIZES[name])
        self.service.start()
        stack.callback(self.service.stop)
        assert self.service.process
        token = environment.sign_in(self.service)
        self.instant, self.long_ago = (
            (datetime.now(UTC) - ago).isoformat().replace("+00:00", "Z") for ago in (timedelta(), LONG_AGO)
        )
        book_now(self.service, token, self.filled)
        self.contender = Contender(
            f"{SIZES[name]:,} movements", f"http://127.0.0.1:{self.service.port}", self.service.process.pid,
            {"TOKEN": token, "FIRST": str(self.filled["first"]), "LAST": str(self.filled["last"])},
        )  # fmt: skip

    def run(self, path: str, script: str = "read") -> Run:
        filled = path.format(product=self.filled["first"], instant=self.instant, long_ago=self.long_ago)
        return Run(self.contender, filled, script, {})


# Movements come last: what they book lies after the instant of `as_of`.
PATHS = {
    "a page of 50 products": "/api/products/?page_size=50",
    "the dashboard": "/api/dashboard/",
    "the first page of 50 of all movements": "/api/stock/?page_size=50",
    "a deep page of them": f"/api/stock/?page_size=50&cursor={cursor(DEEP_IN_THE_LEDGER)}",
    "the first page of 5 of a product's history": "/api/stock/history/{product}/?page_size=5",
    "a deep page of it": f"/api/stock/history/{{product}}/?page_size=5&cursor={cursor(DEEP_IN_A_PRODUCT)}",
    "the export of 1,000 products": "/api/products/export/",
    "levels as of a recent instant": "/api/stock/levels/?page_size=50&as_of={instant}",
    "levels as recorded at it": "/api/stock/levels/?page_size=50&as_of={instant}&clock=recorded",
    "movements that happened before 2001": "/api/stock/?page_size=50&before=2001-01-01",
    "movements that happened 300 days ago or earlier": "/api/stock/?page_size=50&before={long_ago}",
    "movements recorded before 2001": "/api/stock/?page_size=50&recorded_before=2001-01-01",
    "a product's that happened 300 days ago or earlier": "/api/stock/history/{product}/?page_size=5&before={long_ago}",
    "a product's recorded before 2001": "/api/stock/history/{product}/?page_size=5&recorded_before=2001-01-01",
    "operations that happened 300 days ago or earlier": "/api/stock/operations/?page_size=1&before={long_ago}",
    "levels as of 2001": "/api/stock/levels/?page_size=50&as_of=2001-01-01",
    "levels as recorded in 2001": "/api/stock/levels/?page_size=50&as_of=2001-01-01&clock=recorded",
    "a statement from a recent instant": "/api/products/{product}/statement/?from={instant}",
}


def cases(shops: list[Shop]) -> list[Case]:
    reading = {title: [shop.run(path) for shop in shops] for title, path in PATHS.items()}
    moving = {"one movement": [shop.run("/api/stock/", "move") for shop in shops]}
    return [Case(title, runs, [goal(runs)]) for title, runs in {**reading, **moving}.items()]


def goal(runs: list[Run]) -> Goal:
    return Goal(runs[-1].name, runs[0].name, 1 / MAX_TIMES_SLOWER)


def line(case: Case, rows: list[Row]) -> list[str]:
    first, last = rows[0], rows[-1]
    [verdict] = verdicts(case, rows)
    return [
        case.title,
        *(f"{row.rate:,.0f}" for row in rows),
        f"{first.rate / last.rate:.2f}",
        f"{last.cpu / first.cpu:.2f}",
        *(f"{row.middle(lambda measured: measured.load.p99):.0f}" for row in (first, last)),
        "no" if "Not reached" in verdict else "yes",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, help="a folder for the databases")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    asked = parser.parse_args()
    load.check_driver()
    with ExitStack() as stack:
        database = stack.enter_context(environment.ground(asked.keep))
        shops = [Shop(stack, database, name) for name in SIZES]
        sizes = [f"{size:,}" for size in SIZES.values()]
        header = ["per s, with movements", *sizes, "time, last / first", "CPU, last / first"]
        table = [[*header, "p99 ms, first", "p99 ms, last", f"at most {MAX_TIMES_SLOWER} x"]]
        for case in cases(shops):
            table.append(line(case, play(case, asked.rounds, SECONDS)))
            print(" | ".join(table[-1]), flush=True)
        about = results.conditions(
            database.version(),
            f"A database for each size, {PRODUCTS:,} products in each, filled by operations of 1,000 lines.",
            f"{asked.rounds} interleaved rounds of {SECONDS} s, {load.CLIENTS} keep-alive clients by wrk; medians.",
        )
    results.write("Growth", f"{about}\n\n{results.markdown(table)}")


if __name__ == "__main__":
    main()
