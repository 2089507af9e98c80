"""`python -m benchmarks.large_account`: memory of a worker for a large shop, by kind of request.

One account with 1,000,000 products and 5,000,000 movements. Filling it takes the product's own services a quarter of
an hour; `--keep FOLDER` keeps the database for the next time.
"""

import argparse
import base64
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import client, environment, fixtures, processes, results
from benchmarks.client import CSV, JSON, Took
from testing import serving

DATABASE = "shop"
PRODUCTS, MOVEMENTS = 1_000_000, 5_000_000
IMPORTED = 100_000
BOUND_MEGABYTES = 300
WARMING = 16
LARGE = ("export", "alerts", "oldest", "search, all")


class Kind(NamedTuple):
    """A kind of request, by the title it has in the table."""

    title: str
    address: str
    method: str = "GET"
    body: bytes | None = None
    content_type: dict[str, str] = JSON


def kinds(shop: dict[str, Any]) -> list[Kind]:
    product = shop["first"] + 12345
    yesterday = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    long_ago = (datetime.now(UTC) - timedelta(days=300)).strftime("%Y-%m-%dT%H:%M:%SZ")
    deep = base64.b64encode(f"p={shop['movements'] // 100}".encode()).decode()
    lines = [{"product": product + number, "movement_type": "IN", "quantity": 1} for number in range(1000)]
    line = {"product": product, "movement_type": "IN", "quantity": 1}
    start = PRODUCTS - IMPORTED
    return [
        Kind("one movement", "/api/stock/", "POST", json.dumps(line).encode()),
        Kind("an operation of 1,000 lines", "/api/stock/operations/", "POST", json.dumps({"lines": lines}).encode()),
        Kind("first page of 100 products", "/api/products/?page_size=100"),
        Kind("last page of 100 products", f"/api/products/?page_size=100&page={PRODUCTS // 100}"),
        Kind("products by name", "/api/products/?page_size=100&ordering=name"),
        Kind("search, one product", "/api/products/?search=0512345"),
        Kind("search, all products", "/api/products/?search=product"),
        Kind("filter: low stock", "/api/products/?low_stock=true&page_size=100"),
        Kind("filter: category and price", "/api/products/?category=Category+7&min_price=50&page_size=100"),
        Kind("filter: sku", "/api/products/?sku=sku-0512345"),
        Kind("alerts: 100,000 low, 20,000 expired", "/api/products/alerts/"),
        Kind("dashboard", "/api/dashboard/"),
        Kind("export of 1,000,000 products", "/api/products/export/"),
        Kind("first page of 100 movements", "/api/stock/?page_size=100"),
        Kind("deep page of 100 movements", f"/api/stock/?page_size=100&cursor={deep}"),
        Kind("movements of a rare reason", "/api/stock/?reason=theft"),
        Kind("movements of an unknown reference", "/api/stock/?reference=nothing"),
        Kind("movements of a day long ago", f"/api/stock/?before={long_ago}&page_size=100"),
        Kind("history of a product", f"/api/stock/history/{product}/?page_size=100"),
        Kind("first page of 100 operations", "/api/stock/operations/?page_size=100"),
        Kind("oldest operations, imports of 100,000", "/api/stock/operations/?page_size=100&before=" + yesterday),
        Kind("levels as of yesterday", f"/api/stock/levels/?page_size=100&as_of={yesterday}"),
        Kind("levels as of 300 days ago", f"/api/stock/levels/?page_size=100&as_of={long_ago}"),
        Kind("levels as recorded 300 days ago", f"/api/stock/levels/?page_size=100&as_of={long_ago}&clock=recorded"),
        Kind("verify", "/api/stock/verify/"),
        Kind(
            "import of 100,000 rows into what is there", "/api/products/import/", "POST",
            fixtures.csv_file(start, PRODUCTS), CSV,
        ),
    ]  # fmt: skip


# --- Measuring ------------------------------------------------------------------------------------------


def peak(service: serving.Service) -> float:
    """Of the worker that held most."""
    return max(map(processes.peak_megabytes, service.workers()))


def warm(service: serving.Service) -> str:
    """A token; the workers have imported what they need and are connected."""
    token = environment.sign_in(service)
    for _ in range(WARMING):
        client.request(service, "GET", "/api/products/?page_size=1&sku=none", token)
    return token


def tables(database: serving.Database, shop: dict[str, Any]) -> Iterator[list[str]]:
    """A line for each kind, each with workers of its own, so that no kind inherits another's memory."""
    yield ["", "status", "s", "first byte s", "MB answered", "a worker's peak MB", "more than before MB"]
    for kind in kinds(shop):
        with serving.service(database, **environment.PRODUCT_SETTINGS, DB_NAME=DATABASE) as service:
            token = warm(service)
            before = peak(service)
            took = client.request(service, kind.method, kind.address, token, kind.body, kind.content_type)
            yield line(kind.title, took, before, peak(service))
    with serving.service(database, **environment.PRODUCT_SETTINGS, DB_NAME=DATABASE) as service:
        token = warm(service)
        before = peak(service)
        slowest = together(service, token, [kind for kind in kinds(shop) if kind.title.startswith(LARGE)])
        yield line("two at once of the export, alerts, imports' operations and search", slowest, before, peak(service))


def together(service: serving.Service, token: str, asked: list[Kind]) -> Took:
    """All threads of all workers busy with them; the slowest answer."""
    took: list[Took] = []

    def ask(kind: Kind) -> None:
        took.append(client.request(service, kind.method, kind.address, token))

    threads = [threading.Thread(target=ask, args=[kind]) for kind in asked * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return max(took, key=lambda one: (one.status, one.seconds))


def line(title: str, took: Took, before: float, after: float) -> list[str]:
    return [
        title,
        str(took.status),
        f"{took.seconds:.2f}",
        f"{took.first_byte:.2f}",
        f"{took.megabytes:.1f}",
        f"{after:.0f}",
        f"{after - before:.0f}",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, help="a folder for the database")
    asked = parser.parse_args()
    with environment.ground(asked.keep) as database:
        environment.create_database(database, DATABASE)
        shop = environment.fill(environment.product(database, DATABASE), PRODUCTS, MOVEMENTS)
        lines = []
        for cells in tables(database, shop):
            lines.append(cells)
            print(" | ".join(cells), flush=True)
        about = results.conditions(
            database.version(),
            f"One account with {PRODUCTS:,} products and {shop['movements']:,} movements, filled by imports of 100,000"
            " rows and operations of 1,000 lines. Each kind asked once, of new workers.",
            "A 503 is the statement timeout of 5 s.",
        )
    most = max(float(cells[5]) for cells in lines[1:])
    verdict = "Held" if most <= BOUND_MEGABYTES else "**Not held**"
    bound = f"Bound: {BOUND_MEGABYTES} MB for a worker. {verdict}: {most:.0f} MB."
    results.write("A large shop: memory and time", f"{about}\n\n{results.markdown(lines)}\n\n{bound}")


if __name__ == "__main__":
    main()
