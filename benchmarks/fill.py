"""Fill a shop through the product's services: products by the import, movements by operations of 1,000 lines.

`python -m benchmarks.fill --products 10000 --movements 1000000`, with the product's settings in the environment.
Continues where an earlier run stopped. Prints the shop's ids and counts as JSON.
"""

import argparse
import io
import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing import get_context
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inventory_api.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from benchmarks import fixtures  # noqa: E402
from benchmarks.environment import OWNER  # noqa: E402
from products.filing.files import open_rows  # noqa: E402
from products.models import Product, fold_tallies  # noqa: E402
from stock.booking.drafts import BookingLine, OperationDraft, by_id  # noqa: E402
from stock.importing.services import import_products  # noqa: E402
from stock.models import Movement, MovementType, OperationReason  # noqa: E402
from suppliers.models import Supplier  # noqa: E402
from testing.servers.serving import PASSWORD  # noqa: E402
from trade.selling.services import book  # noqa: E402
from users import services as users  # noqa: E402
from users.access.permissions import Caller  # noqa: E402
from users.models import User  # noqa: E402

LINES = 1000
ROWS_IN_A_FILE = 100_000
PERIOD = timedelta(days=365)


def get_or_create_owner(username: str) -> User:
    owner: User | None = User.objects.filter(username=username).first()
    if owner is None:
        owner = users.register(by=Caller(), username=username, password=PASSWORD)
        for number in range(fixtures.SUPPLIERS):
            Supplier.objects.create(owner=owner, name=f"Supplier {number}")
    return owner


# --- Products -------------------------------------------------------------------------------------------


def import_missing_products(owner: User, products: int) -> None:
    """Import files in the same way as the view, until the shop has this number of products."""
    existing = Product.objects.for_user(owner).count()
    for start in range(existing, products, ROWS_IN_A_FILE):
        file = io.BytesIO(fixtures.csv_file(start, min(start + ROWS_IN_A_FILE, products)))
        import_products(by=owner, open_file=partial(open_rows, file, owner_id=owner.pk))


# --- Movements ------------------------------------------------------------------------------------------


def book_missing_movements(owner: User, movements: int, processes: int) -> None:
    """Book the missing movements in several processes. Each has its own products, so that none waits for a lock."""
    ids = list(Product.objects.for_user(owner).order_by("id").values_list("id", flat=True))
    missing = movements - Movement.objects.for_user(owner).count()
    connection.close()
    shares = [-(-missing // LINES // processes) * LINES] * processes if missing > 0 else []
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        done = [pool.submit(book_share, owner.pk, ids[n::processes], share) for n, share in enumerate(shares)]
        for each in done:
            each.result()


def book_share(owner_id: int, ids: list[int], movements: int) -> None:
    """Book movements IN and OUT of each product in turn, spread over the last year."""
    owner = User.objects.get(pk=owner_id)
    start = datetime.now(UTC) - PERIOD
    lines_of_share = endless_lines(ids)
    for booked in range(0, movements, LINES):
        lines = [next(lines_of_share) for _ in range(min(LINES, movements - booked))]
        moment = start + PERIOD * (booked / movements)
        book(
            draft=OperationDraft(
                by=owner, reason=OperationReason.OTHER, reference=f"document {booked}", occurred_at=moment
            ),
            lines=lines,
        )


def endless_lines(ids: list[int]) -> Iterator[BookingLine]:
    """Yield a line IN for each product, then a line OUT for each, and so on."""
    while True:
        for movement_type in (MovementType.IN, MovementType.OUT):
            for product_id in ids:
                yield BookingLine(by_id(product_id), movement_type, product_id % 3 + 1)


# --- Main program ---------------------------------------------------------------------------------------


def summarize(owner: User, seconds: float) -> dict[str, Any]:
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
    parser.add_argument("--movements", type=int, default=0, help="in total, including those of the import")
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    call_command("migrate", verbosity=0)
    started = time.monotonic()
    owner = get_or_create_owner(arguments.owner)
    import_missing_products(owner, arguments.products)
    book_missing_movements(owner, arguments.movements, arguments.processes)
    seconds = time.monotonic() - started
    fold_tallies()  # as the worker does within seconds
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    print(json.dumps(summarize(owner, seconds)))


if __name__ == "__main__":
    main()
