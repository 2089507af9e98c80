"""The fields of the forms for query parameters: those of reports, and the filters of lists."""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.utils.translation import gettext

from core.pages.columns import Display
from core.pages.look_ups import Choices, LookUp
from core.sentences import find_label
from core.time_zones import MOMENT, begins_day, midnight
from core.translation import gettext_noop as _

# The titles of parameters whose names have another meaning elsewhere.
LABELS = {"after": _("At or after"), "before": _("Until"), "to": _("Until")}
# Programs send the instant at which a period ends. People choose its last day, or the day at whose end a report shows
# the stock. Their forms send the day as `to-day`, which is no parameter of the API, and `find_ends()` turns it into the
# instant.
ENDS = {
    "to": _("This day and earlier."),
    "before": _("This day and earlier."),
    "as_of": _("The end of this day; by default now."),
}
OF_DAY, A_DAY = "-day", timedelta(days=1)
# The search has its own field, the heads of a table set the order, links set periods, and programs send the others.
SHOWN_APART = (
    "search", "similar", "ordering", "period", "id__in", "sku__in", "external_id", "external_id__in", "_columns",
    "_variants",
)  # fmt: skip
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Field(NamedTuple):
    """The data that the template needs of a field."""

    name: str
    label: str
    input_type: str
    value: str
    choices: Sequence[tuple[str, str]]
    hint: str
    errors: Sequence[str]
    look_up: LookUp | None = None  # suggests rows for an input
    is_numeric: bool = False
    is_rare: bool = False  # whether the form hides it until somebody asks for more, or it has a value

    @property
    def parameter(self) -> str:
        """Return the name that the parameter has in the API."""
        return self.name.removesuffix(OF_DAY)


@dataclass(frozen=True)
class Parameter:
    """A query parameter that people may set."""

    name: str
    label: str = ""
    kind: str = "text"  # "text" or "date"
    choices: Sequence[tuple[str, str]] = ()
    hint: str = ""
    look_up: LookUp | None = None  # finds the row that people choose or name
    is_numeric: bool = False
    is_rare: bool = False
    is_list: bool = False  # whether a query may repeat it; the form shows its values with commas
    is_offered: Callable[[Any], bool] | None = None  # whether the form of a user has it; by default each has it

    @property
    def title(self) -> str:
        return self.label or LABELS.get(self.name) or find_label(None, self.name)

    def field(self, request: Any, errors: dict[str, Any]) -> Field:
        values, said, user = request.query_params.getlist(self.name), errors.get(self.name, []), request.user
        value = ",".join(filter(None, values)) if self.is_list else values[-1] if values else ""
        choices = self.list_rows(value, user) or [(value, words and gettext(words)) for value, words in self.choices]
        if choices or not self.look_up:
            is_end, hint = self.name in ENDS, "" if self.look_up else ENDS.get(self.name, self.hint)
            name, shown = (self.name + OF_DAY, find_last_day(value, user)) if is_end else (self.name, value)
            kind = self.input_type(shown)
            return Field(name, self.title, kind, shown, choices, hint, said, None, self.is_numeric, self.is_rare)
        text = self.look_up.describe(user, value)
        return Field(self.name, self.title, "text", text, (), self.hint, said, self.look_up)

    def list_rows(self, value: str, user: Any) -> Choices:
        """Return the rows to choose from, but none if there are many, or if the value is not one of them."""
        rows = self.look_up.list_choices(user) if self.look_up else []
        return [("", ""), *rows] if rows and value in {"", *dict(rows)} else []

    def input_type(self, value: str) -> str:
        """Return the type of the input. It is not the browser's type for dates, which would hide a time."""
        return "text" if self.kind == "date" and value and not DAY.fullmatch(value) else self.kind


def find_last_day(text: str, user: Any) -> str:
    """Return the last day before the date or the instant at which a day ends. Return other texts unchanged."""
    with suppress(ValueError, OverflowError):
        if DAY.fullmatch(text):
            return (date.fromisoformat(text) - A_DAY).isoformat()
        end = Display.of(user).local(datetime.fromisoformat(text) + MOMENT)
        if begins_day(end):
            return (end.date() - A_DAY).isoformat()
    return text


def find_end(name: str, text: str, user: Any) -> str:
    """Return what programs send for the end of the day: the next date, or the last instant at which the day lasts."""
    with suppress(ValueError, OverflowError):
        if DAY.fullmatch(text):
            end = date.fromisoformat(text) + A_DAY
            is_instant = name == "as_of"  # `as_of` includes what was booked at its instant
            return (midnight(end, Display.of(user).time_zone) - MOMENT if is_instant else end).isoformat()
    return text


def find_ends(request: Any) -> Any:
    """Return the query with the ends of the days that the page's form has sent, or None if it has sent no such day."""
    days = {name: request.query_params[name + OF_DAY] for name in ENDS if name + OF_DAY in request.query_params}
    if not days:
        return None
    query = request.query_params.copy()
    for name, day in days.items():
        del query[name + OF_DAY]
        query[name] = find_end(name, day.strip(), request.user)
    return query
