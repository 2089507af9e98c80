"""Counting sheets: the products to count, and the entries. Expected quantities are computed, never stored."""

from typing import Any

from django.db import models
from django.db.models import Q

from core.fields import MAX_QUANTITY
from core.model_fields import user_name_column
from core.ownership import OwnedKey, OwnedModel, OwnedQuerySet, UserKey
from products.models import Product
from stock.models import MAX_CODE_LENGTH, Location, Operation

MAX_SHEET_NAME_LENGTH = 100


class SheetState(models.TextChoices):
    OPEN = "open"
    BOOKED = "booked"
    DROPPED = "dropped"


class LineState(models.TextChoices):
    """The state that responses show of a line. It follows from the entries, and is not a column."""

    UNCOUNTED = "uncounted"
    COUNTED = "counted"
    RECOUNT = "recount"
    BOOKED = "booked"


class Sheet(OwnedModel):
    """A counting sheet. Only sheets.services writes it, with its row locked."""

    name = models.CharField(max_length=MAX_SHEET_NAME_LENGTH)
    blind = models.BooleanField("hide what is expected", default=True, help_text="Whether only owners see quantities.")
    location = OwnedKey(Location, null=True)
    selection = models.JSONField(default=dict, help_text="What was selected when it was opened.")
    tolerance = models.JSONField(null=True, help_text="Units and percent that a difference may have.")
    state = models.CharField(max_length=7, choices=SheetState, default=SheetState.OPEN)
    opened_by = UserKey()
    opened_by_username = user_name_column()
    created_at = models.DateTimeField("opened", auto_now_add=True)
    closed_at = models.DateTimeField("closed", null=True)

    objects = OwnedQuerySet.as_manager()

    progress: Any = None  # sheets.reading.attach_progress() sets it

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state=SheetState.OPEN, closed_at__isnull=True)
                | Q(state__in=(SheetState.BOOKED, SheetState.DROPPED), closed_at__isnull=False),
                name="sheets_sheet_state",
            ),
        ]
        indexes = [models.Index(fields=["owner", "state", "id"], name="sheets_sheet_by_state")]

    def __str__(self) -> str:
        return self.name


class SheetLine(OwnedModel):
    """A product to count. Entries up to `booked_to` are booked, and entries up to `recounted_to` no longer count."""

    sheet = OwnedKey(Sheet, related_name="lines")
    product = OwnedKey(Product)
    booked_to = models.BigIntegerField(null=True, help_text="Id of an entry.")
    recounted_to = models.BigIntegerField(null=True, help_text="Id of an entry.")
    booked_at = models.DateTimeField(null=True, help_text="Empty again after a recount was asked for.")
    operation = OwnedKey(Operation, null=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = "line of a counting sheet"
        verbose_name_plural = "lines of counting sheets"
        constraints = [
            models.UniqueConstraint(fields=["owner", "sheet", "product"], name="sheets_sheetline_once"),
        ]
        indexes = [
            models.Index(
                fields=["owner", "product"], condition=Q(booked_to__isnull=False), name="sheets_sheetline_booked"
            ),
        ]

    def __str__(self) -> str:
        return f"line of {self.sheet}"


class Entry(OwnedModel):
    """What a user has counted of a product. A trigger refuses every change, so a new entry replaces a wrong one."""

    sheet = OwnedKey(Sheet, related_name="entries")
    product = OwnedKey(Product)
    location = OwnedKey(Location, null=True)
    lot = models.CharField(max_length=MAX_CODE_LENGTH, blank=True, help_text="The code of a lot.")
    quantity = models.BigIntegerField()
    counted_at = models.DateTimeField()
    replaces = OwnedKey("self", null=True)
    entered_by = UserKey()
    created_at = models.DateTimeField()

    objects = OwnedQuerySet.as_manager()

    replaced = recounted = False  # sheets.reading.mark_entries() sets them

    class Meta:
        verbose_name = "entry of a counting sheet"
        verbose_name_plural = "entries of counting sheets"
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "replaces"], condition=Q(replaces__isnull=False), name="sheets_entry_replaced_once"
            ),
            models.CheckConstraint(condition=Q(quantity__range=(0, MAX_QUANTITY)), name="sheets_entry_quantity"),
        ]
        indexes = [models.Index(fields=["owner", "sheet", "product", "id"], name="sheets_entry_by_product")]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.product_id}"
