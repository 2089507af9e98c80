"""`python -m benchmarks.copies`: reads that keep a copy of the products up to date.

One account has 12,000 products and one has 1,000,000. In each, 100 products have changed in the last minutes and 10 of
these are archived. `--products N` sets the size of the large account.
"""

import argparse

import psycopg

from benchmarks import environment, results
from benchmarks.old_times import REQUESTS, days_ago, median_milliseconds
from testing import serving

SMALL, LARGE = 12_000, 1_000_000
CHANGED, ARCHIVED = 100, 10
FILL = """
INSERT INTO products_product (
    owner_id, name, description, sku, barcode, unit, price, quantity, stock_sequence, min_threshold, archived_at,
    created_at, updated_at
)
SELECT id, 'Product ' || n, repeat('x', 80), 'SKU-' || n, '', 'pcs', 1, 0, 0, 0,
    CASE WHEN n %% (%(products)s / %(archived)s) = 0 THEN now() END, now() - interval '1 year',
    CASE WHEN n %% (%(products)s / %(changed)s) = 0 THEN now() ELSE now() - interval '1 day' - interval '1 s' * n END
FROM generate_series(1, %(products)s) AS n, users_user WHERE username = %(username)s
"""
SINCE = days_ago(0.5)
PATHS = {
    "a page of the list, without a filter": "/api/products/?page_size=100",
    "a page of what has changed": f"/api/products/?page_size=100&updated_after={SINCE}",
    "the same, ordered by time": f"/api/products/?page_size=100&updated_after={SINCE}&ordering=updated_at",
    "archived products that have changed": f"/api/products/?page_size=100&archived=true&updated_after={SINCE}",
    "nothing has changed": f"/api/products/?page_size=100&updated_after={days_ago(-1)}",
}


def fill_account(connection: psycopg.Connection, username: str, products: int) -> None:
    connection.execute(FILL, {"username": username, "products": products, "changed": CHANGED, "archived": ARCHIVED})


def measure(service: serving.Service, tokens: dict[str, str]) -> list[list[str]]:
    """Measure each path. Return its row of the table: the median in each account, in milliseconds."""
    rows = []
    for title, path in PATHS.items():
        times = [median_milliseconds(service, token, path) for token in tokens.values()]
        rows.append([title, *(f"{value:.0f}" for value in times)])
        print(" | ".join(rows[-1]), flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=LARGE)
    sizes = {"small": SMALL, "large": parser.parse_args().products}
    with (
        environment.start_database() as database,
        serving.run_service(database, **environment.PRODUCT_SETTINGS) as service,
    ):
        tokens = {name: service.sign_up(name) for name in sizes}
        with database.connect() as connection:
            for name, size in sizes.items():
                fill_account(connection, name, size)
            connection.execute("VACUUM ANALYZE")
        rows = measure(service, tokens)
        conditions = results.describe_conditions(
            database.version(), f"Both accounts in one database; the median of {REQUESTS} requests."
        )
    table = [["ms, by number of products", *(f"{size:,}" for size in sizes.values())], *rows]
    results.write_section("Reads that keep a copy up to date", f"{conditions}\n\n{results.format_table(table)}")


if __name__ == "__main__":
    main()
