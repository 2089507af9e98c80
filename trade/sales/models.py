"""The numbers of sales. Only sales.numbers writes them."""

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from core.ownership import OwnedKey, OwnedModel, OwnedQuerySet
from stock.models import Operation


class Series(OwnedModel):
    """The end of the numbers of a shop's sales. Its row is locked to give numbers. Each shop has at most one row."""

    is_data = False

    number = models.BigIntegerField(default=0, help_text="The last number that was given.")
    position = models.BigIntegerField(default=0, help_text="The sales of the events up to this position have numbers.")

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = "last number of a shop's sales"
        verbose_name_plural = "last numbers of shops' sales"
        constraints = [
            UniqueConstraint(fields=["owner"], name="sales_series_owner"),
            CheckConstraint(condition=Q(number__gte=0), name="sales_series_number"),
            CheckConstraint(condition=Q(position__gte=0), name="sales_series_position"),
        ]

    def __str__(self) -> str:
        return f"number {self.number}"


class Number(OwnedModel):
    """The number of a sale that no till has sold: 1, 2, 3 and so on in the shop, without gaps.

    A trigger refuses every change.
    """

    number = models.BigIntegerField()
    operation = OwnedKey(Operation, related_name="numbers")

    objects = OwnedQuerySet.as_manager()
    sealed_with = "operation"

    class Meta:
        verbose_name = "number of a sale"
        verbose_name_plural = "numbers of sales"
        constraints = [
            UniqueConstraint(fields=["owner", "number"], name="sales_number_once"),
            UniqueConstraint(fields=["owner", "operation"], name="sales_number_one_operation"),
            CheckConstraint(condition=Q(number__gte=1), name="sales_number_from_one"),
        ]

    def __str__(self) -> str:
        return f"number {self.number}"
