"""`python -m benchmarks.growth`: compare shops with 10,000, 1,000,000 and 5,000,000 movements.

Filling them through the product's services takes a quarter of an hour. `--keep FOLDER` keeps the databases for the next
run.
"""

import argparse
import base64
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks import environment, load, results
from benchmarks.contenders import Contender
from benchmarks.rounds import Case, Goal, Row, Run, describe_goals, run_case
from testing.servers import serving

SIZES = {"small": 10_000, "medium": 1_000_000, "large": 5_000_000}
PRODUCTS = 1000
ROUNDS, SECONDS = 5, 2
MAX_TIMES_SLOWER = 1.3
LONG_AGO = timedelta(days=300)  # the movements of the ledgers happened in the last year
DEEP_IN_THE_LEDGER, DEEP_IN_A_PRODUCT = 500, 8  # a page of early movements starts before this id or this sequence


def make_cursor(position: int) -> str:
    """Return the cursor of the log's rows before this position, as `next` has it."""
    return base64.b64encode(f"p={position}".encode()).decode()


def book_recent_movements(service: serving.Service, token: str, shop: dict[str, Any]) -> None:
    """Book an operation with a line for each product, so that movements follow the instant of `as_of`."""
    lines = [
        {"product": product, "movement_type": "IN", "quantity": 1} for product in range(shop["first"], shop["last"] + 1)
    ]
    answer = service.send("POST", "/api/stock/operations/", {"lines": lines}, token)
    assert answer.status == 201, answer.body


class Shop:
    """A shop of one size, with its database, service and contender."""

    def __init__(self, stack: ExitStack, database: serving.Database, name: str) -> None:
        environment.create_database(database, name)
        self.service = environment.make_service(database, name)
        self.filled = environment.fill_shop(self.service, PRODUCTS, SIZES[name])
        self.service.start()
        stack.callback(self.service.stop)
        assert self.service.process
        token = environment.sign_in(self.service)
        self.instant, self.long_ago = (
            (datetime.now(UTC) - ago).isoformat().replace("+00:00", "Z") for ago in (timedelta(), LONG_AGO)
        )
        book_recent_movements(self.service, token, self.filled)
        self.contender = Contender(
            f"{SIZES[name]:,} movements", f"http://127.0.0.1:{self.service.port}", self.service.process.pid,
            {"TOKEN": token, "FIRST": str(self.filled["first"]), "LAST": str(self.filled["last"])},
        )  # fmt: skip

    def run(self, path: str, script: str = "read") -> Run:
        filled = path.format(product=self.filled["first"], instant=self.instant, long_ago=self.long_ago)
        return Run(self.contender, filled, script, {})


HISTORY = "/api/stock/history/{product}/"
# Movements are booked last, after the instant of `as_of`.
PATHS = {
    "a page of 50 products": "/api/products/?page_size=50",
    "the dashboard": "/api/dashboard/",
    "the first page of 50 of all movements": "/api/stock/?page_size=50",
    "a deep page of all movements": f"/api/stock/?page_size=50&cursor={make_cursor(DEEP_IN_THE_LEDGER)}",
    "the first page of 5 of a product's history": f"{HISTORY}?page_size=5",
    "a deep page of a product's history": f"{HISTORY}?page_size=5&cursor={make_cursor(DEEP_IN_A_PRODUCT)}",
    "the export of 1,000 products": "/api/products/export/",
    "levels as of a recent instant": "/api/stock/levels/?page_size=50&as_of={instant}",
    "levels as recorded at a recent instant": "/api/stock/levels/?page_size=50&as_of={instant}&clock=recorded",
    "movements that happened before 2001": "/api/stock/?page_size=50&before=2001-01-01",
    "movements that happened 300 days ago or earlier": "/api/stock/?page_size=50&before={long_ago}",
    "movements recorded before 2001": "/api/stock/?page_size=50&recorded_before=2001-01-01",
    "a product's movements that happened 300 days ago or earlier": f"{HISTORY}?page_size=5&before={{long_ago}}",
    "a product's movements recorded before 2001": f"{HISTORY}?page_size=5&recorded_before=2001-01-01",
    "operations that happened 300 days ago or earlier": "/api/stock/operations/?page_size=1&before={long_ago}",
    "levels as of 2001": "/api/stock/levels/?page_size=50&as_of=2001-01-01",
    "levels as recorded in 2001": "/api/stock/levels/?page_size=50&as_of=2001-01-01&clock=recorded",
    "a statement from a recent instant": "/api/products/{product}/statement/?from={instant}",
}


def make_cases(shops: list[Shop]) -> list[Case]:
    reading = {title: [shop.run(path) for shop in shops] for title, path in PATHS.items()}
    moving = {"one movement": [shop.run("/api/stock/", "move") for shop in shops]}
    return [Case(title, runs, [growth_goal(runs)]) for title, runs in {**reading, **moving}.items()]


def growth_goal(runs: list[Run]) -> Goal:
    return Goal(runs[-1].name, runs[0].name, 1 / MAX_TIMES_SLOWER)


def format_row(case: Case, rows: list[Row]) -> list[str]:
    first, last = rows[0], rows[-1]
    [verdict] = describe_goals(case, rows)
    return [
        case.title,
        *(f"{row.rate:,.0f}" for row in rows),
        f"{first.rate / last.rate:.2f}",
        f"{last.cpu / first.cpu:.2f}",
        *(f"{row.median_of(lambda measured: measured.load.p99):.0f}" for row in (first, last)),
        "no" if "Not reached" in verdict else "yes",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, help="a folder that keeps the databases")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    arguments = parser.parse_args()
    load.require_wrk()
    with ExitStack() as stack:
        database = stack.enter_context(environment.start_database(arguments.keep))
        shops = [Shop(stack, database, name) for name in SIZES]
        sizes = [f"{size:,}" for size in SIZES.values()]
        header = ["requests per s, by movements", *sizes, "time, largest / smallest", "CPU, largest / smallest"]
        table = [[*header, "p99 ms, smallest", "p99 ms, largest", f"at most {MAX_TIMES_SLOWER} x"]]
        for case in make_cases(shops):
            table.append(format_row(case, run_case(case, arguments.rounds, SECONDS)))
            print(" | ".join(table[-1]), flush=True)
        conditions = results.describe_conditions(
            database.version(),
            f"A database for each size, {PRODUCTS:,} products in each, filled by operations of 1,000 lines.",
            f"{arguments.rounds} interleaved rounds of {SECONDS} s, {load.CLIENTS} keep-alive clients by wrk; medians.",
        )
    results.write_section("Growth", f"{conditions}\n\n{results.format_table(table)}")


if __name__ == "__main__":
    main()
