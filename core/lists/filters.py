"""Filters of lists. A malformed value is refused by a 400 that names its parameter; an empty value counts as absent."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from copy import deepcopy
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import CharField, F, Q, QuerySet, TextField
from django.db.models.functions import Lower
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters.constants import EMPTY_VALUES
from drf_spectacular.utils import extend_schema_field

from core.fields import AMOUNT, DATE, MAX_QUOTED_LENGTH
from core.http.browsers import is_page_for_people
from core.kinds import MAX_ID, parse_id, read_amount
from core.pages.form_fields import SearchField
from core.pages.look_ups import LookUp
from core.pages.parameters import SHOWN_APART, Parameter
from core.sentences import CODES
from core.texts.cleaning import NOT_UTF8
from core.texts.folding import NameKey, match_number, match_words
from core.time_zones import DEFAULT_ZONE, MAX_INSTANT, MIN_INSTANT, midnight

MAX_SEARCH_LENGTH = 200
INVALID_INSTANT = gettext_lazy("Enter a time from 2000 on, 2026-12-31T23:59:00Z for instance.")
NOT_BOOLEAN = gettext_lazy("Enter true or false.")
BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


class StrictFilterSet(django_filters.FilterSet):
    prefixes: Mapping[str, str] = {}  # of the names of filters that each shop has of its own, with their descriptions

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, own in self.make_own_filters(self.request).items() if self.request else ():
            self.filters[name], own.parent = own, self

    @classmethod
    def make_own_filters(cls, _request: Any) -> Mapping[str, django_filters.Filter]:
        """Return the filters that only this request has, by name."""
        return {}

    @classmethod
    def list_parameters(cls, request: Any) -> list[Parameter]:
        """Return the parameters that the form of a page has. Those of SHOWN_APART are elsewhere on the page."""
        own = {name: describe_filter(name, one) for name, one in cls.make_own_filters(request).items()}
        return [one for name, one in {**cls.describe_filters(), **own}.items() if name not in SHOWN_APART]

    @classmethod
    @cache
    def describe_filters(cls) -> dict[str, Parameter]:
        """Return the parameters of the filters that each request has."""
        return {name: describe_filter(name, deepcopy(one)) for name, one in cls.base_filters.items()}

    @classmethod
    def has_filters(cls, request: Any) -> bool:
        """Return whether the query names a filter."""
        names = request.query_params.keys()
        return bool(cls.base_filters.keys() & names) or any(name.startswith(tuple(cls.prefixes)) for name in names)

    @classmethod
    def replace_typed(cls, request: Any) -> None:
        """Replace what people type by what programs send: names of rows by ids, and amounts with a decimal comma."""
        query = request.query_params.copy()
        for name, text in request.query_params.items():
            if text and (read_typed := getattr(cls.base_filters.get(name), "read_typed", None)):
                query[name] = read_typed(request.user, text)
        request._request.GET = query

    @classmethod
    def filter_by_default(cls, queryset: QuerySet) -> QuerySet:
        """Return the rows that a query without filters lists."""
        return queryset


class ArchivedFilterSet(StrictFilterSet):
    """Lists the live rows, or with `archived=true` the archived ones. Subclasses declare the filter with its label."""

    @classmethod
    def filter_by_default(cls, queryset: Any) -> Any:
        return queryset.live()

    def filter_queryset(self, queryset: Any) -> Any:
        archived = self.form.cleaned_data["archived"]
        return super().filter_queryset(queryset.exclude(archived_at=None) if archived else queryset.live())

    def return_unfiltered(self, queryset: QuerySet, name: str, value: Any) -> QuerySet:
        """Return the queryset unchanged, for filters that another method reads: filter_queryset() reads `archived`."""
        return queryset


def parse_id_or_name(text: str) -> int | str:
    """Return the id if the text consists of digits, else the text as a name."""
    return (parse_id(text) or 0) if text.isascii() and text.isdigit() else text  # no row has the id 0


class StrictTextField(SearchField):
    """A search text, which must be UTF-8."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if "\ufffd" in (text or ""):
            raise ValidationError(NOT_UTF8)
        return text


class TextFilter(django_filters.CharFilter):
    """A text of at most MAX_SEARCH_LENGTH or `max_length` characters. With a `look_up`, a page suggests its rows."""

    field_class = StrictTextField

    def __init__(self, *args: Any, look_up: LookUp | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_length": MAX_SEARCH_LENGTH, **kwargs})
        self.look_up = look_up


class ReferenceFilter(TextFilter):
    """A filter by an exact text. The index of its column has no empty texts, so the condition must say it, too."""

    def filter(self, qs: QuerySet, value: Any) -> QuerySet:
        rows: QuerySet = super().filter(qs, value)
        return rows.exclude(**{self.field_name: ""}) if value else rows


class SearchFilter(TextFilter):
    """`?search=`: every word must occur in one of the fields, ignoring case and accents.

    If there is a field for telephone numbers, it also finds the same number written in another way. If there is one for
    the numbers of rows, it also finds the row with this number, such as 12 or #12.
    """

    def __init__(self, fields: Sequence[str] = (), phone: str = "", number: str = "", **kwargs: Any) -> None:
        self.search_fields, self.phone, self.number = fields, phone, number
        label = "Words to look for in " + ", ".join(f.replace("__", " ") for f in fields)
        kwargs.setdefault("label", f"{label}, or the number" if number else label)
        super().__init__(**kwargs)

    def filter(self, qs: QuerySet, value: Any) -> QuerySet:
        words = (value or "").split()
        found = match_number(value, self.phone) | self.match_row(value)
        return qs.filter(self.match(words) | found) if words else qs

    def match_row(self, text: Any) -> Q:
        """Return the condition that the row has this number. It is empty for other texts and lists."""
        number = parse_id(text.strip().removeprefix("#")) if self.number and text else None
        return Q(**{self.number: number}) if number else Q()

    def match(self, words: list[str]) -> Q:
        """Return the condition that each of the words is in one of the fields."""
        return match_words(words, self.search_fields)


class StrictChoiceField(django_filters.fields.ChoiceField):
    """One of a few words. The error for another value quotes its beginning and lists the words."""

    def validate(self, value: Any) -> None:
        if value and not self.valid_value(value):
            words = ", ".join(str(word) for word, _ in self.choices if word)
            quoted = {"value": value[:MAX_QUOTED_LENGTH], "words": words}  # django-filter formats messages with %
            raise ValidationError(gettext_lazy('"%(value)s" is not one of %(words)s.'), params=quoted)
        super().validate(value)


class ChoiceFilter(django_filters.ChoiceFilter):
    field_class = StrictChoiceField


class OrderingFilter(django_filters.OrderingFilter):
    """A filter for the order, such as `?ordering=name,-price`. Ties are broken by id, so that pages never overlap."""

    field_class = StrictChoiceField

    def __init__(self, fields: list[str], **kwargs: Any) -> None:
        kwargs.setdefault("label", "Fields to order by, with - in front for descending")
        super().__init__(fields=[(name, name) for name in fields], **kwargs)

    def filter(self, qs: QuerySet, value: Any) -> QuerySet:
        if value in EMPTY_VALUES:
            return qs
        return qs.order_by(*(self.build_term(qs, name) for name in value if name), "id")

    def build_term(self, qs: QuerySet, name: str) -> Any:
        """Return the argument of `order_by` for this field. Rows without a value are last.

        Text ignores case. Pages order it as people do: without accents, and numbers by their values.
        """
        field = qs.model._meta.get_field(name.lstrip("-"))
        if not isinstance(field, CharField | TextField):
            return F(field.name).desc(nulls_last=True) if field.null and name.startswith("-") else name
        key = NameKey(field.name) if is_page_for_people(self.parent.request) else Lower(field.name)
        return key.desc() if name.startswith("-") else key.asc()


class StrictBooleanField(forms.Field):
    widget = forms.Select(choices=[("", ""), ("true", "yes"), ("false", "no")])

    def to_python(self, value: Any) -> bool | None:
        if value in EMPTY_VALUES:
            return None
        if str(value).lower() not in BOOLEANS:
            raise ValidationError(NOT_BOOLEAN)
        return BOOLEANS[str(value).lower()]


@extend_schema_field({"type": "boolean"})
class BooleanFilter(django_filters.Filter):
    """A filter by `true`, `false`, `1` or `0`, ignoring case."""

    field_class = StrictBooleanField


class StrictIntegerField(forms.Field):
    def __init__(self, *, max_value: int = MAX_ID, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.max_value = max_value

    def to_python(self, value: Any) -> int | None:
        if value in EMPTY_VALUES:
            return None
        if not re.fullmatch(r"[0-9]{1,19}", value, re.ASCII) or int(value) > self.max_value:
            raise ValidationError(_("Enter a whole number."))
        return int(value)


@extend_schema_field({"type": "integer", "minimum": 0})
class IntegerFilter(django_filters.Filter):
    """A filter by a whole number, such as an id. It never reveals whether another account's row exists."""

    field_class = StrictIntegerField


class StrictDecimalField(forms.DecimalField):
    def to_python(self, value: Any) -> Any:
        if value not in EMPTY_VALUES and not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", value, re.ASCII):
            raise ValidationError(_("Enter an amount, 12.50 for instance."))
        return super().to_python(value)


# The schema has no example, because Swagger UI would filter by it.
@extend_schema_field({name: value for name, value in AMOUNT.items() if name != "example"})
class AmountFilter(django_filters.Filter):
    field_class = StrictDecimalField

    def read_typed(self, user: Any, text: str) -> str:
        return read_amount(text, getattr(user, "shop_decimal_sign", ".")).strip()


class InstantField(forms.Field):
    def __init__(self, *, zone: str = DEFAULT_ZONE, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.zone = zone

    def to_python(self, value: Any) -> datetime | None:
        return None if value in EMPTY_VALUES else parse_instant(value, self.zone)


@extend_schema_field({"type": "string", "format": "date-time"})
class InstantFilter(django_filters.Filter):
    """A filter by a time in ISO 8601, in UTC without an offset. A date means its beginning in the shop's time zone."""

    field_class = InstantField

    @property
    def field(self) -> Any:
        """Return a new form field, for the time zone of the request's user.

        The schema reads the fields of filters that all requests copy, so a field that is kept would be that of UTC.
        """
        self.__dict__.pop("_field", None)
        request = getattr(getattr(self, "parent", None), "request", None)
        self.extra["zone"] = getattr(getattr(request, "user", None), "shop_zone", DEFAULT_ZONE)
        return super().field


class StrictDateField(forms.Field):
    def to_python(self, value: Any) -> date | None:
        if value in EMPTY_VALUES:
            return None
        with suppress(ValueError):
            if DATE.fullmatch(value):
                return date.fromisoformat(value)
        raise ValidationError(_("Enter a date, 2026-12-31 for instance."))


@extend_schema_field({"type": "string", "format": "date"})
class DateFilter(django_filters.Filter):
    field_class = StrictDateField


def parse_instant(text: str, zone: str = DEFAULT_ZONE) -> datetime:
    """Return an aware datetime from 2000 to 2199. A date means its midnight in the zone. Raise ValidationError."""
    if not text.isascii():
        raise ValidationError(_("Enter a time in ASCII digits, 2026-12-31T23:59:00Z for instance."))
    if "T" in text:
        text = text.replace(" ", "+")  # an unescaped + in a query arrives as a space
    try:
        moment: date | datetime | None = parse_date(text) or parse_datetime(text)
    except ValueError:
        moment = None
    # The year is checked before the offset is added, which could exceed the range of datetime.
    if moment is None or not MIN_INSTANT.year <= moment.year <= MAX_INSTANT.year:
        raise ValidationError(INVALID_INSTANT)
    if not isinstance(moment, datetime):
        moment = max(midnight(moment, zone), MIN_INSTANT)
    moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    if not MIN_INSTANT <= moment < MAX_INSTANT:
        raise ValidationError(INVALID_INSTANT)
    return moment


def describe_filter(name: str, described: Any) -> Parameter:
    """Return the parameter that a page has in its form for this filter."""
    field, label, look_up = described.field, str(described.label or ""), getattr(described, "look_up", None)
    return Parameter(
        name,
        label=getattr(described, "title", ""),
        kind="date" if isinstance(field, InstantField | StrictDateField) else "text",
        choices=[
            (str(value), str(CODES.get(str(value), words))) for value, words in getattr(field.widget, "choices", ())
        ],
        hint=look_up.hint if look_up else label if label.lower() != name else "",
        look_up=look_up,
        is_numeric=isinstance(field, StrictIntegerField | StrictDecimalField) and not look_up,
        is_list=getattr(field.widget, "is_list", False),
    )
