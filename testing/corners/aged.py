"""The aged shop: what the verbs do in it, and two of everything, old and new, in force and over, kept and archived."""

from datetime import timedelta
from typing import Any

from django.apps import apps
from django.utils import timezone

from testing.cast.tills import Device
from testing.corners.pairs import Row
from testing.corners.shop import COMPANY, MARK, OPERATIONS, PRODUCTS, Case, Shop, build_shop
from testing.corners.verbs import CLOSINGS, ORDERS, QUOTES, RESERVATIONS, VERBS

PLAIN: Row = {
    "goods": "plain", "meanwhile": "nothing", "lines": "one", "door": "api", "role": "owner", "developer": "on",
    "currency": "EUR", "zone": "UTC", "language": "en", "again": "once", "time": "now",
}  # fmt: skip
NOT_DONE = {"remove", "export", "scan", "search", "print", "invite", "count"}  # they leave nothing, or too little
DAY = timedelta(days=1)
LONG_AGO = timedelta(days=400)  # a time in another year


def build_aged_shop() -> Shop:
    shop = build_shop()
    for name, verb in VERBS.items():
        if name not in NOT_DONE and "api" in verb.doors:
            verb.do(Case(shop, PLAIN))
    Writer(shop).write()
    return shop


class Writer:
    """Writes rows of a shop by the API, as its owner."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.client = shop, shop.clients["owner"]
        self.today = timezone.now().date()

    def send(self, address: str, body: Any = None, method: str = "post", **options: Any) -> Any:
        answer = getattr(self.client, method)(address, body, **{"format": "json", **options})
        assert answer.status_code < 300, (address, answer.text[:500])
        return answer.json() if answer.content else None

    def write(self) -> None:
        self.write_settings_of_goods()
        self.write_archived()
        self.write_prices()
        self.write_people()
        self.sell_before()
        self.write_open_papers()

    def write_settings_of_goods(self) -> None:
        """Write rates of 1 % and of the category Z, own fields, groups, categories and levels."""
        others, goods = self.shop.others, self.shop.goods
        others["one"] = self.send("/api/taxes/", {"name": f"{MARK} low", "rate": "1.00"})["id"]
        others["zero"] = self.send("/api/taxes/", {"name": f"{MARK} zero", "rate": "0.00", "category": "Z"})["id"]
        for place, kind in enumerate(("text", "number")):
            self.send("/api/fields/", {"key": f"own_{place}", "label": f"{MARK} own {place}", "type": kind})
            self.send("/api/categories/", {"name": f"{MARK} category {place}"})
        group = self.send("/api/groups/", {"name": f"{MARK} shirt", "axes": ["size"]})["id"]
        for place, (tax, size) in enumerate((("one", "S"), ("zero", "M"))):
            body = {"name": f"{MARK} shirt {size}", "price": "10.00", "cost_price": "4.00", "quantity": 50}
            body |= {"tax": others[tax], "group": group, "options": {"size": size}, "fields": {"own_1": place}}
            goods[size] = self.send(PRODUCTS, body | {"sku": f"SKU-{size}", "tags": [f"{MARK} tag"]})["id"]

    def write_archived(self) -> None:
        """Write an archived one of each, beside those that there are."""
        bodies: dict[str, dict[str, Any]] = {
            "products": {"price": "3.00", "sku": "SKU-FORMER"}, "customers": COMPANY, "suppliers": {}, "categories": {},
            "taxes": {"rate": "16.00"}, "groups": {"axes": ["size"]}, "locations": {}, "price-groups": {"percent": "5"},
            "fields": {"key": "former", "label": f"{MARK} former", "type": "text"},
            "kits": {"parts": [{"product": self.shop.goods["other"], "quantity": 2}]},
        }  # fmt: skip
        for name, body in bodies.items():
            named = body if name == "fields" else body | {"name": f"{MARK} former"}
            made = self.send(f"/api/{name}/", named)
            self.send(f"/api/{name}/{made['id']}/", method="delete")
        for name in ("customers", "suppliers"):
            self.send(f"/api/{name}/", {"name": f"{MARK} Zoe"})

    def write_prices(self) -> None:
        """Write prices that end today, that ended yesterday and that begin tomorrow, and steps."""
        days = (
            {"ends_on": f"{self.today}"}, {"ends_on": f"{self.today - DAY}"}, {"starts_on": f"{self.today + DAY}"},
            {"price_group": self.shop.others["group"]}, {"from": "10"},
        )  # fmt: skip
        rows = [{"price": f"2.{place}5", **day} for place, day in enumerate(days)]
        for name in ("S", "kit"):
            address = f"/api/kits/{self.shop.goods['kit']}/" if name == "kit" else f"{PRODUCTS}{self.shop.goods[name]}/"
            self.send(f"{address}prices/", {"rows": rows}, "put")
        for name in ("PriceRow", "GroupPercent", "CustomerGroup"):
            apps.get_model("prices", name).objects.update(since=timezone.now() - LONG_AGO)

    def write_people(self) -> None:
        """Write who is invited, keys, tills and receivers of webhooks."""
        for name in ("gil", "hal"):
            self.send("/api/users/", {"username": name, "email": f"{name}@example.org", "role": "worker"})
            self.send("/api/keys/", {"name": f"{MARK} {name}", "scope": "book"})
            self.send("/api/webhooks/", {"url": f"https://93.184.216.34/{name}", "events": ["operation.booked"]})
            Device(self.shop.users["owner"], f"{MARK} {name}")

    def sell(self, ago: timedelta, **body: Any) -> Any:
        """Sell two of each of some goods, which was so long ago."""
        lines = [
            {"movement_type": "OUT", "quantity": 2, "product": self.shop.goods[name]} for name in ("plain", "S", "M")
        ]
        when = {"occurred_at": (timezone.now() - ago).isoformat()} if ago else {}
        return self.send(OPERATIONS, {"reason": "sale", "lines": lines, **when, **body})["id"]

    def sell_before(self) -> None:
        """Sell three days ago, in the last year, with its invoice, and before what customers owe counts."""
        customer = {"customer": self.shop.others["customer"]}
        for ago in (3 * DAY, LONG_AGO, 3 * LONG_AGO):
            sale = self.sell(ago, **customer)
            if ago == LONG_AGO:
                self.send(f"/api/sales/{sale}/invoice/", {})
        self.send("/api/account/", {"owed_from": f"{self.today - 30 * DAY}"}, "patch")
        self.send(f"{OPERATIONS}{self.sell(DAY)}/reverse/")

    def write_open_papers(self) -> None:
        """Leave open what the verbs have finished: an order of each kind, quotes, sheets, drafts, and a closed day."""
        goods, customer = self.shop.goods, self.shop.others["customer"]
        lines = [{"product": goods["plain"], "quantity": 2}, {"kit": goods["kit"], "quantity": 1}]
        priced = [lines[0] | {"unit_price": "2.50"}, lines[1]]
        ordered = [{"product": goods["plain"], "quantity": 20, "unit_cost": "0.99"}]
        for place in range(2):
            self.send(RESERVATIONS, {"lines": priced if place else lines, "customer": customer})
            self.send(QUOTES, {"lines": priced, "customer": customer})
            order = self.send(ORDERS, {"supplier": self.shop.supplier, "lines": ordered})["id"]
            if place:
                self.send(f"{ORDERS}{order}/send/", {})
            self.send("/api/stock/sheets/", {"name": f"{MARK} sheet {place}"})
            self.sell(timedelta())
            self.sell(timedelta(), customer=customer, payments=[{"kind": "cash", "amount": "1.00"}])
        self.send("/api/stock/counts/", {"lines": [{"product": goods["other"], "counted": 500}]})
        self.send(CLOSINGS, {"counted": "1.00", "float": "1.00"})
