"""The fields of the forms for query parameters: those of reports, and the filters of lists."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

LABELS = {"sku": "SKU"}  # of names that are no words
SHOWN_APART = ("search", "ordering")  # the search has a field of its own, and the heads of the table set the order
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Field:
    """What the template writes."""

    name: str
    label: str
    input_type: str
    value: str
    choices: Sequence[tuple[str, str]]
    hint: str
    errors: Sequence[str]


@dataclass(frozen=True)
class Parameter:
    """A query parameter that people may set."""

    name: str
    label: str = ""
    kind: str = "text"  # or date
    choices: Sequence[tuple[str, str]] = ()
    hint: str = ""

    def field(self, request: Any, errors: dict[str, Any]) -> Field:
        """Return the field with the value of the request and its errors."""
        return self.make_field(request.query_params.get(self.name, ""), errors.get(self.name, []))

    def make_field(self, value: str, errors: Sequence[str]) -> Field:
        label = self.label or LABELS.get(self.name) or self.name.replace("_", " ").capitalize()
        return Field(self.name, label, self.input_type(value), value, self.choices, self.hint, errors)

    def input_type(self, value: str) -> str:
        """Return the type of the input. A browser's field for dates would hide a time."""
        if self.kind == "date" and value and not DAY.fullmatch(value):
            return "text"
        return self.kind
