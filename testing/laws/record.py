"""Send every operation of the schema as a role, and keep the responses. testing/laws/responses.py checks them."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from enum import StrEnum
from functools import cache
from http.cookies import SimpleCookie
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.apps import apps
from django.db import connection, transaction
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from core.pages.links import FORM_PAGES, find_form_page
from products.models import Category, Group, Offer
from stock.models import Location, Payment, Return
from suppliers.models import Supplier
from testing.cast.shops import Shop, World
from testing.laws.foreign import MISSING_ID
from testing.laws.pseudo_locale import LANGUAGE, pseudo_locale
from testing.laws.routes import list_page_routes
from testing.laws.schemas import resolve_reference
from testing.laws.walk import (
    JSON,
    Answer,
    Call,
    Encoded,
    address_of,
    body_of,
    expected_outcome,
    generate_schema,
    list_body_fields,
    list_calls,
    send,
)
from testing.reading.browser import HTML, begin_session, read_task
from trade.kits.models import Kit
from trade.purchasing.models import Order, Receipt
from trade.reservations.models import Reservation
from users.models import User

URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
TASKS = [f"/shop/{name}/" for name in ("sell", "receive", "write-off", "move", "count", "order", "reserve", "labels",
                                       "products/add", "sheets/new", "reports", "shop")]  # fmt: skip
OTHERS = ("/", "/till/", "/nowhere/", "/api/nowhere/", "/api/products/999999/", "/api/products/?min_price=x",
          "/api/products/?search=x", "/accounts/factors/", "/accounts/proof/", "/accounts/close/", "/accounts/signup/",
          "/accounts/password/reset/", "/accounts/password/reset/sent/", "/accounts/password/reset/MQ/x-y/",
          "/api-auth/login/", "/api/docs/", "/api/schema/", "/admin/login/", "/healthz", "/readyz")  # fmt: skip
# The row that a page shows, by the name of its route.
ROWS: dict[str, Callable[[Any], int]] = {
    "shop-count-sheet": lambda shop: shop.id_of("sheets.Sheet"),
    "shop-decide-sheet": lambda shop: shop.id_of("sheets.Sheet"),
    "shop-return-sale": lambda shop: shop.rows[Return].sale_id,
    "shop-pay": lambda shop: shop.rows[Payment].operation_id,
    "shop-product-prices": lambda shop: shop.products[0].pk,
    "shop-kit-prices": lambda shop: shop.id_of(Kit),
    "shop-invoice": lambda shop: shop.rows[Payment].operation_id,
    "shop-pay-customer": lambda shop: shop.id_of("customers.Customer"),
    "shop-send-back": lambda shop: shop.rows[Receipt].operation_id,
    "shop-levels": lambda shop: shop.empty_location.pk,
    "shop-draft": lambda shop: shop.draft.pk,
    "shop-receive-order": lambda shop: shop.id_of(Order),
    "shop-fulfil": lambda shop: shop.id_of(Reservation),
    "shop-change-quote": lambda shop: shop.id_of("quotes.Quote"),
    "shop-change-reservation": lambda shop: shop.id_of(Reservation),
    "shop-picture": lambda shop: shop.products[0].pk,
    "shop-fill-group": lambda shop: shop.id_of(Group),
    "shop-rename-group": lambda shop: shop.id_of(Group),
    "shop-change-kit": lambda shop: shop.id_of(Kit),
    "shop-keep-view": lambda shop: shop.id_of("saved.SavedView"),
}
# The forms of operations, which have the address of the operation as a part of theirs. See list_forms().
BY_FORMS = (None, "shop-form", "shop-delete")


class Kind(StrEnum):
    """A kind of request."""

    VALID = "valid"  # the request has the id of an own row, and an Idempotency-Key if the route takes one
    FORBIDDEN = "forbidden"  # the same, if the table of permissions refuses it
    FOREIGN = "foreign"  # the request has the id of another shop's row
    MISSING = "missing"  # the request has an id that does not exist
    CSV = "csv"
    XLSX = "xlsx"
    EMPTY = "empty body"
    WRONG = "wrong body"  # all fields have a value of the wrong type
    PARAMETERS = "empty parameters"
    URLENCODED = URLENCODED
    MULTIPART = MULTIPART
    # A browser sends these requests. The pages are in the pseudo-locale.
    PAGE = "page"
    OTHER_PAGE = "other page"  # what is no GET of an operation: the pages of its other methods, and those of tasks
    FOREIGN_PAGE = "page of foreign"
    MISSING_PAGE = "page of missing"
    EMPTY_FORM = "empty form"
    WRONG_FORM = "wrong form"


FILES = (Kind.CSV, Kind.XLSX)
READS = (Kind.FOREIGN, Kind.MISSING, Kind.CSV)
REFUSALS = (Kind.EMPTY, Kind.WRONG)
ENCODED = (Kind.URLENCODED, Kind.MULTIPART)
PAGES = (Kind.PAGE, Kind.FOREIGN_PAGE, Kind.MISSING_PAGE)
FORMS = (Kind.EMPTY_FORM, Kind.WRONG_FORM)
OPERATIONS = (Kind.VALID, Kind.FORBIDDEN)  # one request of every operation
ALL = (*OPERATIONS, *READS, *REFUSALS, *PAGES)
# Roles differ in what they may send and see, and not in what a refusal or a file looks like. So only an owner sends all
# kinds, and the other roles send these. test_walk_in_full.py lets every role send all of them.
KINDS: Mapping[str, Sequence[Kind]] = {
    "bob": (*OPERATIONS, *READS, Kind.PAGE),
    "cora": (*OPERATIONS, *FILES, Kind.PAGE),
    "helen": (*OPERATIONS, Kind.FOREIGN, Kind.MISSING, Kind.PAGE),
    "nobody": (*OPERATIONS, Kind.PAGE),
}


class Sent(NamedTuple):
    """A request and its response."""

    kind: Kind
    method: str
    path: str  # the path of the operation, or the address of a page outside of the API
    address: str
    body: Any
    answer: Answer
    statements: list[dict[str, str]]
    call: Call | None

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.kind}"


class Record:
    """The responses that a role gets.

    Each kind of request is sent when get() is called for it the first time, and rolled back. `kinds` are those of which
    the laws must hold. `paths` and `methods` restrict the operations. `prepare` changes the world before the requests.
    """

    def __init__(
        self,
        world: World,
        role: str,
        paths: set[str] | None = None,
        prepare: Callable[[World], Any] | None = None,
        methods: set[str] | None = None,
        kinds: Sequence[Kind] = ALL,
    ) -> None:
        self.world, self.role, self.prepare, self.paths, self.kinds = world, role, prepare, paths, kinds
        self.user, self.shop = world.users[role], world.own_shop(role)
        self.owner_elsewhere = "charlie" if world.foreign_shop(role) is world.shops["charlie"] else "alice"
        self.calls = [
            call
            for call in list_calls()
            if (paths is None or call.path in paths) and (methods is None or call.method in methods)
        ]
        self.sent: dict[Kind, list[Sent]] = {}

    def get(self, *kinds: Kind) -> list[Sent]:
        """Return the requests of these kinds with their responses."""
        for kind in kinds:
            if kind not in self.sent:
                self.sent[kind] = self.send_all(kind)
        return [sent for kind in kinds for sent in self.sent[kind]]

    def send_all(self, kind: Kind) -> list[Sent]:
        of_browser = kind in (*PAGES, Kind.OTHER_PAGE, *FORMS)
        with transaction.atomic(), pseudo_locale() if of_browser else nullcontext():
            if self.prepare:
                self.prepare(self.world)
            client = self.open_browser() if of_browser else self.world.client(self.role)
            cookies, found = SimpleCookie(client.cookies), []
            for request in self.list_requests(kind):
                found.append(self.send_one(client, kind, *request))
                client.cookies = SimpleCookie(cookies)  # the request may have ended the session
            transaction.set_rollback(True)
        return found

    def send_one(self, client: Any, kind: Kind, call: Call | None, method: str, address: str, body: Any) -> Sent:
        headers = dict(HTML) if kind in (*PAGES, Kind.OTHER_PAGE) else HTML | {"X-Task": "yes"} if kind in FORMS else {}
        if call and kind in (*OPERATIONS, Kind.PARAMETERS) and "Idempotency-Key" in call.parameters("header"):
            headers["Idempotency-Key"] = "k"
        watches = kind is Kind.VALID and self.user and self.user.owns_shop
        with transaction.atomic(), CaptureQueriesContext(connection) if watches else nullcontext() as captured:
            answer = send(client, method, address, body, **headers)
            transaction.set_rollback(True)
        statements = captured.captured_queries if captured else []
        return Sent(kind, method, call.path if call else address, address, body, answer, statements, call)

    def open_browser(self) -> Client:
        client = Client(raise_request_exception=False, headers={**HTML, "Accept-Language": LANGUAGE})
        if self.user:
            User.objects.filter(pk=self.user.pk).update(language=LANGUAGE)
            User.objects.filter(pk=self.user.account_id).update(shop_language=LANGUAGE)  # receipts are in it
            begin_session(client, User.objects.get(pk=self.user.pk))  # a new object, because signing in changes it
        return client

    def list_requests(self, kind: Kind) -> Iterator[tuple[Call | None, str, str, Any]]:
        """Yield operation, method, address and body of each request of the kind."""
        if kind is Kind.OTHER_PAGE:
            yield from ((None, "GET", address, None) for address in self.list_other_pages())
            return
        for call in self.calls:
            if self.has(kind, call):
                yield call, call.method, self.find_address(kind, call), self.make_body(kind, call)
        if kind is Kind.PAGE and self.paths is None:
            yield from ((None, "GET", address, None) for address in self.list_pages())
        if kind in PAGES:
            yield from ((None, "GET", address, None) for address in self.list_forms(kind))
        if kind in FORMS:
            pages = {sent.address: sent.answer.content for sent in self.get(Kind.PAGE)}
            for address in pages.keys() & {*TASKS, *self.list_forms(kind)}:
                values = read_task(pages[address])
                if kind is Kind.WRONG_FORM:
                    typed = {name: ["?"] * len(cells) for name, cells in values.items() if not name.startswith("_")}
                    values |= typed
                yield None, "POST", address, Encoded(urlencode(values, doseq=True), URLENCODED)

    def has(self, kind: Kind, call: Call) -> bool:
        """Return whether the operation has requests of this kind."""
        is_read, has_row = call.method == "GET", call.model is not None
        match kind:
            case Kind.VALID | Kind.FORBIDDEN:
                return (expected_outcome(call, self.role) in (401, 403)) == (kind is Kind.FORBIDDEN)
            case Kind.FOREIGN | Kind.MISSING:
                return has_row
            case Kind.FOREIGN_PAGE | Kind.MISSING_PAGE:
                return is_read and has_row
            case Kind.PAGE:
                return is_read
            case Kind.CSV | Kind.XLSX:
                return is_read and "format" in call.parameters("query")
            case Kind.PARAMETERS:
                return bool({*call.parameters("query")} - {"code"})
            case Kind.URLENCODED | Kind.MULTIPART:
                content = call.operation.get("requestBody", {}).get("content", {})
                return JSON in content and kind in content
            case Kind.EMPTY | Kind.WRONG | Kind.EMPTY_FORM | Kind.WRONG_FORM:
                return not is_read
        return True

    def list_other_pages(self) -> list[str]:
        """Return the addresses of all pages that GET of an operation does not have."""
        read = {call.path for call in self.calls if call.method == "GET"}
        unread = {self.find_address(Kind.PAGE, call) for call in self.calls if call.path not in read}
        shop = self.shop or self.world.foreign_shop(self.role)
        tasks = [fill_route(shop, *route) for route in list_page_routes() if route[1] not in BY_FORMS]
        return [*unread, *tasks]

    def find_address(self, kind: Kind, call: Call) -> str:
        is_elsewhere = kind in (Kind.FOREIGN, Kind.MISSING, Kind.FOREIGN_PAGE, Kind.MISSING_PAGE)
        address = address_of(call, self.owner_elsewhere if is_elsewhere else self.role, self.world)
        if kind in (Kind.MISSING, Kind.MISSING_PAGE):
            _path, sign, query = address.partition("?")
            missing = f"{MISSING_ID}-{MISSING_ID}" if call.model is Offer else MISSING_ID
            return f"{call.address_for(missing)}{sign}{query}"
        names = ["format"] if kind in FILES else call.parameters("query") if kind is Kind.PARAMETERS else []
        values = {name: kind.value if kind in FILES else "" for name in names if name != "code"}
        return f"{address}{'&' if '?' in address else '?'}{urlencode(values)}" if values else address

    def list_forms(self, kind: Kind) -> list[str]:
        """Return the addresses of the pages with the forms of the operations.

        Users without a shop get none of a foreign or missing row, because they get no form at all.
        """
        of_row = kind in (Kind.FOREIGN_PAGE, Kind.MISSING_PAGE)
        if of_row and self.shop is None:
            return []
        calls = [call for call in self.calls if has_form(call.path, call.method) and (call.model or not of_row)]
        return [find_form_page(self.find_address(kind, call), call.method) for call in calls]

    def make_body(self, kind: Kind, call: Call) -> Any:
        wrong = "?" if kind is Kind.WRONG_FORM else {}
        filled = {name: wrong for name, _ in list_body_fields(call)} if kind in (Kind.WRONG, Kind.WRONG_FORM) else {}
        if kind in FORMS:
            return Encoded(urlencode(filled), URLENCODED)
        if kind in REFUSALS:
            return filled
        if call.method == "GET" and kind not in OPERATIONS:
            return None
        body = body_of(call, self.role, self.world)
        return encode_form(call, body or {}, kind) if kind in ENCODED else body

    def list_pages(self) -> list[str]:
        """Return the addresses of pages outside of the API, and of some errors."""
        if self.shop is None:
            return [*TASKS, *OTHERS]
        group = f"/shop/groups/{self.shop.id_of(Group)}"
        return [
            *TASKS, *OTHERS, *list_pages_of_sheet(self.shop), f"{group}/fill/", f"{group}/rename/",
            f"/shop/count/?category={self.shop.id_of(Category)}", f"/shop/count/?place={self.shop.id_of(Location)}",
            f"/shop/order/?supplier={self.shop.id_of(Supplier)}", f"/shop/orders/{self.shop.draft.pk}/",
            f"/shop/orders/{self.shop.id_of(Order)}/receive/",
            f"/shop/reservations/{self.shop.id_of(Reservation)}/fulfil/",
        ]  # fmt: skip


def list_pages_of_sheet(shop: Shop) -> list[str]:
    if not apps.is_installed("trade.sheets"):
        return []
    sheet = f"/shop/sheets/{shop.id_of('sheets.Sheet')}"
    return [f"{sheet}/count/", f"{sheet}/differences/"]


def keep_records(
    world: World,
    prepare: Mapping[str, Callable[[World], Any]] = MappingProxyType({}),
    kinds: Mapping[str, Sequence[Kind]] = KINDS,
) -> Callable[[str], Record]:
    """Return a function that returns the record of a role, and always the same. The arguments of Record are by role."""
    return cache(lambda role: Record(world, role, prepare=prepare.get(role), kinds=kinds.get(role, ALL)))


def fill_route(shop: Any, address: str, name: str | None) -> str:
    """Return the address with the id of the row that the page shows, or with a text that is no token."""
    found = ROWS.get(name or "")
    for part in re.findall("<[^>]+>", address):
        assert found or not part.startswith("<row_id"), f"testing.laws.record.ROWS has no row for the page {name}"
        value = found(shop) if found else "x"
        address = address.replace(part, str(value))
    return address


@cache
def has_form(path: str, method: str) -> bool:
    """Return whether the form of the operation is a page of its own."""
    function: Any = resolve(re.sub(r"{[^}]+}", "1", path)).func
    view = function.cls(**function.initkwargs)
    view.action_map = getattr(function, "actions", None)
    return view.has_form_pages and method in FORM_PAGES and view.name_action(method) in view.verbs


def encode_form(call: Call, body: dict[str, Any], media_type: str) -> Encoded:
    """Return the body as a form. It has the fields that the schema describes for forms, except null values."""
    fields = list_form_fields(call, media_type)
    form = {name: write(value) for name, value in body.items() if name in fields and value is not None}
    if media_type == MULTIPART:
        return Encoded(encode_multipart(BOUNDARY, form), MULTIPART_CONTENT)
    return Encoded(urlencode(form, doseq=True), URLENCODED)


def list_form_fields(call: Call, media_type: str) -> dict[str, Any]:
    """Return the schema of each field that the operation accepts in a form, by name."""
    content = call.operation.get("requestBody", {}).get("content", {})
    described = content[media_type]["schema"] if JSON in content and media_type in content else None
    found: dict[str, Any] = (resolve_reference(generate_schema(), described) or {}).get("properties", {})
    return found


def write(value: Any) -> Any:
    if isinstance(value, list):
        return [write(one) for one in value]
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
