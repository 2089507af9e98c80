"""Closings of drawers, and the cash that is put in and taken out between them. Nothing changes either afterwards.

A series of closings belongs to a till; one series without a till has everything that no till has sold. The closings of
a series are numbered without gaps. Each covers the positions of the feed after those of the closing before, so what
belongs to a closing never changes: docs/decisions/0063-closings-are-ranges-of-the-feed.md.
"""

from decimal import Decimal
from typing import Any, NoReturn

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from core.money.amounts import MAX_PRICE
from core.ownership import OwnedKey, OwnedModel, OwnedQuerySet
from products.models import MAX_VALUE, NOTHING
from stock.models import Performer
from stock.models.seals import DIGEST_BYTES, has_length
from trade.tills.models import Till

MAX_NOTE_LENGTH = 500
MAX_REASON_LENGTH = 200
CENT = Decimal("0.01")


class CashKind(models.TextChoices):
    IN = "in"
    OUT = "out"


class DrawerRow(OwnedModel):
    """A row that is written once. A trigger refuses every change."""

    till = OwnedKey(Till, null=True)
    performer = OwnedKey(Performer)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert the row. Raise TypeError if it exists."""
        if not self._state.adding:
            raise TypeError("Closings and movements of cash are never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("Closings and movements of cash are never deleted.")


class Closing(DrawerRow):
    """A closing: what was sold from one count of the drawer to the next. `document` has all figures of it.

    `digest` is that of closings.proofs.compute_digest().
    """

    number = models.BigIntegerField(help_text="1, 2, 3 … in its series.")
    from_position = models.BigIntegerField("from event", help_text="First position in the feed.")
    to_position = models.BigIntegerField(
        "to event", help_text="Last position in the feed; that before the first one if nothing has happened."
    )
    from_at = models.DateTimeField("from", help_text="When the closing before was made.")
    made_at = models.DateTimeField("until", help_text="When it was made.")
    opening = models.DecimalField(max_digits=22, decimal_places=2, help_text="The float of the closing before.")
    expected = models.DecimalField(max_digits=22, decimal_places=2, help_text="The cash that should be in the drawer.")
    counted = models.DecimalField(max_digits=22, decimal_places=2, help_text="The cash that was counted.")
    kept = models.DecimalField("float", max_digits=22, decimal_places=2, help_text="The cash that stays in the drawer.")
    note = models.TextField(max_length=MAX_NOTE_LENGTH, blank=True)
    document = models.JSONField("figures")
    digest = models.BinaryField()
    shift = models.BigIntegerField(
        default=0, db_default=0, help_text="What was added to all ids when the shop moved to this installation."
    )

    class Meta(DrawerRow.Meta):
        constraints = [
            UniqueConstraint(fields=["owner", "till", "number"], nulls_distinct=False, name="closings_closing_number"),
            CheckConstraint(condition=Q(number__gte=1), name="closings_closing_number_from_one"),
            CheckConstraint(
                condition=Q(from_position__range=(1, F("to_position") + 1)), name="closings_closing_positions"
            ),
            CheckConstraint(condition=Q(from_at__lte=F("made_at")), name="closings_closing_times"),
            CheckConstraint(condition=Q(opening__range=(NOTHING, MAX_VALUE)), name="closings_closing_opening"),
            CheckConstraint(condition=Q(counted__range=(NOTHING, MAX_PRICE)), name="closings_closing_counted"),
            CheckConstraint(condition=Q(kept__range=(NOTHING, F("counted"))), name="closings_closing_float"),
            CheckConstraint(condition=Q(expected__range=(-MAX_VALUE, MAX_VALUE)), name="closings_closing_expected"),
            CheckConstraint(condition=has_length("digest", DIGEST_BYTES), name="closings_closing_digest"),
        ]

    def __str__(self) -> str:
        return f"closing {self.number}"

    @property
    def difference(self) -> Decimal:
        return self.counted - self.expected

    @property
    def taken_out(self) -> Decimal:
        return self.counted - self.kept


class Cash(DrawerRow):
    """Cash that somebody has put into a drawer or taken out of it, for another reason than a sale."""

    kind = models.CharField(max_length=3, choices=CashKind)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    reason = models.CharField(max_length=MAX_REASON_LENGTH)
    created_at = models.DateTimeField("when")

    sealed_with = "cash"

    class Meta(DrawerRow.Meta):
        verbose_name = "movement of cash"
        verbose_name_plural = "movements of cash"
        constraints = [
            CheckConstraint(condition=Q(kind__in=CashKind.values), name="closings_cash_kind"),
            CheckConstraint(condition=Q(amount__range=(CENT, MAX_PRICE)), name="closings_cash_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"
