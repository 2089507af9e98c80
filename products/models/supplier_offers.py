"""Offers: for how much, in which packs and under which number a supplier sells a product."""

import json
from typing import Any

from django.db import models
from django.db.models import Index, Q, UniqueConstraint
from django.utils import timezone

from core.database.constraints import checks
from core.database.postgres.base import execute, fetch
from core.money.amounts import MAX_PRICE
from core.ownership import OwnedKey, OwnedQuerySet
from products.models import sql_offers
from products.models.products import NOTHING, Product, quantity_range
from records.contacts.models import NamesContacts
from records.events.models import Event
from records.history.models import recorded
from suppliers.models import MAX_LEAD_DAYS, Supplier

MAX_OFFERS = 20  # the limit of a product, with the preferred offer
MAX_OFFER_NOTE_LENGTH = 1_000
MAX_COSTS_TOLD = 100  # the most products of which a merge says how their cost would change
IN_PRODUCT = ("supplier_sku", "pack_size", "cost_price")  # the columns of a product that its preferred offer uses
BESIDE = ("min_packs", "lead_days", "note")  # what the preferred offer has in its row


class Offer(NamesContacts):
    """What a supplier offers a product for. The preferred offer is that of the product's own supplier.

    The preferred offer has `supplier_sku`, `pack_size` and `cost_price` in the product's row. It has a row here only if
    it has values that a product has no column for; the other columns of this row then have their defaults. The rows
    remain while their supplier is archived. Only products.offers.services writes them.
    """

    product = OwnedKey(Product)
    supplier = OwnedKey(Supplier)
    supplier_sku = models.CharField("supplier's SKU", max_length=64, blank=True, default="", db_default="")
    pack_size = models.BigIntegerField("pack of", default=1, db_default=1)
    cost_price = models.DecimalField("cost price", max_digits=12, decimal_places=2, null=True, blank=True)
    min_packs = models.BigIntegerField(
        "least packs", default=1, db_default=1, help_text="The supplier asks for at least this number of packs."
    )
    lead_days = models.SmallIntegerField(
        "lead time in days", null=True, blank=True, help_text="Without a value, it is that of the supplier."
    )
    note = models.TextField(max_length=MAX_OFFER_NOTE_LENGTH, blank=True, default="", db_default="")
    created_at = models.DateTimeField("added", auto_now_add=True)
    updated_at = models.DateTimeField("changed", auto_now=True)

    objects = OwnedQuerySet.as_manager()
    moved_as = "offers"

    class Meta:
        constraints = [
            UniqueConstraint(fields=["owner", "product", "supplier"], name="products_offer_once"),
            quantity_range("pack_size", least=1),
            quantity_range("min_packs", least=1),
            *checks(
                cost_price=Q(cost_price=None) | Q(cost_price__range=(NOTHING, MAX_PRICE)),
                lead_days=Q(lead_days=None) | Q(lead_days__range=(0, MAX_LEAD_DAYS)),
            ),
        ]
        indexes = [Index(fields=["owner", "supplier", "product"], name="products_offer_by_supplier")]

    def __str__(self) -> str:
        return f"offer of supplier {self.supplier_id} for product {self.product_id}"

    @classmethod
    def count_naming(cls, contact: Any, into: Any = None) -> int:
        """Return the number of the supplier's offers, the preferred ones with them, without what `into` offers, too."""
        return sum(not (into and is_of_both) for _, is_of_both in cls.list_offered(contact, into or contact))

    @classmethod
    def list_offered(cls, contact: Any, into: Any, lock: str = "") -> Any:
        """Return the ids of the products that the supplier offers, each with whether `into` offers it, too."""
        values = {"owner": contact.owner_id, "former": contact.pk, "into": into.pk}
        return fetch(f"{sql_offers.OFFERED} {lock}", values)

    @classmethod
    def find_costs(cls, contact: Any, into: Any = None) -> list[dict[str, Any]]:
        values = {"owner": contact.owner_id, "former": contact.pk, "into": into and into.pk, "limit": MAX_COSTS_TOLD}
        names = ("product", "name", "supplier", "before", "after")
        return [dict(zip(names, row, strict=True)) for row in fetch(sql_offers.COSTS_IF_MERGED, values)]

    @classmethod
    def move(cls, contact: Any, into: Any) -> None:
        """Let the offers name `into`. If both offer a product, the offer of `into` stays, and the other one goes.

        If the other one is the preferred one, the product gets the terms of `into`. Its link moves after this.
        """
        owner_id = contact.owner_id
        both = [pk for pk, is_of_both in cls.list_offered(contact, into, sql_offers.LOCKED) if is_of_both]
        values = {"owner": owner_id, "former": contact.pk, "into": into.pk, "products": both}
        with recorded(Product, owner_id, both, is_locked=True) as changes:
            before = dict(fetch(sql_offers.DESCRIBE, values))
            for statement in sql_offers.MERGE:
                execute(statement, values)
            after = dict(fetch(sql_offers.DESCRIBE, values))
            for pk in both:
                changes.note(pk, {"offers": [json.loads(rows.get(pk, "[]")) for rows in (before, after)]})
        Event.objects.record_changed(owner_id, changes)
        left = cls.objects.filter(owner_id=owner_id, supplier_id=contact.pk)
        left.update(supplier=into.pk, updated_at=timezone.now())
