"""`python -m benchmarks.large_account`: memory of a worker for each kind of request in a large shop.

The account has 1,000,000 products and 5,000,000 movements. Filling it through the product's services takes a quarter of
an hour. `--keep FOLDER` keeps the database for the next run.
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
from benchmarks.client import CSV, JSON, Response
from testing import serving

DATABASE = "shop"
PRODUCTS, MOVEMENTS = 1_000_000, 5_000_000
IMPORTED = 100_000
MAX_MEGABYTES = 300
WARM_UP_REQUESTS = 16
LARGE_TITLES = ("export", "alerts", "oldest", "search, all")


class Kind(NamedTuple):
    """A kind of request, with its title in the table."""

    title: str
    address: str
    method: str = "GET"
    body: bytes | None = None
    content_type: dict[str, str] = JSON


def request_kinds(shop: dict[str, Any]) -> list[Kind]:
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
        Kind("movements that happened 300 days ago or earlier", f"/api/stock/?before={long_ago}&page_size=100"),
        Kind("history of a product", f"/api/stock/history/{product}/?page_size=100"),
        Kind("first page of 100 operations", "/api/stock/operations/?page_size=100"),
        Kind("oldest operations, imports of 100,000", "/api/stock/operations/?page_size=100&before=" + yesterday),
        Kind("levels as of yesterday", f"/api/stock/levels/?page_size=100&as_of={yesterday}"),
        Kind("levels as of 300 days ago", f"/api/stock/levels/?page_size=100&as_of={long_ago}"),
        Kind("levels as recorded 300 days ago", f"/api/stock/levels/?page_size=100&as_of={long_ago}&clock=recorded"),
        Kind("verify", "/api/stock/verify/"),
        Kind(
            "import of 100,000 rows into existing products", "/api/products/import/", "POST",
            fixtures.csv_file(start, PRODUCTS), CSV,
        ),
    ]  # fmt: skip


# --- Measuring ------------------------------------------------------------------------------------------


def peak_megabytes(service: serving.Service) -> float:
    """Return the highest peak of a worker."""
    return max(map(processes.peak_megabytes, service.workers()))


def warm_up(service: serving.Service) -> str:
    """Send requests until all workers have imported their modules and connected. Return an access token."""
    token = environment.sign_in(service)
    for _ in range(WARM_UP_REQUESTS):
        client.send_request(service, "GET", "/api/products/?page_size=1&sku=none", token)
    return token


def measure_kinds(database: serving.Database, shop: dict[str, Any]) -> Iterator[list[str]]:
    """Yield a row for each kind. Each has new workers, so that no kind is charged with the memory of another one."""
    yield ["", "status", "s", "first byte s", "response MB", "peak MB of a worker", "increase MB"]
    for kind in request_kinds(shop):
        with serving.run_service(database, **environment.PRODUCT_SETTINGS, DB_NAME=DATABASE) as service:
            token = warm_up(service)
            before = peak_megabytes(service)
            response = client.send_request(service, kind.method, kind.address, token, kind.body, kind.content_type)
            yield format_row(kind.title, response, before, peak_megabytes(service))
    with serving.run_service(database, **environment.PRODUCT_SETTINGS, DB_NAME=DATABASE) as service:
        token = warm_up(service)
        before = peak_megabytes(service)
        worst = measure_concurrently(
            service, token, [kind for kind in request_kinds(shop) if kind.title.startswith(LARGE_TITLES)]
        )
        yield format_row(
            "the export, alerts, imports' operations and search, two of each at once",
            worst,
            before,
            peak_megabytes(service),
        )


def measure_concurrently(service: serving.Service, token: str, kinds: list[Kind]) -> Response:
    """Send each kind twice at the same time, which occupies all threads.

    Return the worst response, which has the highest status or else the longest time.
    """
    responses: list[Response] = []

    def send(kind: Kind) -> None:
        responses.append(client.send_request(service, kind.method, kind.address, token))

    threads = [threading.Thread(target=send, args=[kind]) for kind in kinds * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return max(responses, key=lambda response: (response.status, response.seconds))


def format_row(title: str, response: Response, before: float, after: float) -> list[str]:
    return [
        title,
        str(response.status),
        f"{response.seconds:.2f}",
        f"{response.first_byte:.2f}",
        f"{response.megabytes:.1f}",
        f"{after:.0f}",
        f"{after - before:.0f}",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, help="a folder that keeps the database")
    arguments = parser.parse_args()
    with environment.start_database(arguments.keep) as database:
        environment.create_database(database, DATABASE)
        shop = environment.fill_shop(environment.make_service(database, DATABASE), PRODUCTS, MOVEMENTS)
        lines = []
        for cells in measure_kinds(database, shop):
            lines.append(cells)
            print(" | ".join(cells), flush=True)
        conditions = results.describe_conditions(
            database.version(),
            f"One account with {PRODUCTS:,} products and {shop['movements']:,} movements, filled by imports of 100,000"
            " rows and operations of 1,000 lines. Each request is sent once, to new workers.",
            "A 503 is the statement timeout of 5 s.",
        )
    most = max(float(cells[5]) for cells in lines[1:])
    outcome = "Met" if most <= MAX_MEGABYTES else "**Not met**"
    limit = f"Limit: {MAX_MEGABYTES} MB for a worker. {outcome}: {most:.0f} MB."
    results.write_section("A large shop: memory and time", f"{conditions}\n\n{results.format_table(lines)}\n\n{limit}")


if __name__ == "__main__":
    main()
