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
            walker.walk(*STARTS[role])
            walker.close()
            self.walked[role] = walker
        return self.walked[role]

    def documents(self) -> frozenset[Kind]:
        """Return the pages that are the same for everybody."""
        return frozenset(kind for kind in self.of("signed out").kinds if "docs/" in kind.route)


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
STARTS = dict.fromkeys(ROLES, ("/",)) | dict.fromkeys(("superuser", "support"), ("/admin/",))


@pytest.fixture(scope="session")
def walks(request: pytest.FixtureRequest, chromium: Browser, shop: Demo) -> Walks:
    return Walks(chromium, shop, request.config.getoption("--shots"))


@pytest.mark.parametrize("role", ROLES)
def test_every_page_that_links_lead_to(walks: Walks, role: str) -> None:
    problems = walks.of(role).problems
    assert not problems, "\n".join(problems)


def list_routes(patterns: list, prefix: str = "") -> Iterator[str]:
    """Yield all routes of the URL patterns, as they are resolved."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from list_routes(pattern.url_patterns, route)
        else:
            yield route


def test_every_route_was_reached(walks: Walks) -> None:
    reached = {route for role in ROLES for route in walks.of(role).pages}
    for role in ROLES:
        for kind in sorted(map(str,walks.of(role).kinds)): print(role, kind)
    missing = set(list_routes(get_resolver().url_patterns)) - reached
    assert not missing, "\n".join(sorted(missing))
