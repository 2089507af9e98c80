"""Books the demo shop's story by the services that book everything."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from django.contrib.auth.models import Group
from django.db import connection

from demo.credentials import DEMO_PASSWORD
from demo.goods import Good, shelf
from demo.hours import moments
from demo.ranges import SUPPLIERS
from demo.trade import Event, Trade
from products.models import Product
from products.querysets import today
from products.services import find_or_create_category
from stock.drafts import CountLine, Line, OperationDraft
from stock.locking import by_id
from stock.models import MovementType, Operation, Reason
from stock.services import book, count_stock, reverse_operation
from stock.verification import verify_account
from suppliers.models import Supplier
from users import services as users
from users import support_group
from users.callers import Caller
from users.models import User

SEED = 1706
MAX_LINES = 1000  # of an operation, as over the API
COUNTED_CATEGORY = "Crockery"
ANALYZED_AFTER = (0, 500, 5000)  # events
MAX_COUNTED = 24
MISCOUNTS = {5: -1, 11: 1}  # by the number of the line, what the count finds beside the books


@dataclass(frozen=True)
class Size:
    """How much of everything: products, days of trade, receipts in these days."""

    products: int
    days: int
    receipts: int


SIZES = {"small": Size(300, 182, 1300), "large": Size(12_000, 548, 24_000)}


def fill(size: Size) -> None:
    """The demo users, and their shop with its history up to now."""
    people = hire()
    random = Random(SEED)  # noqa: S311, a story and no secret
    goods = shelf(size.products, random)
    ids = stock_up(people["demo"], goods)
    events = list(Trade(goods, random, size.days, size.receipts).events())
    times = moments(len(events), size.days, datetime.now(UTC), random)
    open_shop(people["demo"], goods, ids, times[0] - timedelta(hours=1))
    for number, (event, moment) in enumerate(zip(events, times, strict=True)):
        if number in ANALYZED_AFTER:
            analyze()
        happen(event, moment, people, ids)
    ring_up_twice(people, ids)
    take_stock(people)
    analyze()
    verify_account(people["demo"].pk)


def hire() -> dict[str, User]:
    """An owner, two workers, support staff and a superuser; who they are says demo.banner."""
    owner = users.register(username="demo", password=DEMO_PASSWORD, email="demo@teashop.example")
    workers = {
        name: users.employ(by=Caller(owner), username=name, password=DEMO_PASSWORD) for name in ("helper", "trainee")
    }
    staff = User.objects.create_user("support", password=DEMO_PASSWORD, is_staff=True)
    staff.groups.add(Group.objects.get(name=support_group.NAME))
    User.objects.create_superuser("admin", password=DEMO_PASSWORD)
    return {"demo": owner, **workers}


def stock_up(owner: User, goods: list[Good]) -> list[int]:
    """Suppliers, categories and products without stock; the products' ids."""
    suppliers = {
        name: Supplier.objects.create(owner=owner, name=name, contact_email=email) for name, email in SUPPLIERS.items()
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
            unit="pcs",
            price=good.price,
            cost_price=good.cost,
            min_threshold=good.threshold,
            expiration_date=None if good.expires_in is None else today() + timedelta(days=good.expires_in),
        )
        for good in goods
    ]
    return [product.pk for product in Product.objects.bulk_create(products, batch_size=MAX_LINES)]


def open_shop(owner: User, goods: list[Good], ids: list[int], moment: datetime) -> None:
    lines = [
        Line(by_id(product_id), MovementType.IN, good.opening) for product_id, good in zip(ids, goods, strict=True)
    ]
    for start in range(0, len(lines), MAX_LINES):
        book(
            draft=OperationDraft(by=owner, reason=Reason.OPENING, occurred_at=moment),
            lines=lines[start : start + MAX_LINES],
        )


def analyze() -> None:
    """Tell the planner what there is by now: it plans for empty tables until then, and bookings take ever longer."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE products_product, stock_operation, stock_movement")


def happen(event: Event, moment: datetime | None, people: dict[str, User], ids: list[int]) -> Operation:
    draft = OperationDraft(
        by=people[event.performed_by],
        reason=event.reason,
        reference=event.reference,
        note=event.note,
        occurred_at=moment,
    )
    lines = [Line(by_id(ids[number]), event.movement_type, quantity) for number, quantity in event.lines.items()]
    return book(draft=draft, lines=lines)[0].operation


def ring_up_twice(people: dict[str, User], ids: list[int]) -> None:
    """Just now, and the owner has reversed the second one already."""
    sale = Event("trainee", Reason.SALE, MovementType.OUT, {0: 1, 8: 2}, "till 9001")
    happen(sale, None, people, ids)
    reverse_operation(by=people["demo"], operation=happen(sale, None, people, ids), note="Rung up twice")


def take_stock(people: dict[str, User]) -> None:
    """What stands in one aisle is counted today; all but two of the numbers agree."""
    owner = people["demo"]
    counted = Product.objects.for_user(owner).filter(category__name=COUNTED_CATEGORY).order_by("id")[:MAX_COUNTED]
    lines = [
        CountLine(by_id(product.pk), max(product.quantity + MISCOUNTS.get(number, 0), 0))
        for number, product in enumerate(counted)
    ]
    count_stock(
        draft=OperationDraft(by=people["helper"], reason=Reason.COUNT, reference="stock-take, crockery"),
        lines=lines,
    )
