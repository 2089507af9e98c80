"""The fields of the forms that are made from the serializers of routes, which know nothing of forms."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext
from rest_framework import serializers

from core import kinds
from core.external_ids import ExternalIdField
from core.fields import AmountField, LongTextField, MoneyField
from core.labels import NAMES, find_field, find_label
from core.metadata import MetadataField
from core.pages.form_fields import OMIT, Field

OMITTED = ""  # the kind of fields that only programs send, so that no form has them
# The kinds of values by the class of the field. The `pages` of apps add their own classes.
KINDS_OF_FIELDS: dict[type, str] = {
    serializers.Field: kinds.TEXT,
    serializers.BaseSerializer: OMITTED,
    serializers.ListField: kinds.LINES,
    serializers.BooleanField: kinds.FLAG,
    serializers.ChoiceField: kinds.CHOICE,
    serializers.MultipleChoiceField: kinds.CHOICES,
    serializers.DateField: kinds.DATE,
    serializers.DateTimeField: kinds.MOMENT,
    serializers.IntegerField: kinds.NUMBER,
    serializers.PrimaryKeyRelatedField: kinds.CHOICE,
    LongTextField: kinds.NOTE,
    AmountField: kinds.AMOUNT,
    MoneyField: kinds.MONEY,
    ExternalIdField: OMITTED,
    MetadataField: OMITTED,
}
# What the API gets to empty a field that may not be null, by kind. Other kinds have an empty text.
EMPTY: dict[str, Any] = {kinds.FLAG: False, kinds.LINES: [], kinds.WORDS: [], kinds.CHOICES: []}


def make_fields(serializer: Any, declared: Mapping[str, Mapping[str, Any]], *, changes_row: bool) -> dict[str, Field]:
    """Return the fields of the form by name. `declared` has attributes that replace those from the serializer."""
    return {
        name: make_field(field, declared.get(name, {}), changes_row=changes_row)
        for name, field in list_fields(serializer, declared)
        if not field.read_only and find_kind(field, declared.get(name, {})) != OMITTED
    }


def list_fields(serializer: Any, declared: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the fields with their names, and the declared parts of those that are objects, such as `mail.days`."""
    for name, field in serializer.fields.items():
        yield name, field
        parts = getattr(field, "fields", {})
        yield from ((whole, parts[part]) for part in parts if (whole := f"{name}.{part}") in declared)


def find_kind(field: serializers.Field, declared: Mapping[str, Any]) -> str:
    """Return the kind of the field's values, or OMITTED. A list of objects mostly has its own page."""
    if "kind" in declared:
        return str(declared["kind"])
    if isinstance(getattr(field, "child", None), serializers.BaseSerializer):
        return OMITTED
    known = next(KINDS_OF_FIELDS[parent] for parent in type(field).__mro__ if parent in KINDS_OF_FIELDS)
    secret = kinds.SECRET if field.style.get("input_type") == "password" else ""
    return secret or known


def make_field(field: Any, declared: Mapping[str, Any], *, changes_row: bool) -> Field:
    kind = find_kind(field, declared)
    made = Field(
        gettext(str(declared.get("label") or find_title(field))), kind, is_rare=declared.get("is_rare", False),
        right=declared.get("right", ""), look_up=declared.get("look_up"),
        choices=find_choices(field, kind, declared, changes_row=changes_row),
        nothing=declared.get("nothing", ""), initial=declared.get("initial", ""),
        help_text=gettext(str(declared.get("help_text", field.help_text) or "")).replace("`", ""),
        attrs=declared.get("attrs", {}),
    )  # fmt: skip
    # If the field has an initial text, an empty one stands for null, not for the default.
    is_sent_empty = changes_row or field.required or kind == kinds.FLAG or (made.initial and field.allow_null)
    empty = find_empty(field, kind) if is_sent_empty else OMIT
    is_needed = declared.get("is_needed", field.required) and not changes_row and not field.allow_null
    return made.replace(is_needed=is_needed, empty=empty)


def find_empty(field: Any, kind: str) -> Any:
    """Return what the API gets to empty the field."""
    return None if field.allow_null else EMPTY.get(kind, "")


def find_choices(field: Any, kind: str, declared: Mapping[str, Any], *, changes_row: bool) -> list[tuple[str, str]]:
    """Return the declared choices or else, without a look-up, those of the serializer's field."""
    if "choices" in declared:
        return [(value, gettext(title)) for value, title in declared["choices"]]
    if declared.get("look_up") or kind not in (kinds.CHOICE, kinds.CHOICES):
        return []
    can_be_empty = field.allow_null or getattr(field, "allow_blank", False) or not (field.required or changes_row)
    begins_empty = can_be_empty or declared.get("begins_empty", False)
    return [("", "")] * (begins_empty and kind == kinds.CHOICE) + list_choices(field)


def list_choices(field: Any) -> list[tuple[str, str]]:
    """Return the values and the titles of the choices."""
    is_code = isinstance(field, serializers.ChoiceField)  # the names of rows are not translated
    options = [(str(option.value), str(option.display_text)) for option in field.iter_options()]
    return [(value, gettext(title) if is_code else title) for value, title in options]


def find_title(field: Any) -> str:
    """Return the label of the model's field that the form's field writes, or else its own."""
    model, name = getattr(getattr(field.parent, "Meta", None), "model", None), str(field.source)
    return find_label(model, name) if find_field(model, name) or name in NAMES else str(field.label)
