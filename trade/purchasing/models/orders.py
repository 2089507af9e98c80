"""Purchase orders: what a shop has ordered from its suppliers, and the deliveries of each order.

The received quantity is not a column. It is computed from the movements of the deliveries, so it stays correct when a
delivery is reversed.
"""

import json
import re
from decimal import Decimal
from typing import Any, NoReturn

from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint

from core.database.postgres.base import execute
from core.model_fields import external_id_column, metadata_column, unique_external_id, user_name_column
from core.money.amounts import MAX_PRICE, price_of
from core.ownership import OwnedKey, OwnedModel, OwnedQuerySet, UserKey
from core.sentences import Goods, write_number
from products.models import KEPT, MAX_VALUE, Product, SaidGoods, all_or_nothing, quantity_range
from records.contacts.models import Contact, NamesContacts
from records.idempotency.models import IdempotencyKey
from stock.models import Operation
from stock.models.ledger import note_column, reference_column
from suppliers.models import Supplier
from trade.purchasing.models.sql import FOLLOW

MAX_MAIL_ERROR_LENGTH = 200
OFFERED = ("supplier_sku", "pack_size")  # what a line has from the supplier of its order
SAID = ("name", "sku", "barcode", "unit", *OFFERED)  # the columns that a line keeps of its product
ERASED_ADDRESS = "erased@example.invalid"  # replaces the address to which an order was mailed

# The mails of these sent orders have failed.
IS_UNMAILED = Q(state="sent", mailed_at=None) & ~Q(mail_error="")


class OrderState(models.TextChoices):
    DRAFT = "draft"
    SENT = "sent"
    CLOSED = "closed"


def follow_supplier(
    owner_id: int, orders: list[int], former: int | None, supplier: int | None, *, is_merged: bool = False
) -> None:
    """Give these drafts the costs of their new supplier in place of those of the former one."""
    values = {"owner": owner_id, "orders": orders, "former": former, "supplier": supplier, "is_merged": is_merged}
    execute(FOLLOW, values)


def has_moment(field: str, states: list[OrderState]) -> Q:
    """Return the condition that an order has a time in this field in these states, and none in other states."""
    return Q(state__in=states, **{f"{field}__isnull": False}) | (~Q(state__in=states) & Q(**{f"{field}__isnull": True}))


class Order(NamesContacts):
    """An order to a supplier. Only purchasing.services writes it, while its row is locked.

    `supplier_name` is the name when the order was written, and stays when the supplier is archived. `mail_due_at` is
    when the worker tries to mail the order next; `mail_error` says why the last try failed. `mailed_by` is who has
    asked for the mail, and gets the answer; if release 1.4.0 or an earlier one was asked, it is null.
    """

    supplier = OwnedKey(Supplier, null=True, related_name="orders")
    kept_supplier_id = models.BigIntegerField(null=True, editable=False, help_text=KEPT)
    supplier_name = models.CharField(max_length=255)
    state = models.CharField(max_length=6, choices=OrderState, default=OrderState.DRAFT)
    expected_on = models.DateField("expected", null=True)
    reference = reference_column()
    external_id = external_id_column()
    metadata = metadata_column()
    note = note_column()
    made_by = UserKey()
    made_by_username = user_name_column()
    created_at = models.DateTimeField("added", auto_now_add=True)
    updated_at = models.DateTimeField("changed", auto_now=True)
    sent_at = models.DateTimeField("sent", null=True)
    closed_at = models.DateTimeField("closed", null=True)
    mail_to = models.EmailField("mailed to", blank=True)
    mailed_by = UserKey(null=True, db_constraint=False)
    mail_due_at = models.DateTimeField(null=True)
    mail_tries = models.PositiveSmallIntegerField(default=0)
    mail_error = models.CharField("why it was not mailed", max_length=MAX_MAIL_ERROR_LENGTH, blank=True)
    mailed_at = models.DateTimeField(null=True)

    objects = OwnedQuerySet.as_manager()
    moved_as = "purchase_orders"

    # The function attach_order_lines() in trade/purchasing/lines.py sets these attributes.
    shown: list["OrderLine"]
    operations: list[int]

    class Meta:
        verbose_name = "purchase order"
        constraints = [
            unique_external_id("purchasing_order"),
            CheckConstraint(condition=Q(state__in=OrderState.values), name="purchasing_order_state"),
            CheckConstraint(
                condition=has_moment("sent_at", [OrderState.SENT, OrderState.CLOSED]), name="purchasing_order_sent_at"
            ),
            CheckConstraint(condition=has_moment("closed_at", [OrderState.CLOSED]), name="purchasing_order_closed_at"),
            CheckConstraint(
                condition=Q(mail_due_at__isnull=True, mailed_at__isnull=True)
                | (~Q(mail_to="") & (Q(mail_due_at__isnull=True) | Q(mailed_at__isnull=True))),
                name="purchasing_order_mail",
            ),
        ]
        indexes = [
            Index(fields=["owner", "state", "id"], name="purchasing_order_by_state"),
            Index(fields=["owner", "supplier", "id"], name="purchasing_order_by_supplier"),
            Index(
                fields=["owner", "reference", "id"], condition=~Q(reference=""), name="purchasing_order_by_reference"
            ),
            Index(
                fields=["owner", "mail_due_at"], condition=Q(mail_due_at__isnull=False), name="purchasing_order_to_mail"
            ),
        ]

    def __str__(self) -> str:
        return f"order {self.pk}"

    @classmethod
    def forget(cls, owner_id: int, person: Any) -> None:
        """Remove the address of an erased supplier. An order that is still to be mailed to it is not mailed."""
        super().forget(owner_id, person)
        if isinstance(person, Supplier):
            of_supplier = Q(supplier_id=person.pk) | Q(kept_supplier_id=person.pk)
            orders = cls.objects.filter(of_supplier, owner_id=owner_id).exclude(mail_to="")
            addresses = {json.dumps(order.mail_to, ensure_ascii=False) for order in orders}
            stored = {re.escape(f'"mail_to":{text}'): f'"mail_to":"{ERASED_ADDRESS}"' for text in addresses}
            orders.update(mail_to=ERASED_ADDRESS, mail_due_at=None, mail_error="")
            IdempotencyKey.replace_in_bodies(owner_id, stored)

    @classmethod
    def move(cls, contact: Contact, into: Contact) -> None:
        """Let the orders name `into`. Drafts, which are still to be sent to it, get its name and costs.

        The offers move after this.
        """
        drafts = cls.objects.filter(cls.is_naming(contact), owner_id=contact.owner_id, state=OrderState.DRAFT)
        drafts.update(supplier_name=into.name)
        follow_supplier(
            contact.owner_id, list(drafts.values_list("pk", flat=True)), contact.pk, into.pk, is_merged=True
        )
        super().move(contact, into)

    @property
    def any_supplier_id(self) -> int | None:
        """Return the supplier of the order, also while it is archived."""
        return self.supplier_id or self.kept_supplier_id

    @property
    def state_detail(self) -> str:
        """Return the state, of a sent order with whether it has arrived, or a part of it."""
        if self.state != OrderState.SENT:
            return self.state
        some = "partly_received" if any(line.received for line in self.shown) else self.state
        return "received" if self.is_received else some

    @property
    def is_received(self) -> bool:
        """Return whether the whole order has arrived, by the attached lines."""
        return self.state != OrderState.DRAFT and all(line.received >= line.quantity for line in self.shown)

    @property
    def tells_present(self) -> bool:
        """Return whether the order is sent and shows present values of a product, because nothing was kept."""
        return self.state != OrderState.DRAFT and not all(line.is_kept for line in self.shown)

    @property
    def cost(self) -> Decimal | None:
        """Return the cost of the attached lines that have a cost, or None if none has."""
        costs = [line.cost_in_all for line in self.shown if line.cost_in_all is not None]
        return sum(costs, Decimal()) if costs else None


class OrderLine(SaidGoods, OwnedModel):
    """An ordered product. The lines of a draft are replaced together, and those of a sent order never change.

    When the order is sent, the line keeps the names and the unit of its product. A draft shows the present ones, and so
    do orders that release 1.1.0 has sent.
    """

    order = OwnedKey(Order, related_name="lines")
    product = OwnedKey(Product)
    quantity = models.BigIntegerField()
    unit_cost = models.DecimalField("cost of one", max_digits=12, decimal_places=2, null=True)
    cost = models.DecimalField(
        "cost of all", max_digits=22, decimal_places=2, null=True, help_text="In place of the cost of one."
    )
    supplier_sku = models.CharField("supplier's SKU", max_length=64, blank=True, null=True, editable=False)
    pack_size = models.BigIntegerField("pack of", null=True, editable=False)

    objects = OwnedQuerySet.as_manager()

    # The function attach_order_lines() in trade/purchasing/lines.py sets these attributes.
    received: int
    damaged: int  # what of it was written off
    outstanding: int
    is_offered: bool = True  # whether the supplier offers the product, or nobody does
    min_packs: int | None = None  # the least number of packs that the supplier sells; only lines of drafts have it

    class Meta:
        verbose_name = "line of an order"
        verbose_name_plural = "lines of orders"
        constraints = [
            UniqueConstraint(fields=["owner", "order", "product"], name="purchasing_orderline_once"),
            quantity_range("quantity", least=1),
            quantity_range("pack_size", least=1),
            all_or_nothing("purchasing_orderline_said", *SAID),
            CheckConstraint(condition=Q(unit_cost__range=(0, MAX_PRICE)), name="purchasing_orderline_unit_cost"),
            CheckConstraint(
                condition=Q(cost=None) | Q(unit_cost=None, cost__range=(0, MAX_VALUE)),
                name="purchasing_orderline_cost",
            ),
        ]
        indexes = [Index(fields=["owner", "product"], name="purchasing_lines_by_product")]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.product_id}"

    @property
    def cost_in_all(self) -> Decimal | None:
        """Return the cost of the whole line, or None if it has none."""
        if self.unit_cost is None:
            return self.cost
        return price_of(self.quantity, self.unit_cost, self.product.decimals)

    @property
    def written(self) -> str:
        """Return the quantity as the text of an order has it, without the unit."""
        return write_number(Goods(self.quantity, self.product.decimals))

    @property
    def pack(self) -> str:
        """Return the quantity of a pack as the text of an order has it."""
        return write_number(Goods(self.said.pack_size, self.product.decimals, self.said.unit))

    @property
    def below_minimum(self) -> bool:
        """Return whether the line of a draft has fewer packs than the supplier sells."""
        return self.min_packs is not None and self.quantity < self.min_packs * self.said.pack_size

    @property
    def packs(self) -> int | None:
        """Return the number of packs, or None if the quantity is not whole packs or only others offer the product."""
        packs, rest = divmod(self.quantity, self.said.pack_size)
        is_known = self.is_offered or self.said.pack_size > 1 or self.said.supplier_sku
        return packs if is_known and not rest else None


class Receipt(OwnedModel):
    """A delivery of an order, which is the operation that booked it. Like the operation, it never changes."""

    order = OwnedKey(Order, related_name="receipts")
    operation = OwnedKey(Operation)

    objects = OwnedQuerySet.as_manager()
    sealed_with = "operation"

    class Meta:
        constraints = [
            UniqueConstraint(fields=["owner", "operation"], name="purchasing_receipt_once"),
        ]
        indexes = [Index(fields=["owner", "order", "id"], name="purchasing_receipt_by_order")]

    def __str__(self) -> str:
        return f"operation {self.operation_id} of order {self.order_id}"

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("The deliveries of an order are immutable: reverse the operation instead.")
