"""The filters of products by what lies beside them: `option.size`, `field.brand`, `metadata.shopify` and `tag`.

The names of the first three have the key of a value. An instance of the filters gets those that the query names.
"""

import re
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy
from django_filters.constants import EMPTY_VALUES
from drf_spectacular.utils import extend_schema_field

from core.http.browsers import is_html_page
from core.lists.filters import StrictBooleanField, StrictDateField, StrictTextField
from core.lists.row_filters import ValueListField
from core.model_fields import METADATA_KEY
from core.texts.cleaning import fold_case
from products.attributes.services import read_value
from products.models import (
    MAX_AXIS_LENGTH,
    MAX_TAG_LENGTH,
    MAX_TAGS,
    MAX_TEXT_LENGTH,
    MAX_VALUE_LENGTH,
    CustomField,
    FieldType,
    Product,
    sql_profiles,
)
from products.own_fields.errors import FieldInvalid
from products.querysets import BOOLEAN, ProductQuerySet, make_expression

PREFIXES = {
    "option.": "`option.size=M`: products of groups with this value of an axis, ignoring case",
    "field.": (
        "`field.brand=Acme`: products with this value of one of the shop's own fields, ignoring case; for numbers and"
        " dates also `field.weight__gte=5` and `field.weight__lte=9`"
    ),
    "metadata.": "`metadata.shopify=17`: products with exactly this text of another program",
}
SIGNS = {"gte": "≥", "lte": "≤"}
COMPARED = {FieldType.NUMBER: "number", FieldType.DATE: "date"}
UNKNOWN = gettext_lazy("There is no such parameter: the shop has no such field, or it is of another type.")


class ProfileFilter(django_filters.Filter):
    """A filter on a value in the profiles of products. `condition` is from products/models/sql_profiles.py."""

    def __init__(self, condition: str, field: type[forms.Field], key: str = "", title: str = "", **extra: Any) -> None:
        super().__init__(label="", **extra)
        self.condition, self.field_class, self.key, self.title = condition, field, key, title

    def filter(self, qs: ProductQuerySet, value: Any) -> ProductQuerySet:
        if value in EMPTY_VALUES:
            return qs
        return self.select(qs, self.parent.request.user, value)

    def select(self, products: ProductQuerySet, user: Any, value: Any) -> ProductQuerySet:
        condition = sql_profiles.CONDITIONS[self.condition]
        return products.filter(make_expression(condition, BOOLEAN, user, key=self.key, given=value))

    def is_gone(self, user: Any, text: str) -> bool:
        """Return whether the field has no such choice, or no product, archived or not, has the option or the tags."""
        if own := self.extra.get("own"):
            return own.type == FieldType.CHOICE and fold_case(text) not in map(fold_case, own.choices)
        if self.condition not in ("option", "tags"):
            return False
        return not self.select(Product.objects.for_user(user), user, self.field.clean(text)).exists()


class OwnValueField(StrictTextField):
    """A value of one of the shop's own fields, by the rules of its type."""

    def __init__(self, *, own: CustomField, **kwargs: Any) -> None:
        super().__init__(max_length=MAX_TEXT_LENGTH, **kwargs)
        self.own = own

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        try:
            return read_value(self.own, text) if text else None
        except FieldInvalid as error:
            raise ValidationError(str(error)) from None


class UnknownField(forms.Field):
    """The field of a parameter that does not exist. It refuses every value, except an empty one."""

    def to_python(self, value: Any) -> None:
        if value:
            raise ValidationError(UNKNOWN)


class TagsInput(forms.TextInput):
    """Reads a parameter that may be repeated as one text, with commas between the values."""

    is_list = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str:
        return ",".join(filter(None, data.getlist(name)))


@extend_schema_field({"type": "array", "items": {"type": "string"}})
class TagFilter(ProfileFilter):
    """A filter by tags, all of which a product must have. It may be repeated."""

    def __init__(self) -> None:
        item = StrictTextField(max_length=MAX_TAG_LENGTH)
        super().__init__("tags", ValueListField, item=item, limit=MAX_TAGS, widget=TagsInput)
        self.label = "All of these tags, with commas between them, ignoring case; may be repeated"


def make_filters(request: Any) -> dict[str, ProfileFilter]:
    """Return the filters that the query names, and on a page also those by all fields of the shop that have a form."""
    named = {name: name.partition(".")[::2] for name in request.query_params if name.startswith(tuple(PREFIXES))}
    is_page = is_html_page(request)
    own = make_own_filters(request.user) if is_page or any(kind == "field" for kind, _key in named.values()) else {}
    found = {name: own.get(name) or make_filter(*parts) for name, parts in named.items()}
    return {name: one for name, one in own.items() if is_page and one.title} | found


def make_own_filters(user: Any) -> dict[str, ProfileFilter]:
    """Return the filters by the shop's own fields. Those that the form of a page has are the ones with a title."""
    filters: dict[str, ProfileFilter] = {}
    for own in CustomField.objects.shown_to(user):
        compared = COMPARED.get(FieldType(own.type))
        filters |= {
            f"field.{own.key}__{sign}": make_own_filter(own, f"{compared}_{sign}", f"{own.label} {sign_shown}")
            for sign, sign_shown in SIGNS.items()
            if compared
        }
        filters[f"field.{own.key}"] = make_own_filter(own, compared or "text", "" if compared else own.label)
    return filters


def make_own_filter(own: CustomField, condition: str, title: str) -> ProfileFilter:
    if own.type == FieldType.YES_NO:
        return ProfileFilter("flag", StrictBooleanField, own.key, title)
    if own.type == FieldType.DATE:
        return ProfileFilter(condition, StrictDateField, own.key, title)
    choices = {"widget": forms.Select(choices=[("", ""), *((one, one) for one in own.choices)])}
    return ProfileFilter(condition, OwnValueField, own.key, title, own=own, **choices if own.choices else {})


def make_filter(kind: str, key: str) -> ProfileFilter:
    """Return the filter by an option, or by a text of another program. Any other one refuses all values."""
    if kind == "option" and 0 < len(key) <= MAX_AXIS_LENGTH and key.isprintable():
        return ProfileFilter("option", StrictTextField, key, key, max_length=MAX_VALUE_LENGTH)
    if kind == "metadata" and re.fullmatch(METADATA_KEY, key):
        return ProfileFilter("metadata", StrictTextField, key, key, max_length=MAX_TEXT_LENGTH)
    return ProfileFilter("", UnknownField, key, key)
