"""The shop in which the corners are walked: Alice's, with goods of every kind, and a case in one of its corners."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, cached_property
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

from django.apps import apps
from django.db.models import F
from django.utils import timezone
from rest_framework.test import APIClient

from products.models import Product
from testing.cast.people import client_of, let_use, make_location, make_product, make_user
from testing.cast.tills import Device
from testing.corners.pairs import Row
from testing.laws.schemas import find_mistakes
from testing.laws.walk import generate_schema, list_calls
from testing.reading.browser import Browser, read_task
from trade.kits.models import Kit
from trade.selling.hooks import PRICES
from users.access.roles import Role
from users.models import CSVFormat, User

CORNERS = {
    "goods": ("plain", "kit", "service", "grams", "lots", "costless"),
    "meanwhile": ("nothing", "archived", "renamed", "repriced", "taxed", "sold out"),
    "lines": ("one", "two prices", "many", "by total"),
    "door": ("api", "page", "till", "file"),
    "role": ("owner", "manager", "worker"),
    "developer": ("on", "off"),
    "currency": ("EUR", "JPY"),
    "zone": ("UTC", "Pacific/Auckland", "America/St_Johns"),
    "language": ("en", "de", "fr"),
    "again": ("once", "undone", "done again"),
    "time": ("now", "late"),
    # What happens to the customer, the supplier, the place and the price group that the verb refers to.
    "beside": ("nothing", "renamed", "archived", "restored", "merged", "erased"),
    **({"priced": ("by the list", "by a group", "by a quantity", "by a day")} if PRICES else {}),
}
# Most cases with these are refused, so that the other corners of the case are not walked. Each verb has them once.
EMPTY = {"lines": "zero", "role": "viewer"}
OPERATIONS, PRODUCTS, SALES, KITS = "/api/stock/operations/", "/api/products/", "/api/sales/", "/api/kits/"
CUSTOMERS, LOCATIONS = "/api/customers/", "/api/locations/"
COMPANY = {
    "street": "Mill Street 1", "postcode": "10115", "city": "Berlin", "country": "DE",
    "invoice_email": "books@example.org",
}  # fmt: skip
LATE = timedelta(days=2)
MARK = "Xylo"  # is in every text of the shop, so that a leak is recognised
# Their `total` is money. In the schema, it is the number of lines, but for a 400, which has all forms.
MONEY_REFUSALS = {"overpaid", "refund_too_high"}
REFUSALS = {400, 401, 403, 404, 409, 413, 415, 422}


class Wrong(AssertionError):
    """What a case has found."""


@dataclass
class Shop:
    """Alice's shop with a user of each role, and the shop of Charlie, who must see nothing of it."""

    users: dict[str, User]
    clients: dict[str, APIClient]
    charlie: APIClient
    goods: dict[str, int]  # ids of products, and of the kit
    supplier: int = 0
    others: dict[str, int] = field(default_factory=dict)
    views: list[int] = field(default_factory=list)  # ids of saved views whose filters name the others


def build_shop() -> Shop:
    alice = make_user("alice", email="alice@example.org", confirmed_email="alice@example.org")
    User.objects.filter(pk=alice.pk).update(uses_payments="on", shop_name=f"{MARK} shop")
    let_use(
        alice,
        "places",
        "lots",
        "orders",
        "purchasing",
        "tills",
        "sheets",
        "amounts",
        "kits",
        "making",
        "payments",
        "invoices",
        "quotes",
        "levels",
        "prices",
    )
    roles = {"manager": Role.MANAGER, "worker": Role.WORKER, "viewer": Role.VIEWER}
    users = {"owner": alice} | {
        name: make_user(name, role=role, employer=alice, email=f"{name}@example.org") for name, role in roles.items()
    }
    shop = Shop(users, {name: client_of(user) for name, user in users.items()}, client_of(make_user("charlie")), {})
    company = COMPANY | {"vat_id": "DE123456789", "owed_from": "2020-01-01", "acknowledged": True}
    answer = shop.clients["owner"].patch("/api/account/", company)
    assert answer.status_code == 200, answer.json()
    fill_shop(shop, alice)
    save_views(shop)
    return shop


def save_views(shop: Shop) -> None:
    """Save a view of each list whose filters name a customer, a supplier or a place."""
    customer, place = shop.others["customer"], shop.others["Cellar"]
    views = {
        "sales": f"customer={customer}", "invoices": f"customer={customer}", "quotes": f"customer={customer}",
        "stock/reservations": f"customer={customer}", "products": f"supplier={shop.supplier}",
        "purchase-orders": f"supplier={shop.supplier}", "reports/stock-list": f"location={place}",
        "reports/reorder": f"supplier={shop.supplier}", "reports/refill": f"location={place}",
    }  # fmt: skip
    for route, query in views.items():
        body = {"name": f"{MARK} {route}", "route": route, "query": query}
        made = shop.clients["owner"].post("/api/views/", body)
        assert made.status_code == 201, made.json()
        shop.views.append(made.json()["id"])


def fill_shop(shop: Shop, alice: User) -> None:
    def add(address: str, **body: Any) -> Any:
        response = shop.clients["owner"].post(address, body)
        assert response.status_code == 201, response.json()
        return response.json()["id"]

    shop.supplier = add("/api/suppliers/", name=f"{MARK} Mill", contact_email="mill@example.org")
    of_group = {}
    if "priced" in CORNERS:
        shop.others["group"] = of_group["price_group"] = add("/api/price-groups/", name=f"{MARK} club", percent="3.33")
    shop.others["customer"] = add("/api/customers/", name=f"{MARK} Ann", email="ann@example.org", **COMPANY, **of_group)
    full, low, shop.others["tax"] = (
        add("/api/taxes/", name=f"{MARK} {rate}", rate=rate) for rate in ("19.00", "7.00", "5.50")
    )
    usual = {"cost_price": "1.11", "quantity": 4000, "tax": full, "supplier": shop.supplier}
    kinds: dict[str, dict[str, Any]] = {
        "plain": usual | {"price": "3.34"},
        "service": {"price": "4.99", "keeps_stock": False, "tax": low},
        "grams": usual | {"price": "12.35", "decimals": 3, "unit": "kg", "quantity": 400_000},
        "lots": usual | {"price": "0.99", "quantity": 0, "tax": low},
        "costless": usual | {"price": "7.77", "cost_price": None},
        "other": usual | {"price": "0.85", "tax": low, "quantity": 40_000},
    }
    for name, values in kinds.items():
        shop.goods[name] = add(PRODUCTS, name=f"{MARK} {name}", sku=f"SKU-{name.upper()}", **values)
    for place in ("Shelf", "Cellar"):
        shop.others[place] = make_location(alice, f"{MARK} {place}").pk
    for lot, day in (("B", "2031-02-01"), ("A", "2030-12-31")):
        line = {"product": shop.goods["lots"], "movement_type": "IN", "quantity": 200, "lot": lot, "expires_on": day}
        add(OPERATIONS, reason="purchase", lines=[{**line, "location": shop.others["Shelf"], "unit_cost": "0.33"}])
    parts = [{"product": shop.goods[name], "quantity": each} for name, each in (("plain", 2), ("other", 1))]
    shop.goods["kit"] = add(KITS, name=f"{MARK} kit", sku="SKU-KIT", price="6.05", parts=parts)
    for name in {*kinds} - {"other", "service"}:
        recipe = {"makes": 3, "parts": [{"product": shop.goods["other"], "quantity": 2}]}
        address = f"{PRODUCTS}{shop.goods[name]}/recipe/"
        assert shop.clients["owner"].put(address, recipe).status_code == 200
    charlie = User.objects.get(username="charlie")
    for name in kinds:  # the same codes in another shop
        fields = {"keeps_stock": False} if name == "service" else {}
        make_product(charlie, f"Quokka {name}", 0 if fields else 3, sku=f"SKU-{name.upper()}", **fields)


class Case:
    """A verb in a corner. It sends requests through the door and with the rights of its corner."""

    def __init__(self, shop: Shop, row: Row) -> None:
        self.shop, self.row = shop, row
        self.user, self.name = shop.users[row["role"]], row["goods"]
        self.owner = shop.clients["owner"]
        self.is_kit, self.has_happened = self.name == "kit", False
        self.answers: list[tuple[str, int]] = []
        self.numbers = 0
        User.objects.filter(username__in=["alice", *shop.users]).update(
            developer=row["developer"] == "on", currency=row["currency"], time_zone=row["zone"],
            shop_language=row["language"],
            csv_format=CSVFormat.STANDARD if row["language"] == "en" else CSVFormat.EUROPEAN,
        )  # fmt: skip
        if self.is_whole:  # of whole amounts
            Product.objects.update(price=F("price") * 100, cost_price=F("cost_price") * 100)
            Kit.objects.update(price=F("price") * 100)
        if row.get("priced", "by the list") != "by the list":
            self.price(row["priced"])
        self.user.refresh_from_db()

    def __getitem__(self, name: str) -> str:
        return self.row[name]

    @cached_property
    def device(self) -> Device:
        return Device(self.user if self["role"] != "viewer" else self.shop.users["owner"])

    def price(self, how: str) -> None:
        """Give the goods a lower price, as the case says, which is in force since before all that happens."""
        today = timezone.now().date()
        row = {
            "by a group": {"price_group": self.shop.others["group"]},
            "by a quantity": {"from": "0.250" if self.name == "grams" else "2"},
            "by a day": {"starts_on": f"{today - 9 * LATE}", "ends_on": f"{today + LATE}"},
        }[how]
        rows = {"rows": [{"price": self.money("0.67"), **row}]}
        self.prepare(self.owner.put(f"{self.address}prices/", rows, format="json"), 200)
        began = timezone.now() - 9 * LATE
        for name in ("PriceRow", "GroupPercent", "CustomerGroup"):
            apps.get_model("prices", name).objects.update(since=began)

    # --- Values ------------------------------------------------------------------------------------------------------

    @property
    def is_whole(self) -> bool:
        return self["currency"] == "JPY"

    @property
    def pk(self) -> int:
        return self.shop.goods[self.name]

    @property
    def address(self) -> str:
        """Return the address of the goods."""
        return f"{KITS if self.is_kit else PRODUCTS}{self.pk}/"

    @property
    def reference(self) -> dict[str, int]:
        return {"kit" if self.is_kit else "product": self.pk}

    @property
    def when(self) -> dict[str, str]:
        return {"occurred_at": (timezone.now() - LATE).isoformat()} if self["time"] == "late" else {}

    @property
    def when_before(self) -> dict[str, str]:
        """Return when that happened which comes before the verb."""
        moment = timezone.now() - LATE - timedelta(hours=1)
        return {"occurred_at": moment.isoformat()} if self["time"] == "late" else {}

    @property
    def when_typed(self) -> dict[str, str]:
        moment = (timezone.now() - LATE).astimezone(ZoneInfo(self["zone"]))
        return {"occurred_at": f"{moment:%Y-%m-%dT%H:%M}"} if self["time"] == "late" else {}

    def money(self, text: str) -> str:
        """Return an amount of the currency."""
        return str(int(Decimal(text) * 100)) if self.is_whole else text

    def typed(self, text: str | int) -> str:
        """Return a number as people type it in the shop."""
        return str(text) if self["language"] == "en" else str(text).replace(".", ",")

    def typed_quantity(self, quantity: int) -> str:
        return self.typed(f"{Decimal(quantity) / 8:.3f}" if self.name == "grams" else quantity)

    def measure(self, quantity: int, name: str = "quantity", amount: str = "amount") -> dict[str, Any]:
        """Return the quantity, of what is weighed as an amount of eighths."""
        return {amount: f"{Decimal(quantity) / 8:.3f}"} if self.name == "grams" else {name: quantity}

    def quantities(self) -> list[tuple[int, str]]:
        """Return the quantity and the price of each line. An empty price is that of the goods."""
        return {
            "zero": [(0, "")], "one": [(1, "")], "two prices": [(2, "2.50"), (3, "1.99")],
            "many": [(7, "1.01"), *[(1, "")] * 11], "by total": [(3, "")],
        }[self["lines"]]  # fmt: skip

    def lines(self, *, before: bool = False, **more: Any) -> list[dict[str, Any]]:
        """Return the lines of a body, with prices if `more` has one of None; `before`: for what precedes the verb."""
        lines = []
        for quantity, price in [(quantity or int(before), price) for quantity, price in self.quantities()]:
            line = {**self.reference, **self.measure(quantity), **more}
            if "unit_price" in line:
                line.pop("unit_price")
                line |= {"unit_price": self.money(price)} if price and not self.is_kit else {}
                line |= {"total": self.money("10.01")} if self["lines"] == "by total" and not self.is_kit else {}
            lines.append(line)
        return lines

    def cells(self, *, prices: str = "", **more: str) -> list[dict[str, str]]:
        """Return the lines as they are typed on a page, with their prices in the column `prices`."""
        return [
            {"product": self.text, "quantity": self.typed_quantity(quantity), **more}
            | ({prices: self.typed(self.money(price))} if prices and price else {})
            for quantity, price in self.quantities()
        ]

    @property
    def text(self) -> str:
        """Return a text that names the goods on a page: after a change of the name its SKU."""
        return f"SKU-{self.name.upper()}"

    # --- What happens between ----------------------------------------------------------------------------------------

    def happen(self) -> None:
        """Change the goods as the case says: after what comes before the verb, and before the verb."""
        if self.has_happened:
            return
        self.has_happened = True
        kind = self["meanwhile"]
        if kind == "archived":
            self.prepare(self.owner.delete(self.address), 204)
        elif kind == "sold out" and self.name != "service":
            self.sell_out("plain" if self.is_kit else self.name)
        elif kind == "taxed":
            pk = self.shop.goods["plain"] if self.is_kit else self.pk
            self.prepare(self.owner.patch(f"{PRODUCTS}{pk}/", {"tax": self.shop.others["tax"]}), 200)
        elif kind in ("renamed", "repriced"):
            change = {"renamed": {"name": f"{MARK} another name"}, "repriced": {"price": self.money("9.05")}}[kind]
            self.prepare(self.owner.patch(self.address, change), 200)
        self.happen_beside(self.row.get("beside", "nothing"))

    def happen_beside(self, kind: str) -> None:
        """Change the rows that the verb refers to. An action may be refused, as that of a place in use."""
        rows = {
            CUSTOMERS: self.shop.others["customer"],
            "/api/suppliers/": self.shop.supplier,
            LOCATIONS: self.shop.others["Cellar"],
        }
        rows |= {"/api/price-groups/": self.shop.others["group"]} if "group" in self.shop.others else {}
        for route, pk in rows.items():
            address = f"{route}{pk}/"
            if kind == "renamed":
                self.prepare(self.owner.patch(address, {"name": f"{MARK} renamed"}), 200)
            elif kind in ("archived", "restored") and self.owner.delete(address).status_code == 204:
                if kind == "restored":
                    self.prepare(self.owner.post(f"{address}restore/"), 200)
            elif kind == "merged" and route in (CUSTOMERS, "/api/suppliers/"):
                into = self.prepare(self.owner.post(route, {"name": f"{MARK} kept"}))["id"]
                self.prepare(self.owner.post(f"{address}merge/", {"into": into}), 200)
            elif kind == "erased" and route in (CUSTOMERS, "/api/suppliers/"):
                self.prepare(self.owner.post(f"{address}erase/"), 200)

    def sell_out(self, name: str) -> None:
        """Sell what is available but for a few."""
        left = self.prepare(self.owner.get(f"{PRODUCTS}{self.shop.goods[name]}/"), 200)
        few = 2000 if name == "grams" else 2
        line = {"product": left["id"], "movement_type": "OUT", "quantity": left["available"] - few}
        self.prepare(self.owner.post(OPERATIONS, {"reason": "sale", "lines": [line], **self.when}))

    def prepare(self, response: Any, status: int = 201) -> Any:
        """Return the body of a request that must succeed, because it comes before the verb."""
        if response.status_code != status:
            raise Wrong(f"preparing: {response.status_code} {response.text[:500]}")
        return response.json() if response.content else None

    # --- Requests ----------------------------------------------------------------------------------------------------

    def send(self, method: str, address: str, body: Any = None, **options: Any) -> Any:
        """Send a request through the door of the case, by a till twice. Return the response."""
        self.happen()
        headers = {"Accept-Language": self["language"], **options.pop("headers", {})}
        client, times = self.shop.clients[self["role"]], 1
        if self["door"] == "till":
            client = self.device.client
            if method == "post" and "/return/" not in address and address == OPERATIONS:
                self.numbers += 1
                headers["Idempotency-Key"], times = self.device.key(self.numbers), 2
        call = getattr(client, method)
        responses = [call(address, body, headers=headers, **options) for _ in range(times)]
        if times > 1 and responses[0].content != responses[1].content:
            raise Wrong(f"{method} {address} sent again: {responses[0].text[:300]} and {responses[1].text[:300]}")
        self.check(
            responses[0],
            method,
            address,
            lambda: call(address, body, headers=headers | {"Accept-Language": "en"}, **options),
        )
        return responses[0]

    def check(self, response: Any, method: str, address: str, again: Any) -> None:
        """Note the answer. Raise Wrong if it is neither a success nor a refusal that the schema describes."""
        status = response.status_code
        self.answers.append((f"{method} {address}", status))
        if status >= 300 and status not in REFUSALS:
            raise Wrong(f"{method} {address}: {status} {response.text[:500]}")
        path = find_path(address.partition("?")[0])
        if getattr(response, "streaming", False):
            return
        mistakes = find_mistakes(generate_schema(), response, path, method)
        if mistakes and not (status == 400 and response.json()["code"] in MONEY_REFUSALS):
            raise Wrong(f"{method} {address}: {status} {mistakes[:3]} {response.text[:300]}")
        if status >= 400:
            self.check_refusal(response, again)

    def check_refusal(self, response: Any, again: Any) -> None:
        """Raise Wrong if a refusal is not translated, by comparing its texts with those in English."""
        if self["language"] == "en" or "json" not in response.headers["Content-Type"]:
            return
        here, there = (list_texts(one.json()) for one in (response, again()))
        if same := {text for text in here & there if re.search(r"[a-z]{2} [a-z]{2}", text)}:
            raise Wrong(f"not translated: {same}")

    def page(self, address: str, *lines: dict[str, str], confirm: bool = False, **typed: str) -> Any:
        """Send a task's form. With `confirm`, send what the page shows to be confirmed, as well."""
        self.happen()
        browser = Browser(self.user)
        response = browser.send_task(address, *lines, **typed)
        if confirm and response.status_code == 200:
            response = browser.client.post(address, read_task(response.text))
        return self.check_page(response, address)

    def check_page(self, response: Any, address: str) -> Any:
        self.answers.append((f"page {address}", response.status_code))
        if response.status_code not in {200, 302, 303, *REFUSALS}:
            raise Wrong(f"page {address}: {response.status_code} {response.text[:500]}")
        if response.status_code == 400:
            errors = re.findall(r'<p class="(?:error|refusal)"[^>]*>(.*?)</p>', response.text)
            self.answers.append((unescape(" | ".join(errors))[:200], 400))
        return response

    def form(self, address: str, method: str = "post", **typed: str) -> Any:
        """Send the form of a route's page."""
        self.happen()
        return self.check_page(getattr(Browser(self.user), method)(address, **typed), address)

    # --- Numbers for people --------------------------------------------------------------------------------------

    def round_shown(self, amount: str) -> Decimal:
        """Return an amount as people see it: programs may book parts of a currency that has none."""
        return Decimal(amount).quantize(Decimal(1 if self.is_whole else "0.01"), ROUND_HALF_UP)

    def read_numbers(self, page: str) -> set[Decimal]:
        """Return the numbers in a text for people, which have the signs of the shop."""
        separator, sign = (",", ".") if self["language"] == "en" else (".", ",")
        text = unescape(re.sub(r"<[^>]*>", "\n", page))
        found = [one.rstrip(".,") for one in re.findall(r"\d[\d.,]*", text)]
        plain = [one.replace(separator, "").replace(sign, ".") for one in found]
        return {Decimal(one) for one in plain if re.fullmatch(r"\d+(\.\d+)?", one)}

    def expect_numbers(self, response: Any, *wanted: str) -> None:
        """Raise Wrong if a paper lacks one of the numbers."""
        if response.status_code == 200:
            numbers = self.read_numbers(response.text)
            if lacking := {number for number in wanted if Decimal(number) not in numbers}:
                raise Wrong(f"a paper lacks {lacking}: {sorted(numbers)}")


@cache
def find_path(address: str) -> str:
    """Return the path of the schema that an address has."""
    found = {call.path for call in list_calls() if re.fullmatch(re.sub(r"{[^}]+}", "[^/]+", call.path), address)}
    return min(found, key=lambda path: path.count("{"))


def list_texts(part: Any) -> set[str]:
    """Return the texts of a refusal for people."""
    if isinstance(part, dict):
        return {text for name, value in part.items() if name != "code" for text in list_texts(value)}
    if isinstance(part, list):
        return {text for value in part for text in list_texts(value)}
    return {re.sub(rf"{MARK}[\w ]*", "", part)} if isinstance(part, str) else set()
