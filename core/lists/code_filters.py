"""Filters by whole codes, and by several ids or codes, such as `?id__in=3,5,8`."""

from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field

from core import external_ids
from core.lists.filters import StrictTextField, TextFilter
from core.sentences import fill

MAX_VALUES = 500
MAX_LENGTH = MAX_VALUES * 65  # the limit of all values together; the longest values are codes of 64 characters


class ValueListField(StrictTextField):
    """At most MAX_VALUES values with commas between them, each checked by the field `item`."""

    def __init__(self, *, item: forms.Field, **kwargs: Any) -> None:
        super().__init__(max_length=MAX_LENGTH, **kwargs)
        self.item = item

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        values = [each.strip() for each in text.split(",")] if text else []
        if len(values) > MAX_VALUES:
            said = fill("Send at most {limit} values, not {number}.", limit=MAX_VALUES, number=len(values))
            raise ValidationError(said)
        if "" in values:
            raise ValidationError(_("Enter values with one comma between each of them."))
        return [self.item.clean(each) for each in values]


@extend_schema_field({"type": "string"})
class ValueListFilter(django_filters.Filter):
    """A filter by one of several values, such as ids."""

    field_class = ValueListField


def filter_by_codes(rows: QuerySet, field: str, codes: list[str]) -> QuerySet:
    """Return the rows with one of these whole codes, ignoring case. Return all rows if there are no codes."""
    lower = [Lower(Value(code)) for code in codes]
    # PostgreSQL uses the unique index, because this repeats its condition.
    return rows.filter(~Q(**{field: ""}), **{f"{field}__lower__in": lower}) if codes else rows


class CodeFilter(TextFilter):
    """A filter by a whole code, ignoring case."""

    def filter(self, qs: QuerySet, value: Any) -> QuerySet:
        return filter_by_codes(qs, self.field_name, [value] if value else [])


class ExternalIdFilter(CodeFilter):
    def __init__(self) -> None:
        super().__init__(max_length=external_ids.MAX_LENGTH, label="The whole id in another program, ignoring case")


class CodeListFilter(ValueListFilter):
    """A filter by one of several whole codes, ignoring case. A code with a comma can't be one of them."""

    def filter(self, qs: QuerySet, value: Any) -> QuerySet:
        return filter_by_codes(qs, self.field_name, value or [])
