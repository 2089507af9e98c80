"""The rates of VAT of a shop. Each product has one of them, or none."""

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext

from core.archiving import ArchivableQuerySet
from core.database.constraints import checks
from core.model_fields import unique_name
from core.ownership import OwnedModel
from core.translation import gettext_noop
from records.history.models import RecordedModel

MAX_TAXES = 10  # the limit of a shop's rates that are not archived
MAX_TAX_NAME_LENGTH = 60
RATES = Decimal("0.00"), Decimal("100.00")
MAX_REASON_LENGTH = 200


class TaxCategory(models.TextChoices):
    """What invoices call a rate: the codes of EN 16931. A rate of 0 is one of the last two, once it was chosen."""

    STANDARD = "S", "With VAT"
    ZERO = "Z", "Zero rate"
    EXEMPT = "E", "Exempt"


AT_ZERO = (TaxCategory.ZERO, TaxCategory.EXEMPT)


def find_category(rate: Decimal | None, at_zero: str | None) -> str | None:
    """Return the category of a rate. `at_zero` is the one that was chosen for 0, or None."""
    return TaxCategory.STANDARD.value if rate else at_zero


def say_at_zero(category: str | None) -> str | None:
    """Return the words for a category of the rate 0, or None for any other."""
    return gettext(TaxCategory(category).label) if category in AT_ZERO else None


# SQL compares nothing with null, so the last part asks whether there is a category.
IS_REASONED = (
    Q(reason="", category=None) | Q(reason="", category="Z") | Q(reason__gt="", category__isnull=False, category="E")
)


class Tax(RecordedModel, OwnedModel):
    """A rate of VAT in percent. Sales keep the rate itself, so a new rate of it would not change them."""

    name = models.CharField(max_length=MAX_TAX_NAME_LENGTH)
    rate = models.DecimalField("rate in percent", max_digits=5, decimal_places=2)
    category = models.CharField(
        max_length=1, choices=[(one.value, one.label) for one in AT_ZERO], null=True, blank=True,
        help_text="Of a rate of 0: whether it is a rate of VAT, or what is sold with it is exempt.",
    )  # fmt: skip
    reason = models.CharField(
        "reason for no VAT", max_length=MAX_REASON_LENGTH, blank=True, default="", db_default="",
        help_text="Why what is sold is exempt. Invoices print it.",
    )  # fmt: skip
    archived_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField("added", auto_now_add=True)

    objects = ArchivableQuerySet.as_manager()

    class Meta:
        verbose_name = "rate of VAT"
        verbose_name_plural = "rates of VAT"
        constraints = [
            unique_name(gettext_noop("You have a rate of VAT with this name already.")),
            *checks(rate=Q(rate__range=RATES), category=Q(category__in=AT_ZERO), reason=IS_REASONED),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def shown_category(self) -> str | None:
        """Return the category as invoices have it, or None for a rate of 0 of which it was not chosen."""
        return find_category(self.rate, self.category)
