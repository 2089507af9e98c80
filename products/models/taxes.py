"""The rates of VAT of a shop. Each product has one of them, or none."""

from decimal import Decimal

from django.db import models
from django.db.models import Q

from core.archiving import ArchivableQuerySet
from core.database.constraints import checks
from core.model_fields import unique_name
from core.ownership import OwnedModel
from core.translation import gettext_noop
from records.history.models import RecordedModel

MAX_TAXES = 10  # the limit of a shop's rates that are not archived
MAX_TAX_NAME_LENGTH = 60
RATES = Decimal("0.00"), Decimal("100.00")


class Tax(RecordedModel, OwnedModel):
    """A rate of VAT in percent. Sales keep the rate itself, so a new rate of it would not change them."""

    name = models.CharField(max_length=MAX_TAX_NAME_LENGTH)
    rate = models.DecimalField("rate in percent", max_digits=5, decimal_places=2)
    archived_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField("added", auto_now_add=True)

    objects = ArchivableQuerySet.as_manager()

    class Meta:
        verbose_name = "rate of VAT"
        verbose_name_plural = "rates of VAT"
        constraints = [
            unique_name(gettext_noop("You have a rate of VAT with this name already.")),
            *checks(rate=Q(rate__range=RATES)),
        ]

    def __str__(self) -> str:
        return self.name
