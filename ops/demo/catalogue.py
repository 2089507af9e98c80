"""Create the products of the demo shop by data/goods.csv, with their opening balances and their pictures.

Then book its trade by data/trade.csv, at times that depend on today's date.
"""

import csv
import tomllib
from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from biip.checksums import gs1_standard_check_digit
from django.apps import apps
from django.utils import timezone

from core.database.postgres.base import execute
from core.files.pictures import read_picture
from products.models import Product, Tax
from products.pictures.services import set_picture
from records.events.models import Event, EventType
from records.history.models import recorded
from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.goods.services import find_or_create_category
from stock.models import MovementType, OperationReason
from suppliers.models import Supplier
from trade.selling.services import book
from users.models import User

DATA = Path(__file__).with_name("data")


def read_toml(name: str | Path) -> dict[str, Any]:
    return tomllib.loads((DATA / name).read_text(encoding="utf-8"))


def read_rows() -> dict[str, Any]:
    """Return the bodies of rows.toml and of the `demo.toml` of each app, by the names of what they create."""
    files: Any = [file for app in apps.get_app_configs() for file in Path(app.path).glob("demo.toml")]
    return {name: bodies for file in ("rows.toml", *files) for name, bodies in read_toml(file).items()}


def read_csv(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


MAX_LINES = 1000  # the limit of one operation, as in the API
IN_STORE_PREFIX = 20  # a shop assigns EANs with this prefix to its own products
PLAIN_FIELDS = ("sku", "name", "price", "cost_price", "unit", "decimals", "min_threshold", "pack_size")

Good = dict[str, str]  # a row of goods.csv. Quantities are base units, and `expires_in` is a number of days from today


def list_goods(copies: int) -> list[Good]:
    """Return the goods of the file and, if more than one copy is wanted, the same by other makers."""
    goods = read_csv("goods.csv")
    makers = enumerate(read_toml("shop.toml")["makers"][: copies - 1], start=1)
    return goods + [
        {**good, "sku": name_copy(good["sku"], number), "name": f"{good['name']}, {maker}"}
        for number, maker in makers
        for good in goods
    ]


def name_copy(text: str, number: int) -> str:
    """Return a SKU or a reference as this copy has it. Number 0 is the original."""
    return f"{text}-{number}" if text and number else text


def make_barcode(number: int) -> str:
    """Return an EAN-13 for use within a shop, with its check digit."""
    digits = f"{IN_STORE_PREFIX}{number:010}"
    return f"{digits}{gs1_standard_check_digit(digits)}"


def create_products(owner: User, goods: list[Good]) -> dict[str, int]:
    """Create the categories and the products, without stock. Return the ids of the products by SKU."""
    suppliers = {supplier.name: supplier for supplier in Supplier.objects.for_user(owner)}
    taxes = {tax.name: tax for tax in Tax.objects.for_user(owner)}
    names = dict.fromkeys(good["category"] for good in goods)
    categories = {name: find_or_create_category(owner_id=owner.pk, name=name) for name in names}
    products = [
        Product(
            owner=owner,
            barcode=make_barcode(number),
            category=categories[good["category"]],
            supplier=suppliers[good["supplier"]],
            tax=taxes[good["tax"]],
            expiration_date=owner.shop_today() + timedelta(int(good["expires_in"])) if good["expires_in"] else None,
            **{name: good[name] for name in PLAIN_FIELDS},
        )
        for number, good in enumerate(goods, start=1)
    ]
    with recorded(Product, owner.pk) as changes:
        ids = {product.sku: product.pk for product in Product.objects.bulk_create(products, batch_size=MAX_LINES)}
        now = timezone.now()
        changes.record_created([*ids.values()], now)
    created = EventType.PRODUCT_CREATED
    Event.objects.record_products(owner_id=owner.pk, event_type=created, products=[*ids.values()], at=now)
    return ids


def book_openings(owner: User, goods: list[Good], ids: dict[str, int], occurred_at: datetime) -> None:
    lines = [BookingLine(by_id(ids[good["sku"]]), MovementType.IN, int(good["opening"])) for good in goods]
    for start in range(0, len(lines), MAX_LINES):
        draft = OperationDraft(by=owner, reason=OperationReason.OPENING, occurred_at=occurred_at)
        book(draft=draft, lines=lines[start : start + MAX_LINES])


def add_pictures(owner: User, ids: dict[str, int]) -> None:
    """Give the products their pictures, whose files are named after the SKUs."""
    for path in sorted((DATA / "pictures").iterdir(), key=lambda path: ids[path.stem]):
        with path.open("rb") as file:
            set_picture(by=owner, product_id=ids[path.stem], picture=read_picture(file, owner.pk))


ARRIVALS = {OperationReason.PURCHASE, OperationReason.RETURN}  # the reasons of what comes in
# Of the goods of other makers, as much is sold as in the first part of the file. They never lack stock.
SHARE_OF_COPIES = 0.45
# PostgreSQL makes plans for the empty tables, which become slower and slower as the tables grow.
ANALYZE = "ANALYZE products_product, stock_operation, stock_movement, stock_sold, stock_portion, events_event"
ANALYZE_AFTER = (0, 500, 5000)  # the numbers of operations after which the tables are analyzed


class DemoOperation(NamedTuple):
    """An operation to book. `lines` has quantities in base units by SKU."""

    by: str
    reason: str
    reference: str
    note: str
    lines: dict[str, int]


def list_operations(copies: int, random: Random) -> list[DemoOperation]:
    """Return the operations in order: those of the file, and among them those of its copies with other goods."""
    rows = read_csv("trade.csv")
    part = range(round(len(rows) * SHARE_OF_COPIES))
    order = [0 for _ in rows] + [number for number in range(1, copies) for _ in part]
    random.shuffle(order)
    unread = [iter(rows) for _ in range(copies)]
    return [read_operation(next(unread[number]), number) for number in order]


def read_operation(row: dict[str, str], copy: int) -> DemoOperation:
    lines = (line.split() for line in row["lines"].split(";"))
    quantities = {name_copy(sku, copy): int(quantity) for quantity, sku in lines}
    return DemoOperation(row["by"], row["reason"], name_copy(row["reference"], copy), row["note"], quantities)


def book_trade(
    operations: list[DemoOperation], times: list[datetime], people: dict[str, User], ids: dict[str, int]
) -> None:
    for number, (operation, time) in enumerate(zip(operations, times, strict=True)):
        if number in ANALYZE_AFTER:
            execute(ANALYZE)
        by, reason, reference, note, quantities = operation
        draft = OperationDraft(by=people[by], reason=reason, reference=reference, note=note, occurred_at=time)
        direction = MovementType.IN if reason in ARRIVALS else MovementType.OUT
        book(draft=draft, lines=[BookingLine(by_id(ids[sku]), direction, each) for sku, each in quantities.items()])


class Hours(NamedTuple):
    """The opening hours of a day. `weight` is its share of the trade."""

    opening: datetime
    closing: datetime
    weight: float


def choose_times(count: int, days: int, now: datetime, random: Random) -> list[datetime]:
    """Return this number of times in the opening hours of the last days in order, more on days with more trade."""
    open_days = list(list_opening_hours(days, now))
    shares = list(accumulate(day.weight for day in open_days))
    times = []
    for number in range(count):
        position = (number + random.random()) / count * shares[-1]
        index = bisect_left(shares, position)
        day = open_days[index]
        part = 1 - (shares[index] - position) / day.weight
        times.append((day.opening + part * (day.closing - day.opening)).replace(microsecond=0))
    return times


def list_opening_hours(days: int, now: datetime) -> Iterator[Hours]:
    """Yield the opening hours of every day with trade. The last day ends now."""
    hours = read_toml("shop.toml")["hours"]
    for ago in range(days, -1, -1):
        day = now.date() - timedelta(days=ago)
        opening, closing = (datetime.combine(day, hours[name], UTC) for name in ("opens", "closes"))
        elapsed_share = (min(closing, now) - opening) / (closing - opening)
        weight = hours["weekdays"][day.weekday()] * hours["months"][day.month - 1] * elapsed_share
        if weight > 0:
            yield Hours(opening, min(closing, now), weight)
