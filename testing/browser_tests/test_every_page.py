"""Walk every page that each kind of user can reach from the start page, on a wide light and a narrow dark screen."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from django.contrib import admin
from django.urls import URLResolver, get_resolver
from playwright.sync_api import Browser

from ops.demo.credentials import DEMO_PASSWORD
from testing.browser_tests.demo import Demo
from testing.browser_tests.walker import Kind, Walker


def list_registered() -> Iterable[Any]:
    """Return the models of the admin. Resolving an address registers them."""
    get_resolver().url_patterns  # noqa: B018
    return admin.site._registry


# No link leads to these pages.
REFUSALS = ("/nowhere/", "/api/nowhere/", "/api/products/999999/", "/api/products/?min_price=x&color=red")
PASSWORDS = (
    "/accounts/password/reset/sent/",
    "/accounts/password/reset/MQ/x-y/",
    "/api/auth/password/reset/",
    "/api/auth/password/reset/confirm/",
    "/api/auth/email/confirm/",
    "/api/auth/refresh/",
    "/api/auth/passkey/",
)
BY_PROGRAMS = (
    "/api/stock/history/{product}/",
    "/api/stock/transfers/",
    "/api/stock/sheets/{sheet}/book/",
    "/api/stock/sheets/{sheet}/recount/",
    "/api/stock/operations/{operation}/return/",
    "/api/products/{product}/changes/",
    "/api/products/{product}/restore/",
    "/api/categories/{category}/restore/",
    "/api/groups/{group}/restore/",
    "/api/groups/{group}/fill/",
    "/api/suppliers/{supplier}/restore/",
    "/api/customers/{customer}/restore/",
    "/api/locations/{location}/restore/",
    "/api/purchase-orders/{order}/receive/",
    "/api/stock/reservations/{reservation}/fulfil/",
    "/api/products/{held}/holdings/",
    "/api/products/import/progress/",
    "/api/users/{user}/invite/",
    "/api/users/{user}/factors/",
    "/api/users/me/factors/{user}/",
    "/api/locations/{location}/holdings/",
    "/api/purchase-orders/{draft}/send/",
    "/accounts/proof/",
)
BY_FORMS = (
    *("/shop/tag/", "/shop/find/?search=tea", "/shop/sales/{sale}/pay/"),
    *(f"/shop/edit/{name}/?product={{product}}" for name in ("archive", "category", "keeps-stock", "low-at")),
    *(f"/shop/edit/{name}/?product={{product}}" for name in ("price", "tax")),
    *("/shop/form/products/{product}/", "/shop/delete/products/{product}/"),
)
DESK = (
    "/admin/",
    "/admin/search/?q=earl+grey",
    "/admin/password_change/done/",
    "/admin/nowhere/",  # this page is a 404
    "/admin/products/product/add/",  # this page is a 403
)


class Role(NamedTuple):
    """A kind of user, and the page on which its walk starts."""

    username: str = ""  # a user of the demo; without one, `registers` is the role that a new user gets
    registers: str = ""
    starts: tuple[str, ...] = ("/", *REFUSALS)
    below: str = "/"
    adds_rows: bool = False  # whether it first adds the rows that the demo does not have

    def sign_in(self, walker: Walker) -> None:
        """Sign in, unless this is a visitor without a user."""
        if self.registers:
            form = {"username": f"new-{uuid4().hex[:8]}", "password": DEMO_PASSWORD, "role": self.registers}
            assert walker.page.request.post("/api/register/", data=form).status == 201
            walker.sign_in(form["username"])
        elif self.username:
            walker.sign_in(self.username, at=LOGIN_PAGES[self.below])


LOGIN_PAGES = {"/": "/api-auth/login/", "/admin/": "/admin/login/"}
ROLES = {
    "signed out": Role(starts=("/", "/docs/?q=lock", *REFUSALS, *PASSWORDS)),
    "owner": Role("demo", starts=("/", *REFUSALS, *BY_PROGRAMS, *BY_FORMS, "/shop/orders/{draft}/"), adds_rows=True),
    "new owner": Role(registers="owner"),
    "counter": Role("counter", starts=("/", *REFUSALS[:-1])),  # it may not read the list of products
    "worker": Role("helper", starts=("/", *REFUSALS, *BY_PROGRAMS)),
    "worker without employer": Role(registers="worker"),
    "superuser": Role("admin", starts=DESK, below="/admin/"),
    "support": Role("support", starts=DESK, below="/admin/"),
}


class Walks:
    """The walks of all kinds of users. Each walk is made once."""

    def __init__(self, browser: Browser, shop: Demo, shots: Path | None) -> None:
        self.browser, self.shop, self.shots = browser, shop, shots
        self.walked: dict[str, Walker] = {}
        self.checked: set[tuple[Kind, int]] = set()

    def of(self, name: str) -> Walker:
        """Return the finished walk of this kind of user."""
        if name not in self.walked:
            role = ROLES[name]
            shots = self.shots / name.replace(" ", "-") if self.shots else None
            walker = Walker(self.browser, self.shop.address, role.below, self.known(name), self.checked, shots=shots)
            role.sign_in(walker)
            if role.adds_rows:
                walker.change_user(developer=True)  # so that pages show what programs use
                add_rows(walker)
            walker.walk(*fill_ids(walker, role.starts))
            if role.adds_rows:
                walker.change_user(developer=False)
            walker.close()
            self.walked[name] = walker
        return self.walked[name]

    def known(self, name: str) -> frozenset[Kind]:
        """Return the pages that are the same for everybody. They are known after the first walk."""
        kinds = set() if name == "signed out" else self.of("signed out").kinds
        return frozenset(kind for kind in kinds if kind.route.startswith(("/docs/", "docs/", "api/docs/errors/")))


def add_rows(walker: Walker) -> None:
    """Start an export, draft an order, send a file that is refused, open a sheet and a till, and use both."""
    form = {"username": "demo", "password": DEMO_PASSWORD}
    token = walker.page.request.post("/api/login/", data=form).json()["access"]
    product, supplier = find_id(walker, "products"), find_id(walker, "suppliers")
    draft = {"supplier": supplier, "lines": [{"product": product, "quantity": 1}]}
    file: Any = {"name": "wrong.csv", "mimeType": "text/csv", "buffer": b"Name,Price\nTin,much\n"}
    bodies: dict[str, dict[str, Any]] = {
        "account/export": {"data": {}}, "purchase-orders": {"data": draft},
        "products/import": {"multipart": {"file": file}}, "tills": {"data": {"name": "till 1"}},
        "stock/sheets": {"data": {"name": "Teapots"}},
    }  # fmt: skip
    headers = {"Authorization": f"Bearer {token}"}
    sent = [walker.page.request.post(f"/api/{path}/", headers=headers, **body) for path, body in bodies.items()]
    assert [answer.status for answer in sent] == [202, 201, 400, 201, 201]
    bodies = {
        f"tills/{find_id(walker, 'tills')}/drops": {"number": 1, "note": "Brought back at once"},
        f"stock/sheets/{find_id(walker, 'stock/sheets')}/entries": {"entries": [{"product": product, "quantity": 9}]},
    }
    sent = [walker.page.request.post(f"/api/{path}/", headers=headers, data=body) for path, body in bodies.items()]
    assert [answer.status for answer in sent] == [201, 201]


def find_id(walker: Walker, path: str, field: str = "id") -> Any:
    """Return the id of the first row of this list."""
    address = f"/api/{path}{'&' if '?' in path else '/?'}format=json"
    return walker.page.request.get(address).json()["results"][0][field]


# The rows whose ids are in addresses: the list whose first row is taken, and the field of that row.
ROWS = {
    "product": ("products", "id"), "category": ("categories", "id"), "supplier": ("suppliers", "id"),
    "customer": ("customers", "id"),
    "location": ("locations", "id"), "held": ("lots", "product"), "reservation": ("stock/reservations", "id"),
    "operation": ("stock/operations", "id"), "sheet": ("stock/sheets", "id"), "group": ("groups", "id"),
    "order": ("purchase-orders/?state=sent", "id"), "draft": ("purchase-orders/?state=draft", "id"),
    "sale": ("sales", "operation"),
}  # fmt: skip


def fill_ids(walker: Walker, addresses: tuple[str, ...]) -> list[str]:
    """Return the addresses with the ids of rows, and of the user."""
    text = "".join(addresses)
    ids = {name: find_id(walker, *row) for name, row in ROWS.items() if f"{{{name}}}" in text}
    if "{user}" in text:
        ids["user"] = walker.page.request.get("/api/users/me/?format=json").json()["id"]
    return [address.format(**ids) for address in addresses]


@pytest.fixture(scope="session")
def walks(request: pytest.FixtureRequest, chromium: Browser, shop: Demo) -> Walks:
    return Walks(chromium, shop, request.config.getoption("--shots"))


@pytest.mark.parametrize("role", ROLES)
def test_every_page_that_links_lead_to_is_free_of_problems(walks: Walks, role: str) -> None:
    walk = walks.of(role)
    assert not walk.problems, "\n".join(walk.problems)
    assert walk.kinds, "no page was opened"


METHODS = ("get", "post", "put", "patch", "delete")
ROW = "<path:object_id>/"
MODELS = [f"{model._meta.app_label}/{model._meta.model_name}" for model in list_registered()]
DELETABLE = ("users/attemptcounter", "auth/group")
ONLY_LISTED = (
    *("admin/logentry", "idempotency/idempotencykey", "users/apikey", "users/securityevent"),
    *("notices/lastnotice", "reservations/reservationline", "webhooks/deliveryattempt"),
    *("purchasing/orderline", "purchasing/receipt"),
    "users/closedaccount",  # the demo has none
)
PRICE_LIST = "api/suppliers/<row_id:supplier_id>/price-list/<row_id:number>/"
NOT_IN_DEMO = (
    *("evidence/pack", "purchasing/pricelist", "purchasing/pricelistchange", "quotes/quotedkits", "stock/delivery"),
)
UNREACHED = {
    "answers JSON": {
        *("healthz", "readyz", "admin/autocomplete/", "shop/sent/", "shop/line-products/"),
        "api/products/by-external-id/<path:external_id>/",
        "api/products/<row_id:pk>/codes/",
    },
    "answers a file, a picture or a script": {
        *("api/products/<row_id:product_id>/picture/", "api/products/<row_id:product_id>/label/"),
        "api/lots/<row_id:pk>/label/",
        *("api/products/export/", "api/products/import/template/", "api/schema/", "api/stock/seals/<row_id:pk>/file/"),
        "api/products/import/refused/<row_id:pk>/file/",
        *("api/purchase-orders/<row_id:pk>/file/", "api/account/export/<row_id:pk>/file/"),
        *("docs/<file:name>.png", "docs/<file:name>.svg", "favicon.ico", "admin/jsi18n/"),
        *("till/manifest.webmanifest", "till/worker.js"),
        *("api/invoices/file/", "api/invoices/<row_id:pk>/file/", "api/quotes/<row_id:pk>/file/"),
        *("admin/products/<row_id:pk>/statement/", "admin/accounts/<row_id:pk>/statement/"),
    },
    "has its address in a mail": {
        *("accounts/notices/off/<token>/", "accounts/views/off/<token>/", "accounts/orders/<token>/"),
        *("accounts/invoices/<token>/", "accounts/quotes/<token>/", "accounts/receipts/<token>/"),
        "accounts/email/confirm/<uidb64>/<token>/",
    },
    "needs a scanned code in its address": {"api/scan/"},
    "has no row in the demo": {
        *(f"admin/{model}/{ROW}{page}/" for model in NOT_IN_DEMO for page in ("change", "history")),
        *(f"api/stock/evidence/<row_id:pk>/{part}" for part in ("", "file/", "late/", "paper/")),
        *(f"{PRICE_LIST}{part}" for part in ("", "changes/", "unknown/")),
        *("api/views/<row_id:pk>/run/", "shop/quotes/<row_id:pk>/"),
    },
    "answers a POST alone": {
        *("api-auth/logout/", "admin/logout/", "accounts/passkey/", "accounts/second-step/"),
        *("shop/first-steps/", "shop/views/<row_id:pk>/keep/"),
    },
    "has the form of a route of the API, whose address is the path": {
        "shop/form/<path:path>",
        "shop/delete/<path:path>",
    },
    "redirects to the orders of today": {"shop/hand-out/"},
    "redirects to the page of the product, except after its form": {"shop/products/<row_id:pk>/picture/"},
    "redirects to the page that changes the row": {f"admin/{model}/{ROW}" for model in MODELS},
    "answers the same 404 for each address": {"admin/r/<path:address>", f"admin/r/<path:content_type_id>/{ROW}"},
    "answers 403 for everybody: the admin adds users and groups only": {
        f"admin/{model}/add/" for model in MODELS if model not in ("auth/group", "users/user")
    },
    "answers 403 for everybody: these rows are kept": {
        f"admin/{model}/{ROW}delete/" for model in MODELS if model not in (*DELETABLE, *ONLY_LISTED)
    },
    "has no link: the list shows all of the row": {
        f"admin/{model}/{ROW}{page}/" for model in ONLY_LISTED for page in ("change", "history", "delete")
    },
}


def list_routes(patterns: list[Any], prefix: str = "") -> Iterator[str]:
    """Yield all routes of the URL patterns, as they are resolved, but those of the API that answer a POST alone."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern).removeprefix("^")
        if isinstance(pattern, URLResolver):
            yield from list_routes(pattern.url_patterns, route)
        elif not answers_post_alone(pattern.callback):
            yield route


def answers_post_alone(view: Any) -> bool:
    """Return whether this is a view of the API for POST alone. `actions` are those of a viewset."""
    methods = getattr(view, "actions", None) or [name for name in METHODS if hasattr(getattr(view, "cls", None), name)]
    return [*methods] == ["post"]


def test_every_route_was_reached(walks: Walks) -> None:
    routes = set(list_routes(get_resolver().url_patterns))
    reached = {route for role in ROLES for route in walks.of(role).pages}
    listed = {route for group in UNREACHED.values() for route in group}
    assert not routes - reached - listed, "\n".join(sorted(routes - reached - listed))
    assert not listed - routes, "\n".join(sorted(listed - routes))


def test_a_walk_finds_dead_links_and_missing_parts(chromium: Browser, shop: Demo) -> None:
    walker = Walker(chromium, shop.address, below="/nowhere/")
    links = "<a href=/nowhere/else/>Elsewhere</a> <a href=#missing>Below</a>"
    script = f"document.querySelector('main').insertAdjacentHTML('beforeend', '{links}')"
    walker.context.add_init_script(f"addEventListener('DOMContentLoaded', () => {script})")
    walker.walk("/nowhere/")
    walker.close()
    start = f"{shop.address}/nowhere/"
    assert f"{start}: links to {start}else/, which is a 404" in walker.problems
    assert f"{start}: links to the missing part {start}#missing" in walker.problems
