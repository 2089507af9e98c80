"""Sums of days of sales, which the worker keeps, so that reports need not read everything again that was sold."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from core.ownership import OwnedModel, OwnedQuerySet


class SalesDay(OwnedModel):
    """What the reports say of the sales of one day. desk.reports.toolkit.days tells when a row may be used.

    Only the worker writes rows, and it may delete all of them: the sums follow from the ledger.
    """

    is_data = False

    starts_at = models.DateTimeField("from")
    ends_at = models.DateTimeField("to")
    covers_until = models.DateTimeField(help_text="The sums have every operation that was booked before this time.")
    places = models.SmallIntegerField(help_text="The decimals to which VAT was rounded.")
    sums = models.JSONField(encoder=DjangoJSONEncoder, help_text="The rows of each statement, by its name.")

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = "kept day of sales"
        verbose_name_plural = "kept days of sales"
        constraints = [
            UniqueConstraint(fields=["owner", "starts_at"], name="reports_salesday_once"),
            CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="reports_salesday_span"),
        ]

    def __str__(self) -> str:
        return f"day from {self.starts_at}"
