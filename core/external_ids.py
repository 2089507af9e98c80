"""External ids: what other programs call a row. Each is unique among the live rows of a shop, ignoring case."""

from typing import Any

from django.db import models
from django.db.models.functions import Lower
from rest_framework import serializers

from core.fields import TextField
from core.translation import gettext_noop

MAX_LENGTH = 128
TAKEN = gettext_noop("Another row has this external_id already.")


def external_id_column() -> models.CharField:
    """Return the field of a model. It is null in rows that no other program has named."""
    return models.CharField("id in another program", max_length=MAX_LENGTH, null=True, blank=True)


def unique_external_id(table: str, **is_live: Any) -> models.UniqueConstraint:
    return models.UniqueConstraint(
        "owner", Lower("external_id"), condition=models.Q(external_id__isnull=False, **is_live),
        name=f"{table}_external_id", violation_error_message=TAKEN,
    )  # fmt: skip


class ExternalIdField(TextField):
    """The id of a row in another program. A blank text becomes null."""

    def __init__(self, **kwargs: Any) -> None:
        fixed: dict[str, Any] = {"required": False, "allow_null": True, "allow_blank": True, "max_length": MAX_LENGTH}
        super().__init__(**{"help_text": "Its id in another program. Case is ignored.", **fixed, **kwargs})

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return super().run_validation(data) or None
