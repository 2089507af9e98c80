"""Create the demo shop: its users, its products, and months of operations booked through the services."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import NamedTuple

from biip.checksums import gs1_standard_check_digit
from django.contrib.auth.models import Group
from django.utils import timezone

from core.database.postgres.base import execute
from core.ownership import save_fields
from desk.saved.services import create_view
from ops.demo.contacts import create_contacts
from ops.demo.credentials import DEMO_KEYS, DEMO_PASSWORD
from ops.demo.goods import (
    LEAD_DAYS,
    PACK_SIZES,
    SUPPLIERS,
    Good,
    add_offers,
    add_pictures,
    choose_goods,
    describe_products,
)
from ops.demo.kits import make_kits, pack_tea
from ops.demo.money import create_taxes, make_till, open_drawer, sell_wrapped
from ops.demo.places import CAMOMILE, OPEN_CATEGORY, count_sheets, fill_places
from ops.demo.state import list_missing_keys
from ops.demo.trade import DemoOperation, Trade, choose_times
from products.models import Product
from records.events.models import Event, EventType, WebhookState
from records.events.webhooks.services import create_webhook
from records.history.models import recorded
from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.goods.edits.services import ProductEdit, edit_products
from stock.goods.services import change_product, find_or_create_category
from stock.models import MovementType, Operation, OperationReason
from stock.proofs.door import verify_account
from stock.proofs.services import seal_account
from suppliers.models import Supplier
from trade.customers.models import Customer
from trade.purchasing.lines import OrderedLine, ReceivedLine
from trade.purchasing.models import Order
from trade.purchasing.services import create_order, receive, send_order
from trade.reservations.services import ReservedLine, fulfil, reserve
from trade.selling.services import book, reverse_operation
from users import services as users
from users.access import support_group
from users.access.callers import Caller
from users.keys import services as keys
from users.models import User
from users.sign_in import links

VIEWS = (
    ("Low on stock", "products", "low_stock=true&ordering=quantity", ["name", "quantity", "supplier"]),
    ("Earned last month", "reports/margins", "period=last_month", None),
)


def add_views(owner: User) -> None:
    """Let the owner share a view of a list and one of a report."""
    for name, route, query, columns in VIEWS:
        create_view(user=owner, name=name, route=route, query=query, columns=columns, shared=True)


SEED = 1706
SHOP = {
    "shop_name": "Linden Street Tea", "time_zone": "Europe/Vienna", "currency": "EUR", "country": "AT",
    "shop_address": "Linden Street 1\n1010 Vienna", "receipt_note": "Thank you, and enjoy your tea.",
}  # fmt: skip
MAX_LINES = 1000  # the limit of one operation, as in the API
RESERVED_CATEGORY = "Crockery"
RAISED_CATEGORY, RISE = "Spices", Decimal("0.20")
# PostgreSQL makes plans for the empty tables, which become slower and slower as the tables grow.
ANALYZE = "ANALYZE products_product, stock_operation, stock_movement"
ANALYZE_AFTER = (0, 500, 5000)  # the numbers of events after which the tables are analyzed
WORKERS = {
    "helper": "worker", "trainee": "worker", "manager": "manager", "counter": "counter", "viewer": "viewer",
}  # fmt: skip
LOOSE_DECIMALS, GRAMS, GRAMS_SOLD = 3, 1000, 350  # of goods that are sold loose: a kilogram, and a sale
TWO_WEEKS = 14 * 24 * 60 * 60  # in seconds
CASES = {"TEA-SENCHA": 12, "TEA-EARL": 12, "TEA-MINT": 12}  # the packets in a case, by SKU
CASE_DIGIT = "1"  # the first digit of a case's GTIN-14, which GS1 calls the packaging level
PACKS_IN_DRAFT, PACKS_SENT = 2, 4
MAX_ORDERED = 4  # the most products of an order


class Size(NamedTuple):
    """The size of a shop: its products, its days of trade, and the number of sales in these days."""

    products: int
    days: int
    receipts: int


SIZES = {"small": Size(300, 182, 1300), "large": Size(12_000, 548, 24_000)}


def fill(size: Size) -> None:
    """Create the demo users, and their shop with its history up to now."""
    people = create_users()
    random = Random(SEED)  # noqa: S311, not a secret
    goods = choose_goods(size.products, random)
    ids = create_products(people["demo"], goods)
    events = list(Trade(goods, random, size.days, size.receipts).generate_events())
    times = choose_times(len(events), size.days, datetime.now(UTC), random)
    book_openings(people["demo"], goods, ids, times[0] - timedelta(hours=1))
    for number, (event, time) in enumerate(zip(events, times, strict=True)):
        if number in ANALYZE_AFTER:
            execute(ANALYZE)
        book_event(event, time, people, ids, goods)
    book_reversed_sale(people, ids, goods)
    make_kits(people["demo"])
    pack_tea(people["demo"])
    add_offers(people["demo"])
    add_views(people["demo"])
    open_drawer(people["demo"])
    fill_places(people["demo"], people["helper"])
    add_cases(people["demo"])
    add_pictures(people["demo"], ids)
    describe_products(people["demo"])
    create_contacts(people["demo"])
    make_reservations(people)
    make_orders(people["demo"], people["helper"])
    make_till(people["demo"], ids)
    count_sheets(people)
    sell_wrapped(people["demo"], OPEN_CATEGORY)
    raise_prices(people["demo"])
    # The receiver is the one of docs/webhooks.md on this machine.
    create_webhook(by=people["demo"], url="http://127.0.0.1:9999/events", state=WebhookState.OFF)
    execute(ANALYZE)
    seal_account(owner_id=people["demo"].pk)
    verify_account(people["demo"].pk)


def make_reservations(people: dict[str, User]) -> None:
    """Reserve stock for somebody, for an order of the web shop, and for two orders of customers.

    One is to be handed out today. Of the other one, a part has been handed out.
    """
    in_stock = Product.objects.for_user(people["demo"]).filter(category__name=RESERVED_CATEGORY, quantity__gte=5)
    pot, *others = [ReservedLine(by_id(product.pk), 1) for product in in_stock.order_by("id")[:3]]
    note = "picks it up on her way home"
    reserve(by=people["helper"], lines=[pot], expires_in=None, reference="Mrs. Novak", note=note)
    reserve(by=people["demo"], lines=others, expires_in=TWO_WEEKS, reference="web order 9003")
    customer, cafe = Customer.objects.for_user(people["demo"]).order_by("id")[:2]
    ordered = [replace(line, unit_price=Decimal("15.00")) for line in others]
    wanted_on = people["demo"].shop_today()
    reserve(by=people["helper"], lines=ordered, customer=customer, wanted_on=wanted_on)
    loose = Product.objects.for_user(people["demo"]).filter(decimals=LOOSE_DECIMALS).earliest("id")
    tea, camomile = ReservedLine(by_id(loose.pk), GRAMS), ReservedLine(CAMOMILE, 6)
    wanted_on += timedelta(days=7)
    order = reserve(by=people["helper"], lines=[tea, camomile], customer=cafe, wanted_on=wanted_on)
    fulfil(by=people["helper"], pk=order.pk, lines=[camomile], keep_rest=True)


def raise_prices(owner: User) -> None:
    """Raise the prices of a category in one edit."""
    products = Product.objects.for_user(owner).live().filter(category__name=RAISED_CATEGORY).order_by("id")
    raised = [ProductEdit(by_id(product.pk), {"price": product.price + RISE}, {}) for product in products]
    edit_products(by=owner, lines=raised[:MAX_LINES])


def create_users() -> dict[str, User]:
    """Create an owner with two keys, its workers, support staff and a superuser. Return owner and workers by name."""
    owner = users.register(
        by=Caller(), username="demo", password=DEMO_PASSWORD, email="demo@teashop.example", developer=False
    )
    links.mark_confirmed(owner)  # a confirmed address lets visitors try how mail is sent
    save_fields(owner, SHOP)
    workers = {
        name: users.employ(by=Caller(owner), username=name, password=DEMO_PASSWORD, role=role)
        for name, role in WORKERS.items()
    }
    add_missing_keys(owner)
    staff = User.objects.create_user("support", password=DEMO_PASSWORD, is_staff=True)
    staff.groups.add(Group.objects.get(name=support_group.NAME))
    User.objects.create_superuser("admin", password=DEMO_PASSWORD)
    return {"demo": owner, **workers}


def add_missing_keys(owner: User) -> None:
    """Issue the owner's public keys that do not exist yet. Raise TooManyKeys if it has too many of its own."""
    for text in list_missing_keys():
        name, scope = DEMO_KEYS[text]
        keys.issue_key(by=Caller(owner), user=owner, name=name, scope=scope, expires_at=None, text=text)


def create_products(owner: User, goods: list[Good]) -> list[int]:
    """Create suppliers, categories and products without stock. Return the ids of the products."""
    suppliers = {
        name: Supplier.objects.create(owner=owner, name=name, contact_email=email, lead_days=LEAD_DAYS[name])
        for name, email in SUPPLIERS.items()
    }
    names = dict.fromkeys(good.category for good in goods)
    categories = {name: find_or_create_category(owner_id=owner.pk, name=name) for name in names}
    taxes = create_taxes(owner, list(names))
    products = [
        Product(
            owner=owner,
            sku=good.sku,
            barcode=good.barcode,
            name=good.name,
            category=categories[good.category],
            supplier=suppliers[good.supplier],
            tax=taxes[good.category],
            unit="kg" if good.is_loose else "pcs",
            decimals=LOOSE_DECIMALS if good.is_loose else 0,
            price=good.price,
            cost_price=good.cost,
            min_threshold=good.threshold * GRAMS if good.is_loose else good.threshold,
            pack_size=PACK_SIZES.get(good.supplier, 1) * (GRAMS if good.is_loose else 1),
            expiration_date=None if good.expires_in is None else owner.shop_today() + timedelta(days=good.expires_in),
        )
        for good in goods
    ]
    with recorded(Product, owner.pk) as changes:
        ids = [product.pk for product in Product.objects.bulk_create(products, batch_size=MAX_LINES)]
        now = timezone.now()
        changes.record_created(ids, now)
    Event.objects.record_products(owner_id=owner.pk, event_type=EventType.PRODUCT_CREATED, products=ids, at=now)
    return ids


def book_openings(owner: User, goods: list[Good], ids: list[int], occurred_at: datetime) -> None:
    pairs = zip(ids, goods, strict=True)
    lines = [
        BookingLine(by_id(product_id), MovementType.IN, good.opening * (GRAMS if good.is_loose else 1))
        for product_id, good in pairs
    ]
    for start in range(0, len(lines), MAX_LINES):
        draft = OperationDraft(by=owner, reason=OperationReason.OPENING, occurred_at=occurred_at)
        book(draft=draft, lines=lines[start : start + MAX_LINES])


def count_units(good: Good, event: DemoOperation, quantity: int) -> int:
    """Return the base units of a quantity. Sales of loose goods are of some hundred grams, others of kilograms."""
    if not good.is_loose:
        return quantity
    return quantity * (GRAMS_SOLD if event.reason == OperationReason.SALE else GRAMS)


def book_event(
    event: DemoOperation, at: datetime | None, people: dict[str, User], ids: list[int], goods: list[Good]
) -> Operation:
    """Book an event, now or at the given time. `ids` and `goods` have the products by their index."""
    by = people[event.performed_by]
    draft = OperationDraft(by=by, reason=event.reason, reference=event.reference, note=event.note, occurred_at=at)
    lines = [
        BookingLine(by_id(ids[number]), event.movement_type, count_units(goods[number], event, quantity))
        for number, quantity in event.lines.items()
    ]
    return book(draft=draft, lines=lines)[0].operation


def book_reversed_sale(people: dict[str, User], ids: list[int], goods: list[Good]) -> None:
    """Book the same sale twice at the present time, and reverse the second one as the owner."""
    sale = DemoOperation("trainee", OperationReason.SALE, MovementType.OUT, {0: 1, 8: 2}, "till 9001")
    book_event(sale, None, people, ids, goods)
    reverse_operation(by=people["demo"], operation=book_event(sale, None, people, ids, goods), note="Rung up twice")


def add_cases(owner: User) -> None:
    for product in Product.objects.for_user(owner).live().filter(sku__in=CASES).order_by("id"):
        codes = [{"code": make_case_code(product.barcode), "quantity": CASES[product.sku]}]
        change_product(by=owner, product_id=product.pk, codes=codes)


def make_case_code(barcode: str) -> str:
    """Return the GTIN-14 of a case of the article with this EAN-13."""
    digits = f"{CASE_DIGIT}{barcode[:-1]}"
    return f"{digits}{gs1_standard_check_digit(digits)}"


def make_orders(owner: User, helper: User) -> None:
    """Write a draft of products that are low, send an order to the first supplier, and receive half of it."""
    products = Product.objects.for_user(owner).live().order_by("id")
    first, *others = Supplier.objects.for_user(owner).order_by("id")
    low = list(products.filter(is_low_stock=True, supplier__in=others))
    supplier = next((product.supplier for product in low if product.supplier), others[0])
    wanted = [product for product in low if product.supplier == supplier] or list(products.filter(supplier=supplier))
    write_order(owner, supplier, wanted[:MAX_ORDERED], PACKS_IN_DRAFT, reference="what is low")
    best, *rare = products.filter(supplier=first)
    ordered = [best, *rare[1 - MAX_ORDERED :]]
    sent = write_order(owner, first, ordered, PACKS_SENT, reference="autumn", note="Please deliver before noon.")
    send_order(by=owner, pk=sent.pk)
    arrived = [ReceivedLine(by_id(product.pk), PACKS_SENT * product.pack_size) for product in ordered[2:]]
    receive(by=helper, pk=sent.pk, lines=arrived, note="the rest comes next week")


def write_order(
    owner: User, supplier: Supplier, products: list[Product], packs: int, *, reference: str, note: str = ""
) -> Order:
    lines = [OrderedLine(by_id(product.pk), packs * product.pack_size) for product in products]
    return create_order(by=owner, supplier=supplier, lines=lines, reference=reference, note=note)
