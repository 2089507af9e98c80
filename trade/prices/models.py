"""Prices for customers, quantities and days: groups of prices, and rows that say what goods cost.

What decides prices is never changed in place: a row that is replaced gets an end, and is kept for sales that arrive
late.
"""

from typing import Any

from django.db import models
from django.db.models import F, Index, Q, UniqueConstraint

from core.archiving import ArchivableQuerySet
from core.database.constraints import checks
from core.model_fields import unique_name
from core.money.amounts import MAX_PRICE
from core.ownership import OwnedKey, OwnedModel, OwnedQuerySet, OwnerKey
from core.translation import gettext_noop
from products.models import Product, quantity_range
from records.contacts.models import Contact, NamesContacts
from records.history.models import RecordedModel
from stock.models import Movement, PriceSource
from stock.models.ledger import LedgerRow
from stock.models.querysets import LedgerQuerySet
from trade.customers.models import Customer
from trade.kits.models import Kit

MAX_NAME_LENGTH = 255
MAX_PERCENT = 100
IS_PRESENT = Q(until=None)
SPAN = Q(until=None) | Q(until__gte=F("since"))
PERCENT = Q(percent__range=(0, MAX_PERCENT))


class PriceGroup(RecordedModel, OwnedModel):
    """A group of prices, such as "Regulars": its customers pay less. An archived one has no effect.

    GroupPercent has the percentage that was in force at each time.
    """

    name = models.CharField(max_length=MAX_NAME_LENGTH)
    percent = models.DecimalField(
        "percent off", max_digits=5, decimal_places=2, default=0, help_text="Taken off the list price."
    )
    archived_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField("added", auto_now_add=True)

    objects = ArchivableQuerySet.as_manager()

    class Meta:
        constraints = [
            unique_name(gettext_noop("You have a price group with this name already.")),
            *checks(percent=PERCENT),
        ]

    def __str__(self) -> str:
        return self.name


class Span(OwnedModel):
    """A row that is in force from `since` until `until`, which is null while it is in force."""

    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class GroupPercent(Span):
    """What a group takes off the list price. While the group is archived, no row is in force."""

    price_group = OwnedKey(PriceGroup)
    percent = models.DecimalField(max_digits=5, decimal_places=2)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = "percent of a price group"
        verbose_name_plural = "percents of price groups"
        constraints = [
            UniqueConstraint(fields=["owner", "price_group"], condition=IS_PRESENT, name="prices_grouppercent_present"),
            *checks(percent=PERCENT, span=SPAN),
        ]
        indexes = [Index(fields=["owner", "price_group", "since"], name="prices_grouppercent_by_time")]

    def __str__(self) -> str:
        return f"{self.percent} of group {self.price_group_id}"


class CustomerGroup(NamesContacts, Span):
    """The price group of a customer."""

    customer = OwnedKey(Customer)
    price_group = OwnedKey(PriceGroup)

    objects = OwnedQuerySet.as_manager()
    moved_as = "price_groups"

    class Meta:
        verbose_name = "price group of a customer"
        verbose_name_plural = "price groups of customers"
        constraints = [
            UniqueConstraint(fields=["owner", "customer"], condition=IS_PRESENT, name="prices_customergroup_present"),
            *checks(span=SPAN),
        ]
        indexes = [
            Index(fields=["owner", "customer", "since"], name="prices_customergroup_by_time"),
            Index(fields=["owner", "price_group"], condition=IS_PRESENT, name="prices_customergroup_of_group"),
        ]

    def __str__(self) -> str:
        return f"group {self.price_group_id} of customer {self.customer_id}"

    @classmethod
    def list_present(cls, contact: Contact) -> Any:
        return cls.objects.filter(IS_PRESENT, owner_id=contact.owner_id, customer_id=contact.pk)

    @classmethod
    def count_naming(cls, contact: Contact, into: Contact | None = None) -> int:
        return 0 if into and cls.list_present(into).exists() else cls.list_present(contact).count()

    @classmethod
    def move(cls, contact: Contact, into: Contact) -> None:
        """Let `into` have the group of the contact, unless it has one. What was in force before stays findable."""
        if cls.list_present(into).exists():
            cls.list_present(contact).update(until=models.functions.Now())
        super().move(contact, into)


GOODS = ("product", "kit")  # the columns of what has prices: each has the name of its kind


class PriceRow(Span):
    """What goods cost: for everybody or a group, from a quantity on, on some days. Replaced rows end, and stay.

    `least` is a quantity in base units.
    """

    product = OwnedKey(Product, null=True)
    kit = OwnedKey(Kit, null=True)
    price_group = OwnedKey(PriceGroup, null=True)
    least = models.BigIntegerField("from", null=True)
    price = models.DecimalField(max_digits=12, decimal_places=2)
    starts_on = models.DateField("first day", null=True)
    ends_on = models.DateField("last day", null=True)

    objects = OwnedQuerySet.as_manager()

    has_quantity = Q(least__isnull=False)  # only these rows fix the decimals of their product

    class Meta:
        verbose_name = "price"
        constraints = [
            UniqueConstraint(
                fields=["owner", "product", "kit", "price_group", "least", "starts_on", "ends_on"],
                condition=IS_PRESENT, nulls_distinct=False, name="prices_pricerow_once",
            ),
            *checks(
                goods=Q(product=None, kit__isnull=False) | Q(product__isnull=False, kit=None),
                price=Q(price__range=(0, MAX_PRICE)),
                days=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                span=SPAN,
            ),
            quantity_range("least", least=1),
        ]  # fmt: skip
        indexes = [
            Index(fields=["owner", "product", "until"], condition=~Q(product=None), name="prices_pricerow_by_product"),
            Index(fields=["owner", "kit", "until"], condition=~Q(kit=None), name="prices_pricerow_by_kit"),
            Index(fields=["owner", "price_group"], condition=IS_PRESENT, name="prices_pricerow_of_group"),
        ]

    def __str__(self) -> str:
        return f"{self.price} for product {self.product_id} or kit {self.kit_id}"


class PriceFrom(LedgerRow):
    """What made the price of a movement that was sold, if it can't be computed. A trigger refuses changes.

    `typed` is also written if the line cost the list price though another one applied, and `list` of an order that has
    kept the list price of its day.
    """

    owner = OwnerKey(db_constraint=False)  # implied by `movement`
    movement = OwnedKey(Movement)
    made_by = models.CharField(max_length=7, choices=PriceSource)

    objects = LedgerQuerySet.as_manager()
    sealed_with = "movement"

    class Meta:
        verbose_name = "what made a price"
        verbose_name_plural = "what made prices"
        constraints = [
            UniqueConstraint(fields=["owner", "movement"], name="prices_pricefrom_once"),
            *checks(made_by=Q(made_by__in=PriceSource.values)),
        ]

    def __str__(self) -> str:
        return f"{self.made_by} of movement {self.movement_id}"
