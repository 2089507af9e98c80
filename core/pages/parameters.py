"""The form for the query parameters of a report. Lists have the forms of their filters."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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
    kind: str = "text"  # or date, number
    choices: Sequence[tuple[str, str]] = ()
    hint: str = ""

    def field(self, request: Any, errors: dict[str, Any]) -> Field:
        """Return the field with the value of the request and its errors."""
        value = request.query_params.get(self.name, "")
        label = self.label or self.name.replace("_", " ").capitalize()
        return Field(
            self.name, label, self.input_type(value), value, self.choices, self.hint, errors.get(self.name, [])
        )

    def input_type(self, value: str) -> str:
        """Return the type of the input. A browser's field for dates would hide a time, and a number field a word."""
        if self.kind == "date" and value and not DAY.fullmatch(value):
            return "text"
        return "text" if self.kind == "number" else self.kind
