"""Try the product without the apps that WITHOUT leaves out: `WITHOUT=agents python -m testing.programs.without`.

The checks of Django hold, and no migration is missing. A shop is opened, sells, and opens every page that has no id in
its address, and the pages of a product, a place and a group. So does a guest. It needs a database for tests. Prints
what failed, and exits with 1.
"""

import logging
import os
import sys
from collections.abc import Iterator
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inventory_api.settings")
django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import NoReverseMatch, get_resolver, reverse  # noqa: E402
from rest_framework.test import APIClient  # noqa: E402

PASSWORD = "correct-horse-7"
NOT_OPENED = ("metrics",)
ROWS: dict[str, Any] = {
    "/api/products/": {"name": "Tea", "quantity": 5, "price": "2.00"},
    "/api/locations/": {"name": "Shelf"},
    "/api/groups/": {"name": "Shirt", "axes": ["Size"]},
}
HOST: dict[str, Any] = {"HTTP_HOST": "127.0.0.1"}


def main() -> int:
    logging.disable(logging.ERROR)
    call_command("check")
    call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)
    failed = try_shop()
    print(*failed, sep="\n")
    return len(failed) > 0


def try_shop() -> list[str]:
    """Return what failed."""
    api, browser, guest = APIClient(**HOST), Client(**HOST), Client(**HOST)
    name = f"without-{os.getpid()}"
    failed = [*expect(api.post("/api/auth/register/", {"username": name, "password": PASSWORD}, format="json"), 201)]
    owner: Any = get_user_model().objects.get(username=name)
    api.force_authenticate(owner)
    browser.force_login(owner)
    made = {address: api.post(address, body, format="json") for address, body in ROWS.items()}
    for answer in made.values():
        failed += expect(answer, 201)
    sale = {"product": made["/api/products/"].data["id"], "movement_type": "OUT", "quantity": 2, "reason": "sale"}
    failed += expect(api.post("/api/stock/", sale, format="json"), 201)
    for address in [*list_addresses(), *(f"{address}{answer.data['id']}/" for address, answer in made.items())]:
        for client in (guest, browser):
            failed += refuse_errors(client.get(address, HTTP_ACCEPT="text/html"))
        failed += refuse_errors(api.get(address))
    return failed


def expect(answer: Any, status: int) -> Iterator[str]:
    if answer.status_code != status:
        yield f"{answer.request['PATH_INFO']}: {answer.status_code}, {answer.content.decode()[:500]}"


def refuse_errors(answer: Any) -> Iterator[str]:
    if answer.status_code >= 500:
        yield f"{answer.request['PATH_INFO']}: {answer.status_code}"


def list_addresses() -> list[str]:
    """Return the addresses without parameters of all named pages and routes."""

    def walk(resolver: Any) -> Iterator[str]:
        for pattern in resolver.url_patterns:
            if hasattr(pattern, "url_patterns"):
                yield from walk(pattern) if not getattr(pattern, "namespace", None) else ()
            elif pattern.name and pattern.name not in NOT_OPENED:
                yield pattern.name

    found = []
    for name in dict.fromkeys(walk(get_resolver())):
        try:
            found.append(reverse(name))
        except NoReverseMatch:
            continue
    return found


if __name__ == "__main__":
    sys.exit(main())
