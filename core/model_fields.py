"""Columns that several models have, each with the fields that read it: codes, external ids, metadata."""

import re
from typing import Any

from django.db import models
from django.db.models import CharField
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.errors import TooManyMetadataKeys
from core.fields import TextField
from core.pages.form_fields import LineField
from core.texts.cleaning import clean_code
from core.translation import gettext_noop


class CodeColumn(CharField):
    """The field of a model that has a code. In the database it is a text like any other."""

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


class CodeField(TextField):
    """A code in a request."""

    rule = staticmethod(clean_code)


class CodeFormField(LineField):
    """A code in a form of the support desk."""

    rule = staticmethod(clean_code)


MAX_LENGTH = 128
TAKEN = gettext_noop("Another row has this external_id already.")


# The most characters of what invoices say of a shop or a customer.
COMPANY_LENGTHS = {
    "legal_name": 255, "vat_id": 32, "registration": 100, "street": 255, "postcode": 32, "city": 100, "country": 2,
    "invoice_email": 254, "invoice_phone": 64, "einvoice_address": 128, "iban": 34, "bic": 11, "invoice_terms": 500,
    "exempt_reason": 200, "buyer_reference": 100,
}  # fmt: skip


def company_column(name: str, label: str = "") -> models.CharField:
    """Return the field of a model with what invoices say of a shop or a customer."""
    options: dict[str, Any] = {"blank": True, "default": "", "db_default": ""}
    return models.CharField(label or name.replace("_", " "), max_length=COMPANY_LENGTHS[name], **options)


def user_name_column() -> models.CharField:
    """Return the field of a model with a user name as it was then, perhaps with a slash and the name of a key."""
    return models.CharField("who", max_length=255)


def external_id_column() -> models.CharField:
    """Return the field of a model. It is null in rows that no other program has named."""
    return models.CharField("id in another program", max_length=MAX_LENGTH, null=True, blank=True)


def unique_external_id(table: str, **is_live: Any) -> models.UniqueConstraint:
    return models.UniqueConstraint(
        "owner", Lower("external_id"), condition=models.Q(external_id__isnull=False, **is_live),
        name=f"{table}_external_id", violation_error_message=TAKEN,
    )  # fmt: skip


def unique_name(message: str) -> models.UniqueConstraint:
    """Return the constraint that rows that are not archived have different names. Case is ignored."""
    return models.UniqueConstraint(
        "owner", Lower("name"), condition=models.Q(archived_at=None), name="%(app_label)s_%(class)s_name",
        violation_error_message=message,
    )  # fmt: skip


class ExternalIdField(TextField):
    """The id of a row in another program. A blank text becomes null."""

    def __init__(self, **kwargs: Any) -> None:
        fixed: dict[str, Any] = {"required": False, "allow_null": True, "allow_blank": True, "max_length": MAX_LENGTH}
        super().__init__(**{"help_text": "Its id in another program. Case is ignored.", **fixed, **kwargs})

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return super().run_validation(data) or None


MAX_METADATA_KEYS = 20
MAX_METADATA_LENGTH = 500  # the limit of a text
METADATA_KEY = "[a-z0-9_.]{1,40}"
MAX_QUOTED_KEY = 40
WRONG_KEY = gettext_lazy("“{given}” is no key: use 1 to 40 small letters, digits, points and underscores.")
# The values of `row` in the history, with names such as `metadata.shop`.
RECORDED_METADATA = "(SELECT coalesce(jsonb_object_agg('metadata.' || key, value), '{}') FROM jsonb_each(row.metadata))"


class MetadataColumn(models.JSONField):
    """The field of a model for metadata. Migrations treat it as a JSONField."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"default": dict, "help_text": "Texts of other programs, by key.", **options})

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs


def metadata_column() -> MetadataColumn:
    """Return the field `metadata` of a model."""
    return MetadataColumn(db_default=models.Value({}, models.JSONField()), editable=False)


def merge(present: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Return the present values with those that are given. None removes a value."""
    return {key: value for key, value in (present | given).items() if value is not None}


def merge_metadata(present: dict[str, str], given: dict[str, str | None]) -> dict[str, str]:
    """Return the merged metadata. Raise TooManyMetadataKeys."""
    merged = merge(present, given)
    if len(merged) > MAX_METADATA_KEYS:
        raise TooManyMetadataKeys(limit=MAX_METADATA_KEYS)
    return merged


@extend_schema_field(
    {"type": "object", "additionalProperties": {"type": "string", "nullable": True}, "example": {"shop.id": "17"}}
)
class MetadataField(serializers.DictField):
    """Texts of other programs, by key. Null or an empty text removes a key, and keys that are not sent stay."""

    child = TextField(max_length=MAX_METADATA_LENGTH, allow_null=True, allow_blank=True)
    default_error_messages = {"wrong_key": WRONG_KEY}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "help_text": "Texts of other programs, by key.", **kwargs})

    def get_value(self, dictionary: Any) -> Any:
        """Return the object of a JSON body. A form has none: only a text, which is refused."""
        return dictionary.get(self.field_name, serializers.empty)

    def to_internal_value(self, data: Any) -> Any:
        for key in data if isinstance(data, dict) else ():
            if not re.fullmatch(METADATA_KEY, str(key)):
                self.fail("wrong_key", given=str(key)[:MAX_QUOTED_KEY])
        return super().to_internal_value(data)

    def run_child_validation(self, data: Any) -> Any:
        return {key: None if value == "" else value for key, value in super().run_child_validation(data).items()}


class MergedMetadata:
    """A mixin for serializers of rows: the metadata of the body is merged with that of the row."""

    instance: Any
    validated_data: Any

    def save(self, **kwargs: Any) -> Any:
        """Save the row with the merged metadata. Raise TooManyMetadataKeys."""
        if "metadata" in self.validated_data:
            present = self.instance.metadata if self.instance else {}
            kwargs["metadata"] = merge_metadata(present, self.validated_data["metadata"])
        return super().save(**kwargs)  # type: ignore[misc]
