"""Imports of files: what each has created, and those that were refused."""

from typing import Self

from django.db import models
from django.db.models import Index, Q, UniqueConstraint

from core.ownership import OwnedKey, OwnedModel, OwnedQuerySet, UserKey
from stock.models.ledger import Operation

MAX_FILE_NAME_LENGTH = 255


class ImportQuerySet(OwnedQuerySet):
    def refused(self) -> Self:
        """Return the imports that were refused, and those of rows that were left out, without their large columns."""
        return self.exclude(code__exact="").select_related("performed_by").defer("created", "skipped")


class Import(OwnedModel):
    """An import, or one that was refused, which has the `code` of its error. A dry run is neither.

    The rows that an import has left out are an import of their own, which was refused.
    """

    is_data = False

    performed_by = UserKey()
    file_name = models.CharField(
        "file", max_length=MAX_FILE_NAME_LENGTH, blank=True, help_text="Empty if the body was sent."
    )
    rows = models.BigIntegerField(help_text="The rows that were read.")
    operation = OwnedKey(Operation, null=True, help_text="Empty if no quantity changed.")
    created = models.JSONField(null=True, help_text="The ids of the rows that it created, by kind.")
    code = models.CharField("refused", max_length=64, blank=True, help_text="The code of the error.")
    refusal = models.JSONField(null=True, help_text="The error, with its first rows.")
    skipped = models.TextField(
        default="", db_default="", blank=True, help_text="The rows that it left out, as a CSV file."
    )
    created_at = models.DateTimeField("sent", auto_now_add=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        constraints = [UniqueConstraint(fields=["owner", "operation"], name="stock_import_of_operation")]
        indexes = [Index(fields=["owner", "created_at"], condition=~Q(code__exact=""), name="stock_import_refused")]

    def __str__(self) -> str:
        return self.file_name or f"import {self.pk}"
