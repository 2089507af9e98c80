"""The demo shop: a tea shop, with suppliers, a shelf and some weeks of trade. Booked by the service like any other."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from inventory_api.welcome import DEMO_PASSWORD
from products.models import Product
from products.querysets import today
from products.services import find_or_create_category
from stock.locking import by_id
from stock.models import MovementType, Reason
from stock.services import Act, Line, book
from suppliers.models import Supplier
from users import services as users
from users.models import Role, User

SUPPLIERS = {"Misty Slope Gardens": "orders@mistyslope.example", "Clay & Kiln": "hello@clayandkiln.example"}
# sku, name, category, supplier, price, cost, opening quantity, threshold, days until it expires
SHELF: list[tuple[str, str, str, str, str, str, int, int, int | None]] = [
    ("TEA-ASSAM", "Assam, strong, 250 g", "Black tea", "Misty Slope Gardens", "8.90", "4.10", 60, 15, 400),
    ("TEA-EARL", "Earl Grey, 250 g", "Black tea", "Misty Slope Gardens", "9.50", "4.60", 45, 15, 380),
    ("TEA-SENCHA", "Sencha, spring harvest, 100 g", "Green tea", "Misty Slope Gardens", "12.40", "6.20", 30, 10, 150),
    ("TEA-GENMAI", "Genmaicha, 100 g", "Green tea", "Misty Slope Gardens", "10.80", "5.00", 12, 10, -3),
    ("TEA-MINT", "Mint leaves, 80 g", "Herbs", "Misty Slope Gardens", "5.20", "1.90", 26, 20, 60),
    ("TEA-CAMO", "Camomile flowers, 80 g", "Herbs", "Misty Slope Gardens", "5.60", "2.10", 24, 20, 45),
    ("POT-CLAY-S", "Clay pot, 0.4 l", "Crockery", "Clay & Kiln", "34.00", "17.50", 8, 3, None),
    ("POT-CLAY-L", "Clay pot, 0.9 l", "Crockery", "Clay & Kiln", "48.00", "25.00", 5, 3, None),
    ("CUP-BLUE", "Cup, blue glaze", "Crockery", "Clay & Kiln", "11.00", "5.40", 40, 12, None),
    ("SIEVE", "Sieve, steel", "Tools", "Clay & Kiln", "6.50", "2.80", 18, 6, None),
]
# days ago, type, reason, reference, quantities by sku
TRADE: list[tuple[int, str, str, str, dict[str, int]]] = [
    (20, MovementType.OUT, Reason.SALE, "till 118", {"TEA-ASSAM": 4, "TEA-EARL": 3, "CUP-BLUE": 6}),
    (17, MovementType.OUT, Reason.SALE, "till 126", {"TEA-SENCHA": 5, "POT-CLAY-S": 1, "SIEVE": 2}),
    (14, MovementType.OUT, Reason.DAMAGE, "dropped while unpacking", {"POT-CLAY-L": 1}),
    (12, MovementType.IN, Reason.PURCHASE, "delivery 2041", {"TEA-ASSAM": 40, "TEA-EARL": 30}),
    (9, MovementType.OUT, Reason.SALE, "till 151", {"TEA-MINT": 9, "TEA-CAMO": 8, "TEA-EARL": 11}),
    (5, MovementType.OUT, Reason.SALE, "web order 77", {"POT-CLAY-L": 2, "CUP-BLUE": 8, "TEA-SENCHA": 7}),
    (2, MovementType.IN, Reason.RETURN, "web order 77", {"POT-CLAY-L": 1}),
]


class Command(BaseCommand):
    help = "Create the demo users and their shop, unless they are there. In demo mode only."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo shop exists in demo mode only: set DEMO=on.")
        if User.objects.filter(username="demo").exists():
            return
        owner = users.register(username="demo", password=DEMO_PASSWORD, email="demo@teashop.example")
        helper = users.register(username="helper", password=DEMO_PASSWORD, role=Role.WORKER)
        helper.employer = owner
        helper.save(update_fields=["employer"])
        User.objects.create_superuser("support", password=DEMO_PASSWORD)
        fill_shelf(owner)
        trade(owner)


def fill_shelf(owner: User) -> None:
    suppliers = {
        name: Supplier.objects.create(owner=owner, name=name, contact_email=email) for name, email in SUPPLIERS.items()
    }
    opening = []
    for sku, name, category, supplier, price, cost, quantity, threshold, days in SHELF:
        product = Product.objects.create(
            owner=owner,
            sku=sku,
            name=name,
            category=find_or_create_category(owner_id=owner.pk, name=category),
            supplier=suppliers[supplier],
            unit="pcs",
            price=price,
            cost_price=cost,
            min_threshold=threshold,
            expiration_date=None if days is None else today() + timedelta(days=days),
        )
        opening.append(Line(by_id(product.pk), MovementType.IN, quantity))
    book(Act(owner.pk, owner, Reason.OPENING, occurred_at=days_ago(30)), opening)


def trade(owner: User) -> None:
    ids = dict(Product.objects.for_user(owner).values_list("sku", "id"))
    for days, movement_type, reason, reference, quantities in TRADE:
        lines = [Line(by_id(ids[sku]), movement_type, quantity) for sku, quantity in quantities.items()]
        book(Act(owner.pk, owner, reason, reference, occurred_at=days_ago(days)), lines)


def days_ago(days: int) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)
