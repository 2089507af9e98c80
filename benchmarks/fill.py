"""Fills a shop through the product's own services: products by the import, movements by operations of 1,000 lines.

`python -m benchmarks.fill --products 10000 --movements 1000000`, with the product's settings in the environment.
Goes on where an earlier run stopped; prints what is there in the end, as JSON.
"""

import argparse
import io
import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inventory_api.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from benchmarks import fixtures  # noqa: E402
from benchmarks.environment import OWNER  # noqa: E402
from products.models import Product  # noqa: E402
from stock.locking import by_id  # noqa: E402
from stock.models import Movement, MovementType, Reason  # noqa: E402
from stock.product_services import import_products  # noqa: E402
from stock.services import Line, OperationDraft, book  # noqa: E402
from suppliers.models import Supplier  # noqa: E402
from testing.serving import PASSWORD  # noqa: E402
from users import services as users  # noqa: E402
from users.models import User  # noqa: E402

LINES = 1000
ROWS_IN_A_FILE = 100_000
HISTORY = timedelta(days=365)


def owner_of(username: str) -> User:
    owner: User | None = User.objects.filter(username=username).first()
    if owner is None:
        owner = users.register(username=username, password=PASSWORD)
        for number in range(fixtures.SUPPLIERS):
            Supplier.objects.create(owner=owner, name=f"Supplier {number}")
    return owner


# --- Products -------------------------------------------------------------------------------------------


def import_missing(owner: User, products: int) -> None:
    """One file after the other, each imported as the view does it, until there are as many as asked."""
    there = Product.objects.for_user(owner).count()
    for start in range(there, products, ROWS_IN_A_FILE):
        file = io.BytesIO(fixtures.csv_file(start, min(start + ROWS_IN_A_FILE, products)))
        import_products(by=owner, file=file)


# --- Movements ------------------------------------------------------------------------------------------


def book_missing(owner: User, movements: int, processes: int) -> None:
    """Processes that share out the products, and so never wait for each other."""
    ids = list(Product.objects.for_user(owner).order_by("id").values_list("id", flat=True))
    missing = movements - Movement.objects.for_user(owner).count()
    connection.close()
    shares = [-(-missing // LINES // processes) * LINES] * processes if missing > 0 else []
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        done = [pool.submit(book_many, owner.pk, ids[n::processes], share) for n, share in enumerate(shares)]
        for each in done:
            each.result()


def book_many(owner_id: int, ids: list[int], movements: int) -> None:
    """Each product in turn gets some and then gives them away again, over the last year."""
    owner = User.objects.get(pk=owner_id)
    start = datetime.now(UTC) - HISTORY
    turns = turns_of(ids)
    for booked in range(0, movements, LINES):
        lines = [next(turns) for _ in range(min(LINES, movements - booked))]
        moment = start + HISTORY * (booked / movements)
        book(OperationDraft(owner_id, owner, Reason.OTHER, f"document {booked}", occurred_at=moment), lines)


def turns_of(ids: list[int]) -> Iterator[Line]:
    while True:
        for movement_type in (MovementType.IN, MovementType.OUT):
            for product_id in ids:
                yield Line(by_id(product_id), movement_type, product_id % 3 + 1)


# --- All of it ------------------------------------------------------------------------------------------


def summary(owner: User, seconds: float) -> dict[str, Any]:
    ids = Product.objects.for_user(owner).order_by("id").values_list("id", flat=True)
    return {
        "owner": owner.pk,
        "first": ids[0],
        "last": ids.reverse()[0],
        "movements": Movement.objects.for_user(owner).count(),
        "seconds": round(seconds, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--owner", default=OWNER)
    parser.add_argument("--products", type=int, required=True)
    parser.add_argument("--movements", type=int, default=0, help="all in all, the imported quantities among them")
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    call_command("migrate", verbosity=0)
    started = time.monotonic()
    owner = owner_of(asked.owner)
    import_missing(owner, asked.products)
    book_missing(owner, asked.movements, asked.processes)
    seconds = time.monotonic() - started
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    print(json.dumps(summary(owner, seconds)))


if __name__ == "__main__":
    main()
