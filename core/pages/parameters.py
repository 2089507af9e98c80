"""The fields of the forms for query parameters: those of reports, and the filters of lists."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.utils.translation import gettext

from core.labels import find_label
from core.pages.look_ups import Choices, LookUp
from core.translation import gettext_noop as _

# The titles of parameters whose names have another meaning elsewhere.
LABELS = {"after": _("At or after"), "before": _("Until"), "to": _("Until")}
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

    @property
    def title(self) -> str:
        return self.label or LABELS.get(self.name) or find_label(None, self.name)

    def field(self, request: Any, errors: dict[str, Any]) -> Field:
        return self.make_field(request.query_params.get(self.name, ""), errors.get(self.name, []), request.user)

    def make_field(self, value: str, errors: Sequence[str], user: Any) -> Field:
        choices = self.list_rows(value, user) or [(value, value and gettext(words)) for value, words in self.choices]
        if choices or not self.look_up:
            kind, hint = self.input_type(value), "" if self.look_up else self.hint
            return Field(self.name, self.title, kind, value, choices, hint, errors, is_numeric=self.is_numeric)
        text = self.look_up.describe(user, value)
        return Field(self.name, self.title, "text", text, (), self.hint, errors, self.look_up)

    def list_rows(self, value: str, user: Any) -> Choices:
        """Return the rows to choose from, but none if there are many, or if the value is not one of them."""
        rows = self.look_up.list_choices(user) if self.look_up else []
        return [("", "---------"), *rows] if rows and value in {"", *dict(rows)} else []

    def input_type(self, value: str) -> str:
        """Return the type of the input. It is not the browser's type for dates, which would hide a time."""
        return "text" if self.kind == "date" and value and not DAY.fullmatch(value) else self.kind
