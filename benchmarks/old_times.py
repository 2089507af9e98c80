"""`python -m benchmarks.old_times`: reads of old movements, in an account of 10,000 movements and one of 5,000,000.

SQL inserts the rows in some three minutes. Operations have two lines and are spread over a year. 4 % of them are
recorded up to ten days late. A tenth of all movements is of one product. `--movements N` sets the size of the
large account.
"""

import argparse
import time
from datetime import UTC, datetime, timedelta
from statistics import median

import psycopg

from benchmarks import environment, results
from testing import serving

SMALL, LARGE, PRODUCTS, LINES, DAYS = 10_000, 5_000_000, 2000, 2, 365
REQUESTS = 15  # the number of requests for each path
MAX_TIMES_SLOWER = 2
FILL = """
INSERT INTO products_product (
    owner_id, name, description, sku, barcode, unit, price, quantity, stock_sequence, min_threshold, created_at,
    updated_at
)
SELECT %(owner)s, 'Product ' || n, '', '', '', 'pcs', 1, 0, 0, 0, now(), now()
FROM generate_series(1, %(products)s) AS n;
INSERT INTO stock_performer (owner_id, user_id, name, salt, digest)
SELECT id, id, username, salt, sha256(salt || convert_to(username, 'UTF8'))
FROM users_user, decode(md5(random()::text), 'hex') AS salt WHERE id = %(owner)s;
INSERT INTO stock_operation (
    id, owner_id, performed_by_id, performer_id, reason, reference, note, occurred_at, created_at
)
SELECT %(first)s + n, %(owner)s, %(owner)s, performer.id, 'other', '', '',
    at - CASE WHEN n %% 25 = 0 THEN interval '10 days' * random() ELSE interval '0' END, at
FROM (SELECT id FROM stock_performer WHERE owner_id = %(owner)s) AS performer,
    (SELECT n, now() - interval '1 day' * %(days)s * (1 - n::float8 / %(operations)s) AS at
    FROM generate_series(1, %(operations)s) AS n) AS operation;
INSERT INTO stock_movement (
    id, owner_id, operation_id, product_id, product_name, sequence, movement_type, quantity, old_quantity, new_quantity,
    value
)
SELECT %(first)s * %(lines)s + n, %(owner)s, %(first)s + 1 + (n - 1) / %(lines)s, product, 'x', sequence,
    CASE WHEN sequence %% 2 = 1 THEN 'IN' ELSE 'OUT' END, 1, (sequence + 1) %% 2, sequence %% 2, 0
FROM (SELECT n, product, row_number() OVER (PARTITION BY product ORDER BY n) AS sequence FROM (
    SELECT n, ids.first + CASE WHEN n %% 10 = 0 THEN 0 ELSE (n::bigint * 7919) %% %(products)s END AS product
    FROM generate_series(1, %(operations)s * %(lines)s) AS n
    CROSS JOIN (SELECT min(id) AS first FROM products_product WHERE owner_id = %(owner)s) AS ids
) AS numbered) AS movement;
UPDATE products_product SET quantity = last.sequence %% 2, stock_sequence = last.sequence FROM (
    SELECT product_id, max(sequence) AS sequence FROM stock_movement WHERE owner_id = %(owner)s GROUP BY product_id
) AS last WHERE id = last.product_id
"""


def days_ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat().replace("+00:00", "Z")


HISTORY = "/api/stock/history/{product}/"
PATHS = {
    "movements that happened 350 days ago or earlier": f"/api/stock/?page_size=50&before={days_ago(350)}",
    "movements that happened half a year ago or earlier": f"/api/stock/?page_size=50&before={days_ago(180)}",
    "movements recorded 350 days ago or earlier": f"/api/stock/?page_size=50&recorded_before={days_ago(350)}",
    "movements recorded before 2001": "/api/stock/?page_size=50&recorded_before=2001-01-01",
    "a product's movements that happened 350 days ago or earlier": f"{HISTORY}?before={days_ago(350)}",
    "a product's movements recorded before 2001": f"{HISTORY}?recorded_before=2001-01-01",
    "operations that happened 350 days ago or earlier": f"/api/stock/operations/?before={days_ago(350)}",
    "levels of 100 products in 2000": "/api/stock/levels/?page_size=100&as_of=2000-01-01",
    "levels of 100 products as recorded in 2000": "/api/stock/levels/?page_size=100&as_of=2000-01-01&clock=recorded",
    "levels of 100 products half a year ago": f"/api/stock/levels/?page_size=100&as_of={days_ago(180)}",
    "a statement from now": f"/api/products/{{product}}/statement/?from={days_ago(0)}",
}


def fill_account(connection: psycopg.Connection, username: str, movements: int, first: int) -> int:
    """Insert the account's rows with operation ids above `first`. Return the product with the most movements."""
    owner = connection.execute("SELECT id FROM users_user WHERE username = %s", [username]).fetchone()
    assert owner
    values = {"owner": owner[0], "products": min(PRODUCTS, movements // 50), "operations": movements // LINES}
    cursor = psycopg.ClientCursor(connection)  # this cursor can send several statements in one call
    # This switches off the triggers, which would check row by row.
    cursor.execute("SET session_replication_role = replica")
    cursor.execute(FILL, {**values, "lines": LINES, "days": DAYS, "first": first})
    cursor.execute("SELECT min(id) FROM products_product WHERE owner_id = %(owner)s", values)
    found = cursor.fetchone()
    assert found
    return int(found[0])


def median_milliseconds(service: serving.Service, token: str, path: str) -> float:
    taken = []
    for _ in range(REQUESTS):
        started = time.perf_counter()
        assert service.send("GET", path, token=token).status == 200, path
        taken.append((time.perf_counter() - started) * 1000)
    return median(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--movements", type=int, default=LARGE)
    sizes = {"small": SMALL, "large": parser.parse_args().movements}
    with (
        environment.start_database() as database,
        serving.run_service(database, **environment.PRODUCT_SETTINGS) as service,
    ):
        tokens = {name: service.sign_up(name) for name in sizes}
        with database.connect() as connection:
            connection.execute("SET work_mem = '400MB'")
            hot = {
                name: fill_account(connection, name, size, sizes["small"] * n)
                for n, (name, size) in enumerate(sizes.items())
            }
            connection.execute("VACUUM ANALYZE")
        table = [
            [
                "ms, by number of movements",
                *(f"{size:,}" for size in sizes.values()),
                f"at most {MAX_TIMES_SLOWER} x",
            ]
        ]
        for title, path in PATHS.items():
            times = [median_milliseconds(service, tokens[name], path.format(product=hot[name])) for name in sizes]
            outcome = "yes" if times[1] <= MAX_TIMES_SLOWER * times[0] else "no"
            table.append([title, *(f"{value:.0f}" for value in times), outcome])
            print(" | ".join(table[-1]), flush=True)
        conditions = results.describe_conditions(
            database.version(), f"Both accounts in one database; the median of {REQUESTS} requests."
        )
    results.write_section("Reads of old movements", f"{conditions}\n\n{results.format_table(table)}")


if __name__ == "__main__":
    main()
