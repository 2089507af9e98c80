"""Count a large shop on a sheet while it sells, and print how long each step takes."""

import os
import sys
import time
from collections.abc import Callable
from typing import Any

import django

COUNTED, AT_ONCE, SOLD = 3000, 500, 300


def main(products: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inventory_api.settings")
    django.setup()
    from products.models import Product  # noqa: PLC0415, needs django.setup()
    from testing.cast import client_of  # noqa: PLC0415
    from users.models import User  # noqa: PLC0415

    client = client_of(User.objects.owners().latest("pk"))
    client.defaults["HTTP_HOST"] = "127.0.0.1"
    rows = list(Product.objects.order_by("pk").values_list("pk", "quantity")[:products])
    sheet = measure("open a sheet", lambda: client.post("/api/stock/sheets/", {"name": "all"})).json()
    address = f"/api/stock/sheets/{sheet['id']}/"
    enter(client, address, rows[:COUNTED])
    for pk, _ in rows[:SOLD]:
        client.post("/api/stock/", {"product": pk, "movement_type": "IN", "quantity": 1})
    for _ in range(3):
        measure(f"the differences of {COUNTED:,} lines", lambda: client.get(f"{address}differences/"))
    measure("a page of 50 lines", lambda: client.get(f"{address}lines/", {"page_size": 50}))
    measure("the sheet with its progress", lambda: client.get(address))
    enter(client, address, rows[COUNTED:])
    measure(f"book {len(rows):,} lines", lambda: client.post(f"{address}book/", {}))


def enter(client: Any, address: str, rows: list[tuple[int, int]]) -> None:
    """Enter one piece more than there is of each product."""
    for start in range(0, len(rows), AT_ONCE):
        part = [{"product": pk, "quantity": quantity + 1} for pk, quantity in rows[start : start + AT_ONCE]]
        assert client.post(f"{address}entries/", {"entries": part}).status_code == 201


def measure(what: str, request: Callable[[], Any]) -> Any:
    began = time.perf_counter()
    response = request()
    seconds = time.perf_counter() - began
    assert response.status_code < 300, response.content
    print(f"- {what}: {seconds * 1000:,.0f} ms")
    return response


if __name__ == "__main__":
    main(int(sys.argv[1]))
