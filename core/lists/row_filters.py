"""Filters by rows: by the id or name of one, by codes, by several ids as `?id__in=3,5,8`, and by metadata."""

import re
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django_filters.constants import EMPTY_VALUES
from drf_spectacular.utils import extend_schema_field

from core import model_fields
from core.http.browsers import is_html_page
from core.kinds import parse_id
from core.lists.filters import IntegerFilter, StrictFilterSet, StrictIntegerField, StrictTextField, TextFilter
from core.model_fields import MAX_METADATA_LENGTH, MAX_QUOTED_KEY, METADATA_KEY, WRONG_KEY
from core.pages.look_ups import LookUp
from core.sentences import fill
from core.texts.cleaning import remove_invisible

MAX_VALUES = 500
EXTERNAL_ID = StrictTextField(max_length=model_fields.MAX_LENGTH)  # the item of a filter by several external ids
REPEATED = "given several times, each value is taken whole"
MAX_LENGTH = MAX_VALUES * 65  # the limit of all values together; the longest values are codes of 64 characters


class RowField(StrictIntegerField):
    """The id of a row. On a page it may be a name, which `find` replaces by the id."""

    user: Any = None
    takes_names: bool = False

    def __init__(self, *, look_up: LookUp, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.look_up = look_up

    def to_python(self, value: Any) -> int | None:
        if self.takes_names and value not in EMPTY_VALUES and not value.isdigit():
            return self.look_up.find(self.user, value)
        row_id = super().to_python(value)
        return self.look_up.follow(self.user, row_id) if self.user else row_id


class RowFilter(IntegerFilter):
    """A filter by the id of a row. On a page people choose the row, or name it."""

    field_class: type[StrictIntegerField] = RowField

    def __init__(self, look_up: LookUp, **kwargs: Any) -> None:
        super().__init__(look_up=look_up, **kwargs)
        self.look_up = look_up

    @property
    def field(self) -> Any:
        """Return the form field, which accepts names on a page.

        A filter keeps its field, also that of the schema, which has no user. So each request sets its own.
        """
        request, field = getattr(getattr(self, "parent", None), "request", None), super().field
        field.user = request.user if request is not None else None
        field.takes_names = request is not None and is_html_page(request)
        return field

    def read_typed(self, user: Any, text: str) -> str:
        """Return the id of the row that the text names. Return the text unchanged if it is an id or fits no row."""
        row_id = parse_id(text)
        if row_id is not None and self.look_up.has(user, row_id):
            return text
        try:
            return str(self.look_up.find(user, text))
        except ValidationError:
            return text


class ValueListInput(forms.TextInput):
    """Returns a text if the parameter is given once, and a list of its values if it is given several times."""

    is_list = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        values = list(filter(None, data.getlist(name)))
        return values if len(values) > 1 else "".join(values)


class ValueListField(StrictTextField):
    """At most `limit` values, each checked by the field `item`: a list, or a text with commas between them."""

    def __init__(self, *, item: forms.Field, limit: int = MAX_VALUES, **kwargs: Any) -> None:
        super().__init__(max_length=MAX_LENGTH, **kwargs)
        self.item, self.limit = item, limit

    def to_python(self, value: Any) -> Any:
        given = value if isinstance(value, list) else (super().to_python(value) or "").split(",")
        values = [each.strip() for each in given] if value else []
        if len(values) > self.limit:
            said = fill("Send at most {limit} values, not {number}.", limit=self.limit, number=len(values))
            raise ValidationError(said)
        if "" in values:
            raise ValidationError(_("Enter values with one comma between each of them."))
        return [self.item.clean(each) for each in values]


@extend_schema_field({"type": "array", "items": {"type": "string"}})
class ValueListFilter(django_filters.Filter):
    """A filter by one of several values, such as ids. Given several times, each value may contain commas."""

    field_class = ValueListField

    def __init__(self, *args: Any, label: str, **kwargs: Any) -> None:
        super().__init__(*args, label=f"{label}; {REPEATED}", widget=ValueListInput, **kwargs)


def filter_by_codes(rows: QuerySet, field: str, codes: list[str]) -> QuerySet:
    """Return the rows with one of these whole codes, ignoring case. Return all rows if there are no codes.

    Codes with invisible characters, which are no part of a code, also find the codes without them.
    """
    lower = [Lower(Value(code)) for code in dict.fromkeys([*codes, *map(remove_invisible, codes)])]
    # The condition repeats that of the unique index, so that PostgreSQL can use the index.
    return rows.filter(~Q(**{field: ""}), **{f"{field}__lower__in": lower}) if codes else rows


class CodeFilter(TextFilter):
    """A filter by a whole code, ignoring case."""

    def filter(self, qs: QuerySet, value: Any) -> QuerySet:
        return filter_by_codes(qs, self.field_name, [value] if value else [])


class ExternalIdFilter(CodeFilter):
    def __init__(self) -> None:
        super().__init__(max_length=model_fields.MAX_LENGTH, label="The whole id in another program, ignoring case")


class CodeListFilter(ValueListFilter):
    """A filter by one of several whole codes, ignoring case."""

    def filter(self, qs: QuerySet, value: Any) -> QuerySet:
        return filter_by_codes(qs, self.field_name, value or [])


PREFIX = "metadata."


class MetadataTextField(StrictTextField):
    def __init__(self, *, key: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.key = key

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if text and not re.fullmatch(METADATA_KEY, self.key):
            raise ValidationError(WRONG_KEY.format(given=self.key[:MAX_QUOTED_KEY]))
        return text


class MetadataFilter(TextFilter):
    """A filter by the text under a key."""

    field_class: type[StrictTextField] = MetadataTextField

    def __init__(self, key: str) -> None:
        super().__init__(max_length=MAX_METADATA_LENGTH, key=key, label="")
        self.key = key

    def filter(self, qs: QuerySet, value: Any) -> QuerySet:
        return qs.filter(metadata__contains={self.key: value}) if value else qs


class MetadataFilterSet(StrictFilterSet):
    """The filters of rows that have metadata. An instance gets those that the query names."""

    prefixes = {PREFIX: "`metadata.shopify=17`: those with exactly this text of another program"}

    @classmethod
    def make_own_filters(cls, request: Any) -> dict[str, MetadataFilter]:
        names = [name for name in request.query_params if name.startswith(PREFIX)]
        return {name: MetadataFilter(name.removeprefix(PREFIX)) for name in names}
