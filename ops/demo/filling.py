"""Create the demo shop: its users, its products, and months of operations booked through the services."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, NamedTuple

from biip.checksums import gs1_standard_check_digit
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from core.database.postgres.base import execute
from core.ownership import save_fields
from ops.demo.contacts import create_customers
from ops.demo.credentials import DEMO_KEY, DEMO_KEYS, DEMO_PASSWORD
from ops.demo.goods import LEAD_DAYS, PACK_SIZES, SUPPLIERS, Good, choose_goods
from ops.demo.pictures import add_pictures
from ops.demo.state import list_missing_keys
from ops.demo.trade import DemoOperation, Trade, choose_times
from ops.demo.variants import describe_products
from products.models import Category, Product
from records.events.models import Event, EventType, WebhookState
from records.events.services import number_all_events
from records.events.webhooks.services import create_webhook
from records.history.models import recorded
from stock.booking.drafts import (
    BookingLine,
    CountLine,
    OperationDraft,
    PlaceReference,
    ProductReference,
    TransferLine,
    by_id,
)
from stock.booking.returning import ReturnLine
from stock.booking.services import book, count_stock, return_sale, reverse_operation, transfer
from stock.goods.services import change_product, create_product, find_or_create_category
from stock.models import Location, MovementType, Operation, OperationReason
from stock.proofs.seals import seal_account
from stock.proofs.verification import verify_account
from suppliers.models import Supplier
from trade.closings.services import make_closing, move_cash
from trade.customers.models import Customer
from trade.purchasing.lines import OrderedLine, ReceivedLine
from trade.purchasing.models import Order
from trade.purchasing.services import create_order, receive, send_order
from trade.reservations.services import ReservedLine, fulfil, reserve
from trade.sheets.entry_services import EntryLine, enter
from trade.sheets.services import open_sheet, recount
from trade.tills.models import Till
from trade.tills.numbers import claim_number, drop_number
from users import services as users
from users.access import support_group
from users.access.callers import Caller
from users.keys import services as keys
from users.models import User
from users.sign_in import links

SEED = 1706
SHOP = {"shop_name": "Linden Street Tea", "time_zone": "Europe/Vienna", "currency": "EUR"}
MAX_LINES = 1000  # the limit of one operation, as in the API
COUNTED_CATEGORY = "Crockery"
# PostgreSQL makes plans for the empty tables, which become slower and slower as the tables grow.
ANALYZE = "ANALYZE products_product, stock_operation, stock_movement"
ANALYZE_AFTER = (0, 500, 5000)  # the numbers of events after which the tables are analyzed
MAX_COUNTED = 24
MISCOUNTS = {5: -1, 11: 1, 17: -2}  # the difference between count and balance, by the index of the counted product
WORKERS = {
    "helper": "worker", "trainee": "worker", "manager": "manager", "counter": "counter", "viewer": "viewer",
}  # fmt: skip
SHEET_CATEGORY, COUNTERS = "Gifts", ("helper", "trainee")
SHEET_MISCOUNTS = {1: -1, 3: 7}  # the difference between count and balance, by the index of the product
LOOSE_DECIMALS, GRAMS, GRAMS_SOLD = 3, 1000, 350  # of goods that are sold loose: a kilogram, and a sale
TWO_WEEKS = 14 * 24 * 60 * 60  # in seconds
CASES = {"TEA-SENCHA": 12, "TEA-EARL": 12, "TEA-MINT": 12}  # the packets in a case, by SKU
CASE_DIGIT = "1"  # the first digit of a case's GTIN-14, which GS1 calls the packaging level
PACKS_IN_DRAFT, PACKS_SENT = 2, 4
MAX_ORDERED = 4  # the most products of an order

SHELF, CELLAR = "Shelf", "Cellar"
LOCATIONS = {SHELF: "Behind the counter", CELLAR: "Down the stairs, second door"}
PUT_AWAY = {"SAMOVAR": 2}  # this stock had no location before
CAMOMILE = ProductReference("sku", "TEA-CAMO")
CHANGE = Decimal(100)  # in the drawer of the till
SOLD_OF_TWO_LOTS = 10  # packets of camomile: the whole early lot and some of the late one
TO_THE_SHELF = {"TEA-SENCHA": 6, "TEA-CAMO": 4}


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
    book_count(people)
    fill_places(people["demo"], people["helper"])
    add_cases(people["demo"])
    add_pictures(people["demo"], ids)
    describe_products(people["demo"])
    create_customers(people["demo"])
    make_reservations(people)
    make_orders(people["demo"], people["helper"])
    make_till(people["demo"], ids)
    count_sheet(people)
    sell_service(people["demo"])
    # The receiver is the one of docs/webhooks.md on this machine.
    create_webhook(by=people["demo"], url="http://127.0.0.1:9999/events", state=WebhookState.OFF)
    execute(ANALYZE)
    seal_account(owner_id=people["demo"].pk)
    verify_account(people["demo"].pk)


def make_reservations(people: dict[str, User]) -> None:
    """Reserve stock for somebody, for an order of the web shop, and for two orders of customers.

    One is to be handed out today. Of the other one, a part has been handed out.
    """
    in_stock = Product.objects.for_user(people["demo"]).filter(category__name=COUNTED_CATEGORY, quantity__gte=5)
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


def make_till(owner: User, ids: list[int]) -> None:
    """Pair the public key with a till. Book two sales under its numbers, and give up the number between them.

    Change is put into its drawer, which is closed for the first time.
    """
    till = Till.objects.create(owner=owner, user=owner, name="Counter", key_prefix=DEMO_KEY.split("_")[1])
    in_stock = Product.objects.for_user(owner).filter(pk__in=ids, quantity__gte=5).order_by("-id")
    for number, product in zip((1, 3), in_stock[:2], strict=True):
        draft = OperationDraft(by=owner, reason=OperationReason.SALE, reference=f"{till.numbered_name} #{number}")
        with transaction.atomic():
            claim_number(owner, f"{till.prefix}{number:06}")
            book(draft=draft, lines=[BookingLine(by_id(product.pk), MovementType.OUT, 1, unit_price=product.price)])
    drop_number(by=owner, till_id=till.pk, number=2, note="The cup fell from the counter.", sale=None)
    move_cash(by=owner, till=till, kind="in", amount=CHANGE, reason="Change for the morning")
    number_all_events(owner.pk)
    make_closing(by=owner, till=till, counted=CHANGE, kept=CHANGE)


def sell_service(owner: User) -> None:
    """Sell something that nobody counts."""
    money: dict[str, Any] = {"price": Decimal("2.50"), "cost_price": Decimal("0.60")}
    named: dict[str, Any] = {"name": "Gift wrapping", "sku": "GIFT-WRAP", "category": SHEET_CATEGORY}
    supplier = Supplier.objects.for_user(owner).order_by("id").first()
    service = create_product(by=owner, supplier=supplier, keeps_stock=False, **named, **money)
    draft = OperationDraft(by=owner, reason=OperationReason.SALE)
    book(draft=draft, lines=[BookingLine(by_id(service.pk), MovementType.OUT, 3, unit_price=service.price)])


def count_sheet(people: dict[str, User]) -> None:
    """Open a blind sheet, and count half of it. One difference is large, and one product is to be counted again."""
    owner, category = people["demo"], Category.objects.for_user(people["demo"]).get(name=SHEET_CATEGORY)
    selection, tolerance = {"category": category.pk}, {"units": 1, "percent": "2.00"}
    name = f"{SHEET_CATEGORY}, autumn"
    sheet = open_sheet(by=owner, name=name, blind=True, location=None, selection=selection, tolerance=tolerance)
    products = list(Product.objects.for_user(owner).live().filter(category=category).order_by("name", "id"))
    half = products[: len(products) // 2]
    for number, product in enumerate(half):
        counted = max(product.quantity + SHEET_MISCOUNTS.get(number, 0), 0)
        enter(by=people[COUNTERS[number % 2]], pk=sheet.pk, lines=[EntryLine(by_id(product.pk), None, counted)])
    recount(by=owner, pk=sheet.pk, products=[half[-1].pk])


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
    products = [
        Product(
            owner=owner,
            sku=good.sku,
            barcode=good.barcode,
            name=good.name,
            category=categories[good.category],
            supplier=suppliers[good.supplier],
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


def book_count(people: dict[str, User]) -> None:
    """Book a count of one category today. Three counts differ from the balance."""
    owner = people["demo"]
    counted = Product.objects.for_user(owner).filter(category__name=COUNTED_CATEGORY).order_by("id")[:MAX_COUNTED]
    counts = [max(product.quantity + MISCOUNTS.get(number, 0), 0) for number, product in enumerate(counted)]
    lines = [CountLine(by_id(product.pk), count) for product, count in zip(counted, counts, strict=True)]
    draft = OperationDraft(by=people["helper"], reason=OperationReason.COUNT, reference="stock-take, crockery")
    count_stock(draft=draft, lines=lines)


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


class Harvest(NamedTuple):
    """A lot that is received. `expires_in` is the number of days from today."""

    sku: str
    code: str
    location: str
    quantity: int
    expires_in: int


HARVESTS = [
    Harvest("TEA-SENCHA", "First flush", CELLAR, 18, 120),
    Harvest("TEA-SENCHA", "Second flush", CELLAR, 24, 210),
    Harvest("TEA-CAMO", "Early", SHELF, 8, 9),
    Harvest("TEA-MINT", "Early", SHELF, 12, 10),
    Harvest("TEA-CAMO", "Late", CELLAR, 24, 200),
]


def fill_places(owner: User, helper: User) -> None:
    """Create the locations, receive the harvests, move some to the shelf, and sell from two lots in one line.

    Some of what was sold comes back, and a part of it is written off.
    """
    for name, note in LOCATIONS.items():
        Location.objects.create(owner=owner, name=name, note=note)
    draft = OperationDraft(by=owner, reason=OperationReason.PURCHASE, reference="harvest", note="new teas")
    book(draft=draft, lines=[receive_lot(harvest, owner) for harvest in HARVESTS])
    move(owner, None, CELLAR, PUT_AWAY, "put away")
    move(helper, CELLAR, SHELF, TO_THE_SHELF, "refill")
    line = BookingLine(CAMOMILE, MovementType.OUT, SOLD_OF_TWO_LOTS)
    draft = OperationDraft(by=helper, reason=OperationReason.SALE, reference="till 9002")
    sale = book(draft=draft, lines=[line])[0].operation
    back = [ReturnLine(CAMOMILE, 2), ReturnLine(CAMOMILE, 1, is_scrapped=True)]
    return_sale(by=helper, sale=sale, lines=back, note="One bag was torn.")


def receive_lot(harvest: Harvest, owner: User) -> BookingLine:
    expires_on = owner.shop_today() + timedelta(days=harvest.expires_in)
    place = PlaceReference(location=harvest.location, lot=harvest.code, expires_on=expires_on)
    return BookingLine(ProductReference("sku", harvest.sku), MovementType.IN, harvest.quantity, place=place)


def move(by: User, source: str | None, target: str, quantities: dict[str, int], reference: str) -> None:
    draft = OperationDraft(by=by, reason=OperationReason.TRANSFER, reference=reference)
    lines = [TransferLine(ProductReference("sku", sku), quantity) for sku, quantity in quantities.items()]
    transfer(draft=draft, source=source, target=target, lines=lines)
