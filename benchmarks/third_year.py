"""`python -m benchmarks.third_year`: PostgreSQL's work for each page of the menu and each report in a shop of a million
movements.

The shop is the large demo, whose ledger is copied until it has a million movements, beside small shops. The work of a
page is the CPU time of PostgreSQL, in times of one statement that adds up all movements of the shop, which is measured
in the same run. A page whose work is above its budget in third_year.toml fails. `--keep FOLDER` keeps the database for
the next run.
"""

import argparse
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import environment

BUDGETS = Path(__file__).with_name("third_year.toml")
COPIES, DISTANCE = 11, 10_000_000  # copies of the ledger; ids without an order are this much higher in each
ROUNDS, REFERENCE = 3, "SELECT sum(quantity) FROM stock_movement WHERE owner_id = %s"
# Operations and movements have ids in the order of time, as those of a shop. The demo has booked them in this order, so
# its ids are spread, and each copy has those that follow.
SPREAD = ("stock_operation", "stock_movement")
SPREAD_ID = f"{DISTANCE} + {{name}} * {COPIES + 1}"
# Returns the columns with ids of this table, its own among them.
HAVE_IDS = """
SELECT %(table)s::text, 'id'
UNION ALL
SELECT conrelid::regclass::text, attname
FROM pg_constraint
CROSS JOIN unnest(conkey, confkey) AS pair (key, referenced)
JOIN pg_attribute ON attrelid = conrelid AND attnum = key
WHERE contype = 'f' AND confrelid = %(table)s::regclass
    AND referenced = (SELECT attnum FROM pg_attribute WHERE attrelid = confrelid AND attname = 'id')
"""
# The tables of the ledger with the columns that differ in each copy, and by how much.
COPIED = {
    "stock_operation": {"id": 1, "reverses_id": 1},
    "stock_movement": {"id": 1, "operation_id": 1, "sequence": DISTANCE},
    "stock_sold": {"id": DISTANCE, "movement_id": 1},
    "stock_return": {"id": DISTANCE, "sale_id": 1, "operation_id": 1, "scrapped_id": 1},
    "stock_returned": {"id": DISTANCE, "movement_id": 1, "source_id": 1},
    "stock_payment": {"id": DISTANCE, "operation_id": 1, "origin_id": DISTANCE, "reverses_id": DISTANCE},
    "stock_portion": {"id": DISTANCE, "movement_id": 1},
}
# Beside the shop are small ones, as on a server of many shops: each has the first products, with few movements.
SHOPS = 10_000
THEIR_PRODUCTS = "SELECT id FROM products_product WHERE owner_id = {owner} ORDER BY id LIMIT 10"
THEIR_MOVEMENTS = f"owner_id = {{owner}} AND product_id IN ({THEIR_PRODUCTS}) AND sequence <= 3"
NEIGHBOURS = {
    "users_user": "id = {owner}",
    "products_product": f"id IN ({THEIR_PRODUCTS})",
    "stock_operation": f"id IN (SELECT operation_id FROM stock_movement WHERE {THEIR_MOVEMENTS})",
    "stock_movement": THEIR_MOVEMENTS,
}
OF_NEIGHBOUR = {
    **{name: f"{name} + copy * {DISTANCE}" for name in ("id", "owner_id", "product_id", "operation_id", "reverses_id")},
    "username": "username || copy",
    "email": "''",
}
COLUMNS = """
SELECT attname FROM pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
"""
# The demo books 18 months at once. Without this, all of its operations would be late ones.
BOOKED_AT_ONCE = "UPDATE stock_operation SET created_at = occurred_at"


def fill() -> None:
    """Create the demo shop, copy its ledger, and keep the days of its sales. Nothing else uses the database."""
    from django.db import connection, transaction  # noqa: PLC0415, Django is set up in this process only
    from django.test import override_settings  # noqa: PLC0415

    from desk.reports.jobs import keep_days  # noqa: PLC0415
    from ops.demo.filling import SIZES, fill  # noqa: PLC0415
    from users.models import User  # noqa: PLC0415

    if User.objects.exists():
        return
    with override_settings(DEMO=True), transaction.atomic():  # otherwise the demo's password is refused
        fill(SIZES["large"])
    owner = User.objects.get(username="demo")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # the ledger refuses changes
        cursor.execute(BOOKED_AT_ONCE)
        for spread in SPREAD:
            cursor.execute(HAVE_IDS, {"table": spread})
            for table, name in cursor.fetchall():
                cursor.execute(f"UPDATE {table} SET {name} = {SPREAD_ID.format(name=name)}")
        for table, condition in NEIGHBOURS.items():
            add_copies(cursor, table, SHOPS, OF_NEIGHBOUR, condition.format(owner=owner.pk))
        for table, steps in COPIED.items():
            changes = {name: f"{name} + copy * {step}" for name, step in steps.items()}
            add_copies(cursor, table, COPIES, changes, f"owner_id = {owner.pk}")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    while keep_days(owner.pk, owner.time_zone):
        pass


def add_copies(cursor: Any, table: str, copies: int, changes: dict[str, str], condition: str) -> None:
    """Insert copies of the rows, with these expressions in place of columns. `copy` is the number of the copy."""
    cursor.execute(COLUMNS, [table])
    names = [name for (name,) in cursor.fetchall()]
    values = ", ".join(changes.get(name, name) for name in names)
    numbers = f"generate_series(1, {copies}::bigint) AS copy"
    rows = f"{table} CROSS JOIN {numbers} WHERE {condition} ORDER BY {table}.id, copy"
    cursor.execute(f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM {rows}")


def list_pages() -> list[str]:
    """Return the addresses of the start page, of the pages of the menu and of the reports."""
    from django.urls import reverse  # noqa: PLC0415, Django is set up in this process only

    from desk.reports.cards import REPORTS  # noqa: PLC0415
    from desk.shop.menu import list_menu  # noqa: PLC0415

    menu = [reverse(tab.name) for entry in list_menu() for tab in entry]
    return sorted({"/api/", *menu, *(f"/api/reports/{report.name}/" for report in REPORTS)})


def measure() -> None:
    """Print the work of each page. Exit with an error if one is above its budget."""
    from django.db import connection  # noqa: PLC0415, Django is set up in this process only
    from django.test import Client  # noqa: PLC0415

    from users.models import User  # noqa: PLC0415

    owner = User.objects.get(username="demo")
    client = Client(HTTP_ACCEPT="text/html", HTTP_HOST="127.0.0.1")
    client.force_login(owner)

    with connection.cursor() as cursor:  # the time of other processes would not be counted
        cursor.execute("SET max_parallel_workers_per_gather = 0")

    def add_up() -> None:
        with connection.cursor() as cursor:
            cursor.execute(REFERENCE, [owner.pk])

    one = spend(add_up)
    print(f"1.00 is {one / 1_000_000:.0f} ms", flush=True)
    budgets = tomllib.loads(BUDGETS.read_text())
    wrong = []
    for address in list_pages():
        work = spend(partial(load, client, address)) / one
        budget = budgets["pages"].get(address, budgets["others"])
        print(f"{address:40} {work:6.2f} of {budget}", flush=True)
        if work > budget:
            wrong.append(address)
    if wrong:
        print(f"Above their budgets in {BUDGETS.name}: {', '.join(wrong)}")
        sys.exit(1)


def load(client: Any, address: str) -> None:
    response = client.get(address)
    assert response.status_code in (200, 302), (address, response.status_code)


def spend(work: Callable[[], Any]) -> int:
    """Return the CPU nanoseconds that PostgreSQL's process of this connection spends on the work, at least."""
    from django.db import connection  # noqa: PLC0415, Django is set up in this process only

    work()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        process = cursor.fetchone()[0]
    spent = []
    for _ in range(ROUNDS):
        before = read_time(process)
        work()
        spent.append(read_time(process) - before)
    return min(spent)


def read_time(process: int) -> int:
    return int(Path(f"/proc/{process}/schedstat").read_text().split()[0])


def run_inside(name: str) -> None:
    """Fill or measure, in a process with the settings of the product."""
    import django  # noqa: PLC0415

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inventory_api.settings")
    django.setup()
    {"fill": fill, "measure": measure}[name]()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, help="a folder that keeps the database")
    parser.add_argument("--inside", choices=["fill", "measure"], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside:
        run_inside(arguments.inside)
        return
    with environment.start_database(arguments.keep) as database:
        service = environment.make_service(database)
        environment.run_module(service, "manage", "migrate", "--verbosity", "0")
        environment.run_module(service, "benchmarks.third_year", "--inside", "fill")
        command = [sys.executable, "-m", "benchmarks.third_year", "--inside", "measure"]
        environs = {**service.variables, **environment.NO_TIME_LIMITS}
        measured = subprocess.run(command, env=environs, stderr=subprocess.DEVNULL, check=False)  # the log of requests
    sys.exit(measured.returncode)


if __name__ == "__main__":
    main()
