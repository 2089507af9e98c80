"""The kinds of shops: the aged shop with one setting or content away from the plain one, and several of these at once.

`SETTINGS` has them by what differs. The first value of each is that of the aged shop.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.db.models import F

from products.models import Product
from testing.cast.tills import Device
from testing.corners.aged import Writer
from testing.corners.pairs import Row
from testing.corners.shop import COMPANY, PRODUCTS, SALES, Shop
from testing.corners.verbs import CLOSINGS, ORDERS, QUOTES, RESERVATIONS
from trade.kits.models import Kit
from users.models import SWITCHED, User

DAY = timedelta(days=1)
Setting = Mapping[str, Any] | Callable[[Writer], None]  # values for /api/account/, or what changes the shop


def drop_taxes(writer: Writer) -> None:
    """Take the rates of VAT away from all products."""
    lines = [{"id": pk, "tax": None} for name, pk in writer.shop.goods.items() if name != "kit"]
    writer.send(f"{PRODUCTS}edits/", {"lines": lines})


def use_yen(_writer: Writer) -> None:
    """Change the currency, as only a shop without sales can, and make the prices whole."""
    User.objects.filter(username="alice").update(currency="JPY")
    Product.objects.update(price=F("price") * 100, cost_price=F("cost_price") * 100)
    Kit.objects.update(price=F("price") * 100)


def never_pay(_writer: Writer) -> None:
    """Let payments be as in a new shop: nobody has switched them, and nobody has confirmed anything."""
    User.objects.filter(username="alice").update(uses_payments="auto", owed_from=None)


def be_in_germany(writer: Writer) -> None:
    writer.send("/api/account/", {**COMPANY, "tax_number": "37/123/45678", "acknowledged": True}, "patch")


def sell_by_device(writer: Writer) -> None:
    """Sell by a till, and take one back there."""
    device = Device(writer.shop.users["worker"], "Till of the worker")
    line = {"product": writer.shop.goods["plain"], "movement_type": "OUT", "quantity": 2}
    sold = device.send(device.key(1), {"reason": "sale", "lines": [line]}).json()
    assert device.client.post(f"/api/stock/operations/{sold['id']}/return/", {}).status_code == 201


def close_day(writer: Writer) -> None:
    writer.send(CLOSINGS, {"counted": "2.00", "float": "2.00"})


SETTINGS: dict[str, dict[str, Setting]] = {
    "tax": {"gross": {}, "net": {"prices_include_tax": False}, "none": drop_taxes},
    "currency": {"EUR": {}, "JPY": use_yen},
    "language": {"en": {}, **{name: {"language": name} for name in ("de", "fr", "es")}},
    "numbers": {"standard": {}, "european": {"csv": "european"}},
    "country": {"DE": {}, "none": {"country": ""}, "Germany's rules": be_in_germany},
    "payments": {"on": {}, "since yesterday": lambda writer: writer.send(
        "/api/account/", {"owed_from": f"{writer.today - DAY}"}, "patch"),
        "off": {"uses": {"payments": "off"}}, "never": never_pay},
    "uses": {"all": {}, "auto": {"uses": {name: "auto" for name in SWITCHED if name != "payments"}},
             "none": {"uses": {name: "off" for name in SWITCHED if name != "payments"}}},
    "workers": {"free": {}, "list prices": {"workers_sell_at_list_price": True, "workers_date_back": False}},
    "day": {"open": {}, "closed": close_day},
    "till": {"none": {}, "device": sell_by_device},
    "role": {"owner": {}, "manager": {}, "worker": {}},  # who opens the pages
}  # fmt: skip
PLAIN: Row = {name: next(iter(values)) for name, values in SETTINGS.items()}
KINDS: list[Row] = [
    PLAIN, *(PLAIN | {name: value} for name, values in SETTINGS.items() for value in [*values][1:])
]  # fmt: skip


def describe(row: Row) -> str:
    return ", ".join(value for name, value in row.items() if value != PLAIN[name]) or "plain"


def change_shop(shop: Shop, row: Row) -> list[str]:
    """Make the aged shop one of this kind, and write papers in it. Return the addresses of the papers."""
    writer = Writer(shop)
    for name, value in row.items():
        setting = SETTINGS[name][value]
        if callable(setting):
            setting(writer)
        elif setting:
            writer.send("/api/account/", setting, "patch")
    return write_papers(writer)


def write_papers(writer: Writer) -> list[str]:
    goods, customer = writer.shop.goods, writer.shop.others["customer"]
    sold = [{"product": goods["S"], "quantity": 2}, {"kit": goods["kit"], "quantity": 1}]
    bodies: dict[str, Any] = {
        RESERVATIONS: {"lines": sold, "customer": customer},
        QUOTES: {"lines": sold, "customer": customer, "discount": {"percent": "10"}},
        ORDERS: {"lines": [{"product": goods["plain"], "quantity": 7}], "supplier": writer.shop.supplier},
    }
    addresses = [f"{address}{writer.send(address, body)['id']}/" for address, body in bodies.items()]
    writer.send(f"{addresses[-1]}send/", {})
    return [*addresses, f"{SALES}{writer.sell(timedelta(), customer=customer, discount={'percent': '5'})}/"]
