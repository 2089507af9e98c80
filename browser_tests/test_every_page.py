"""Walks every page that each kind of user can reach from the start page, on a wide light and a narrow dark screen."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from django.urls import URLResolver, get_resolver
from playwright.sync_api import Browser

from browser_tests.demo import Demo
from browser_tests.walker import Kind, Walker
from demo.credentials import DEMO_PASSWORD


class Walks:
    """The walks of all kinds of users, each made once."""

    def __init__(self, browser: Browser, shop: Demo, shots: Path | None) -> None:
        self.browser, self.shop, self.shots = browser, shop, shots
        self.walked: dict[str, Walker] = {}
        self.checked: set[tuple[Kind, int]] = set()

    def of(self, role: str) -> Walker:
        """Return the finished walk of this kind of user."""
        if role not in self.walked:
            shots = self.shots / role.replace(" ", "-") if self.shots else None
            known = frozenset() if role == "signed out" else self.documents()
            below = "/admin/" if role in ("superuser", "support") else "/"
            walker = Walker(self.browser, self.shop.address, below, known, self.checked, shots=shots)
            ROLES[role](walker)
            walker.walk(*(start.format(**find_ids(walker)) if "{" in start else start for start in STARTS[role]))
            walker.close()
            self.walked[role] = walker
        return self.walked[role]

    def documents(self) -> frozenset[Kind]:
        """Return the pages that are the same for everybody."""
        return frozenset(kind for kind in self.of("signed out").kinds if "docs/" in kind.route)


def find_ids(walker: Walker) -> dict[str, int]:
    """Return the ids of a product and of the user."""
    product = walker.page.request.get("/api/products/?format=json").json()["results"][0]
    user = walker.page.request.get("/api/users/me/?format=json").json()
    return {"product": product["id"], "user": user["id"]}


def register(walker: Walker, role: str) -> None:
    """Sign up a new user, and sign in."""
    form = {"username": f"new-{uuid4().hex[:8]}", "password": DEMO_PASSWORD, "role": role}
    assert walker.page.request.post("/api/register/", data=form).status == 201
    walker.sign_in(form["username"])


ROLES = {
    "signed out": lambda walker: None,
    "owner": lambda walker: walker.sign_in("demo"),
    "new owner": lambda walker: register(walker, "owner"),
    "worker": lambda walker: walker.sign_in("helper"),
    "worker without employer": lambda walker: register(walker, "worker"),
    "superuser": lambda walker: walker.sign_in("admin", at="/admin/login/"),
    "support": lambda walker: walker.sign_in("support", at="/admin/login/"),
}
# Where the walks start: the start page, and the pages that are reached by something else than a link.
ADMIN = ("/admin/", "/admin/search/?q=earl+grey", "/admin/password_change/done/")
REFUSALS = ("/nowhere/", "/api/nowhere/", "/api/products/999999/", "/api/products/?min_price=x&color=red")
PASSWORDS = ("/accounts/password/reset/sent/", "/accounts/password/reset/MQ/x-y/")
SHOP = ("/", *REFUSALS, "/api/stock/history/{product}/", "/api/products/{product}/restore/", "/api/users/{user}/invite/")
STARTS = dict.fromkeys(ROLES, ("/", *REFUSALS)) | {
    "signed out": ("/", *REFUSALS, *PASSWORDS),
    "owner": SHOP,
    "worker": SHOP,
    "superuser": ADMIN,
    "support": ADMIN,
}


@pytest.fixture(scope="session")
def walks(request: pytest.FixtureRequest, chromium: Browser, shop: Demo) -> Walks:
    return Walks(chromium, shop, request.config.getoption("--shots"))


@pytest.mark.parametrize("role", ROLES)
def test_every_page_that_links_lead_to(walks: Walks, role: str) -> None:
    problems = walks.of(role).problems
    assert not problems, "\n".join(problems)


UNREACHED = {
    "healthz and readyz answer JSON": {"healthz", "readyz"},
    "a file or a picture": {
        "api/products/export/",
        "api/products/import/template/",
        "api/schema/",
        "docs/<file:name>.png",
        "docs/<file:name>.svg",
        "favicon.ico",
        "admin/products/<row_id:pk>/statement/",
    },
    "for the scripts of the admin": {"admin/autocomplete/", "admin/jsi18n/"},
}


def list_routes(patterns: list, prefix: str = "") -> Iterator[str]:
    """Yield all routes of the URL patterns, as they are resolved."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern).removeprefix("^")
        if isinstance(pattern, URLResolver):
            yield from list_routes(pattern.url_patterns, route)
        else:
            yield route


def test_every_route_was_reached(walks: Walks) -> None:
    reached = {route for role in ROLES for route in walks.of(role).pages}
    missing = set(list_routes(get_resolver().url_patterns)) - reached
    listed = {route for routes in UNREACHED.values() for route in routes}
    assert missing == listed, "\n".join(sorted(missing ^ listed))
