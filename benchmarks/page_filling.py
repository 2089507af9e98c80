"""`python -m benchmarks.page_filling`: compare pages of products that are filled by half with full pages.

The service fills them by half. Two shops have the same products and the same number of movements, in two databases of
one server. Their requests alternate.
"""

import random
from collections import defaultdict
from statistics import median
from typing import NamedTuple

from benchmarks import client, environment, results
from testing import serving

HALF, FULL = 50, 100  # the share of a page that new rows may fill, in percent
PRODUCTS, MOVEMENTS = 10_000, 300_000
ROUNDS = 100
READS = {
    "the dashboard": "/api/dashboard/",
    "a page of 50 products": "/api/products/?page_size=50",
    "a search that reads all products": "/api/products/?search=512",
}
SIZES = """
SELECT pg_relation_size(relid), pg_indexes_size(relid), n_tup_upd, n_tup_hot_upd
FROM pg_stat_user_tables WHERE relname = 'products_product'
"""


class Shop(NamedTuple):
    service: serving.Service
    token: str


def fill_shop(database: serving.Database, percent: int) -> Shop:
    """Return a running shop with its own database, in which pages of products are filled up to this percentage."""
    name = f"filled_{percent}"
    environment.create_database(database, name)
    service = environment.make_service(database, name)
    environment.run_module(service, "manage", "migrate")
    with environment.connect(name) as link:
        link.execute(f"ALTER TABLE products_product SET (fillfactor = {percent})")
    environment.fill_shop(service, PRODUCTS, MOVEMENTS)
    service.start()
    return Shop(service, environment.sign_in(service))


def measure_reads(shops: dict[int, Shop]) -> dict[tuple[str, int], list[float]]:
    """Return the seconds of each read by its title and the percentage."""
    seconds = defaultdict(list)
    for _ in range(ROUNDS):
        for percent in random.sample(list(shops), len(shops)):
            for title, address in READS.items():
                response = client.send_request(shops[percent].service, "GET", address, shops[percent].token)
                assert response.status == 200, response
                seconds[title, percent].append(response.seconds)
    return seconds


def describe_table(percent: int) -> list[str]:
    """Return the cells with the size of the table, the size of its indexes, and the share of updates that wrote no
    index.
    """
    with environment.connect(f"filled_{percent}") as link:
        row = link.execute(SIZES).fetchone()
    assert row
    table, indexes, updates, without_indexes = row
    return [f"{table / 1e6:.1f}", f"{indexes / 1e6:.1f}", f"{without_indexes / updates:.0%}"]


def main() -> None:
    with environment.start_database() as database:
        shops = {percent: fill_shop(database, percent) for percent in (FULL, HALF)}
        environment.analyze_databases()
        try:
            seconds = measure_reads(shops)
        finally:
            for shop in shops.values():
                shop.service.stop()
        titles = ["the table, MB", "its indexes, MB", "updates that write no index"]
        rows = [["", "filled completely", "filled by half"]]
        rows += map(list, zip(titles, describe_table(FULL), describe_table(HALF), strict=True))
        rows += [
            [f"{title}, ms", *(f"{1000 * median(seconds[title, percent]):.1f}" for percent in (FULL, HALF))]
            for title in READS
        ]
        conditions = results.describe_conditions(
            database.version(),
            f"Two shops, each with {PRODUCTS:,} imported products and {MOVEMENTS:,} movements of them. Medians of"
            f" {ROUNDS} requests of each kind, which alternate.",
        )
    results.write_section("Pages of products that are filled by half", f"{conditions}\n\n{results.format_table(rows)}")


if __name__ == "__main__":
    main()
