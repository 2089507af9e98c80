"""The money of the demo shop: its rates of VAT, how its newest sales are paid, and the till with its closing."""

from copy import copy
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db import transaction

from ops.demo.credentials import DEMO_KEY
from products.models import Product, Tax
from products.taxes.services import create_tax
from records.events.services import number_all_events
from stock.booking.drafts import BookingLine, Discount, OperationDraft, PaymentDraft, by_id
from stock.goods.services import create_product
from stock.models import MovementType, OperationReason
from suppliers.models import Supplier
from trade.closings.services import make_closing, move_cash
from trade.selling.services import book
from trade.tills.models import Till
from trade.tills.services import claim_number, drop_number
from users.models import ApiKey, User

REDUCED, STANDARD = ("Reduced rate", Decimal("10.00")), ("Standard rate", Decimal("20.00"))
NOT_FOOD = {"Crockery", "Tools", "Gifts"}  # the categories with the standard rate
CHANGE = Decimal(100)  # what is in a drawer in the morning
HANDED_OVER = Decimal(50)  # what a customer hands over for the first sale of the till
MISSING = Decimal("0.20")  # less is counted in the drawer than should be there
CASH, CARD = PaymentDraft("cash"), PaymentDraft("card")
DEPOSIT = PaymentDraft("card", Decimal("5.00"))
WRAPPED = 3


def create_taxes(owner: User, categories: list[str]) -> dict[str, Tax]:
    """Create two rates of VAT, and return the rate of each category."""
    reduced, standard = (create_tax(owner_id=owner.pk, name=name, rate=rate) for name, rate in (REDUCED, STANDARD))
    owner.refresh_from_db(fields=["has_taxes"])
    return {name: standard if name in NOT_FOOD else reduced for name in categories}


def open_drawer(owner: User) -> None:
    """Close the drawer without a till for the first time: the sales so far were made before the shop noted payments."""
    number_all_events(owner.pk)
    make_closing(by=owner, till=None, counted=CHANGE, kept=CHANGE, note="The first float")


def make_till(owner: User, ids: list[int]) -> None:
    """Pair the public key with a till. Book two sales under its numbers, and give up the number between them.

    Change is put into its drawer, which is closed for the first time: some cash is missing.
    """
    key = ApiKey.objects.get(prefix=DEMO_KEY.split("_")[1])
    till = Till.objects.create(owner=owner, user=owner, name="Counter", key_prefix=key.prefix)
    key.name = till.numbered_name  # a sale has the number of its reference if that begins with the name of the key
    key.save(update_fields=["name"])
    device = copy(owner)
    device.api_key = key
    in_stock = Product.objects.for_user(owner).filter(pk__in=ids, quantity__gte=5, price__lt=HANDED_OVER)
    cash, other = in_stock.order_by("-id")[:2]
    for number, product, paid in ((1, cash, replace(CASH, tendered=HANDED_OVER)), (3, other, CARD)):
        reference = f"{till.numbered_name} #{number}"
        draft = OperationDraft(by=device, reason=OperationReason.SALE, reference=reference, payments=[paid])
        with transaction.atomic():
            claim_number(device, f"{till.prefix}{number:06}")
            book(draft=draft, lines=[sell(product)])
    drop_number(by=device, till_id=till.pk, number=2, note="The cup fell from the counter.", sale=None)
    move_cash(by=device, till=till, kind="in", amount=CHANGE, reason="Change for the morning")
    number_all_events(owner.pk)
    make_closing(by=device, till=till, counted=CHANGE + cash.price - MISSING, kept=CHANGE)


def sell_wrapped(owner: User, category: str) -> None:
    """Sell crockery with gift wrapping, which nobody counts, at a discount. A deposit is paid, the rest is due."""
    money: dict[str, Any] = {"price": Decimal("2.50"), "cost_price": Decimal("0.60")}
    gift = Product.objects.for_user(owner).filter(category__name="Crockery", quantity__gte=5).latest("id")
    named: dict[str, Any] = {"name": "Gift wrapping", "sku": "GIFT-WRAP", "category": category, "unit": "pcs"}
    supplier, rate = Supplier.objects.for_user(owner).earliest("id"), Tax.objects.for_user(owner).latest("rate")
    service = create_product(by=owner, supplier=supplier, tax=rate, keeps_stock=False, **named, **money)
    terms: Any = {"discount": Discount(percent=Decimal(10)), "payments": [DEPOSIT]}
    draft = OperationDraft(by=owner, reason=OperationReason.SALE, note="Pays the rest on Friday.", **terms)
    book(draft=draft, lines=[sell(gift), sell(service, WRAPPED)])


def sell(product: Product, quantity: int = 1) -> BookingLine:
    return BookingLine(by_id(product.pk), MovementType.OUT, quantity, unit_price=product.price)
