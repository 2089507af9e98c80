"""Quotes: what a customer may order, and at which prices. They reserve nothing, and are never deleted."""

from datetime import date
from typing import Any, Self

from django.db import models
from django.db.models import Index, Q, UniqueConstraint

from core.database.constraints import checks
from core.ownership import OwnedKey, OwnedQuerySet
from products.models import MAX_VALUE, amount_range
from trade.reservations.models import Ordered, OrderedKits, OrderedLine, Reservation


class QuoteState(models.TextChoices):
    """The state that responses show. It is not a column, because a quote expires without a write."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"


def find_condition(state: str, today: date) -> Q:
    """Return the condition for the quotes that are in the state on this day of the shop."""
    return {
        QuoteState.OPEN: Q(closed_at=None, valid_until__gte=today),
        QuoteState.EXPIRED: Q(closed_at=None, valid_until__lt=today),
        QuoteState.ACCEPTED: Q(order__isnull=False),
        QuoteState.DECLINED: Q(closed_at__isnull=False, order=None),
    }[QuoteState(state)]


class QuoteQuerySet(OwnedQuerySet):
    def detailed(self) -> Self:
        return self.select_related("customer")


class Quote(Ordered):
    """A quote. Only quotes.services writes it. The numbers of a shop's quotes are 1, 2, 3 and so on, without gaps.

    `total` and `taxes` are those of the last change of lines or discount. `order` is the one that accepting made.
    """

    number = models.PositiveIntegerField()
    valid_until = models.DateField("valid until", help_text="The last day.")
    currency = models.CharField(max_length=3, blank=True)
    total = models.DecimalField(max_digits=22, decimal_places=2, default=0)
    taxes = models.JSONField("VAT", default=list)
    closed_at = models.DateTimeField("closed", null=True)
    order = OwnedKey(Reservation, null=True)

    objects = QuoteQuerySet.as_manager()
    moved_as = "quotes"
    entries: list[dict[str, Any]]  # the lines as responses show them: attach_quotes() in reading sets it
    state: QuoteState

    class Meta:
        constraints = [
            *Ordered.Meta.constraints,
            UniqueConstraint(fields=["owner", "number"], name="quotes_quote_number"),
            UniqueConstraint(fields=["owner", "order"], name="quotes_quote_one_order"),
            *checks(
                numbered=Q(number__gte=1),
                currency=Q(currency__regex=r"^([A-Z]{3})?$"),
                accepted=Q(order=None) | Q(closed_at__isnull=False),
            ),
            amount_range("total", MAX_VALUE),
        ]
        indexes = [
            Index(fields=["owner", "customer", "id"], condition=~Q(customer=None), name="quotes_by_customer"),
            Index(fields=["owner", "valid_until"], condition=Q(closed_at=None), name="quotes_not_closed"),
        ]

    def __str__(self) -> str:
        return f"quote {self.number}"

    def find_state(self, today: date) -> QuoteState:
        if self.closed_at is not None:
            return QuoteState.DECLINED if self.order_id is None else QuoteState.ACCEPTED
        return QuoteState.EXPIRED if self.valid_until < today else QuoteState.OPEN


def list_price_column() -> Any:
    return models.DecimalField("list price", max_digits=12, decimal_places=2)


class QuoteLine(OrderedLine):
    """A product of a quote, with its price, or as a part of kits with its share of their price."""

    quote = OwnedKey(Quote, related_name="lines")
    list_price = list_price_column()

    class Meta:
        verbose_name = "line of a quote"
        verbose_name_plural = "lines of quotes"
        constraints = [
            *OrderedLine.Meta.constraints,
            *checks(priced=Q(unit_price__isnull=False, total=None) | Q(unit_price=None, total__isnull=False)),
            amount_range("list_price"),
        ]
        indexes = [
            Index(fields=["owner", "quote", "id"], name="quotes_lines_of_one"),
            Index(fields=["owner", "product", "quote"], name="quotes_lines_by_product"),
        ]


class QuotedKits(OrderedKits):
    """Kits of a quote."""

    quote = OwnedKey(Quote)
    list_price = list_price_column()

    class Meta:
        verbose_name = "kit of a quote"
        verbose_name_plural = "kits of quotes"
        constraints = [*OrderedKits.Meta.constraints, amount_range("list_price")]
        indexes = [
            Index(fields=["owner", "quote", "id"], name="quotes_kits_of_one"),
            Index(fields=["owner", "kit", "quote"], name="quotes_kits_by_kit"),
        ]
