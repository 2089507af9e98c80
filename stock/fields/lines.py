"""The lines of an operation or a count: a list in JSON, and fields such as `lines[0]sku` in a form."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from django.utils.functional import cached_property
from rest_framework import serializers
from rest_framework.serializers import as_serializer_error
from rest_framework.utils import html

from core.database.transactions import atomic
from core.errors import DomainError
from products.look_ups import PRODUCTS
from stock.errors import InvalidLines, MalformedLine
from stock.fields.page_forms import AMOUNT, KEPT, OMITTED, PICKER, is_blank, offers_places
from stock.places.look_ups import BOOKED_LOCATIONS

MAX_LINES = 1000
LOOK_UPS = {"product": PRODUCTS, "location": BOOKED_LOCATIONS}
PLACE_TEMPLATES = {"location.html", "lot.html"}
LINES_IN_A_FORM = 3  # the number of lines at first; a button adds more
FORM_LINE = re.compile(r"(\w+)\[([0-9]{1,4})\](\w+)", re.ASCII)


@dataclass(frozen=True)
class ParsedLines:
    """The lines of a request: the valid lines in their order, and the errors of the malformed ones by index.

    It is not a list, so that no view passes the valid lines to a service and forgets the others.
    """

    valid: list[Any]
    malformed: dict[int, DomainError]


def call_service(
    service: Callable[..., Any], values: dict[str, Any], refusal: type[InvalidLines] = InvalidLines
) -> Any:
    """Call the service with the values of a request, of whose lines it gets the valid ones. Return its result.

    If other lines are malformed, undo what the service has done, and raise `refusal` with their errors and those of the
    lines that the service refuses.
    """
    lines: ParsedLines | None = values.get("lines")
    if lines is None:
        return service(**values)
    values = {**values, "lines": lines.valid}
    return refuse_lines(service, values, lines.malformed, refusal) if lines.malformed else service(**values)


@atomic
def refuse_lines(
    service: Callable[..., Any], values: dict[str, Any], malformed: dict[int, DomainError], refusal: type[InvalidLines]
) -> NoReturn:
    """Raise `refusal` with all errors of the request's lines, after calling the service for those of the valid ones."""
    numbers = [number for number in range(len(malformed) + len(values["lines"])) if number not in malformed]
    try:
        service(**values)
    except InvalidLines as refused:
        malformed = malformed | {numbers[index]: error for index, error in refused.errors.items()}
    raise refusal(malformed)


class LinesField(serializers.ListField):
    """The lines of a request. A malformed line does not stop the validation, so the error can list all of them."""

    def __init__(self, line_serializer: type[Any], max_length: int = MAX_LINES, **kwargs: Any) -> None:
        style, child = {"base_template": "lines.html"}, UnvalidatedField(allow_null=True)
        super().__init__(child=child, min_length=1, max_length=max_length, style=style, **kwargs)
        self.line_class = line_serializer

    @cached_property
    def line_serializer(self) -> Any:
        """Return the serializer of the lines of this request."""
        return self.line_class(context=self.context)

    def get_value(self, dictionary: Any) -> Any:
        """Read the lines from JSON, or from form fields like `lines[0]sku`. Empty lines of a form are ignored."""
        if not html.is_html_input(dictionary):
            return super().get_value(dictionary)
        lines: dict[int, dict[str, Any]] = {}
        for name, value in dictionary.items():
            if (match := FORM_LINE.fullmatch(name)) and match[1] == self.field_name and not is_blank(value):
                lines.setdefault(int(match[2]), {})[match[3]] = value
        return [line for _, line in sorted(lines.items())] or dictionary.getlist(self.field_name) or serializers.empty

    def get_form_lines(self) -> list[dict[str, Any]]:
        """Return the fields of each line for the template of the form, with the values that were sent or the initial
        values.
        """
        sent = self.get_value(self.root.initial_data) if hasattr(self.root, "initial_data") else self.initial
        lines = [line for line in sent if isinstance(line, dict)] if isinstance(sent, list) else []
        copied = {name: line[name] for line in lines[-1:] for name in KEPT if name in line}
        lines += [copied] * (LINES_IN_A_FORM - len(lines))
        refused = find_line_errors(getattr(self.root, "refusal", {}))
        return [self.get_form_line(index, line, refused.get(index, {})) for index, line in enumerate(lines)]

    def get_form_line(self, index: int, line: dict[str, Any], refused: dict[str, Any]) -> dict[str, Any]:
        """Return the cells of a line with their values and errors, and the error of the line."""
        errors = refused.get("errors", {})
        omitted = {OMITTED["base_template"], AMOUNT["base_template"]}
        if not offers_places(self.context):
            omitted |= PLACE_TEMPLATES
        cells = [
            {
                "name": f"{self.field_name}[{index}]{name}", "label": field.label,
                "value": self.get_form_value(name, line), "choices": getattr(field, "choices", None),
                "is_product": name == "product", "template": field.style.get("base_template"),
                "input_type": "date" if name == "expires_on" else "text",
                "errors": errors.get(name, []),
            }
            for name, field in self.line_serializer.fields.items()
            if field.style.get("base_template") not in omitted
        ]  # fmt: skip
        return {"cells": cells, "error": refused.get("detail", "")}

    def get_form_value(self, name: str, line: dict[str, Any]) -> Any:
        """Return the value that was sent.

        If the page's address has the id of a row instead, return the text that finds the row.
        """
        value = line.get(name, "")
        look_up = LOOK_UPS.get(name)
        is_initial = look_up and value and not hasattr(self.root, "initial_data")
        return look_up.describe(self.context["request"].user, str(value)) if look_up and is_initial else value

    def get_look_up_address(self) -> str:
        return PRODUCTS.address

    def get_locations(self) -> list[str]:
        """Return the names of the locations to suggest, or no names if there are many locations."""
        if not (offers_places(self.context) and "location" in self.line_serializer.fields):
            return []
        return [name for _, name in BOOKED_LOCATIONS.list_choices(self.context["request"].user)]

    def has_times(self) -> bool:
        return any(field.style == PICKER for field in self.line_serializer.fields.values())

    def get_zone(self) -> str:
        return str(self.context["request"].user.shop_zone)

    def run_validation(self, data: Any = serializers.empty) -> ParsedLines:
        """Return the lines. Raise ValidationError before reading them if there are none or too many."""
        lines = ParsedLines([], {})
        for index, raw in enumerate(super().run_validation(data)):
            try:
                lines.valid.append(self.read_line(raw))
            except MalformedLine as error:
                lines.malformed[index] = error
        return lines

    def read_line(self, raw: Any) -> Any:
        """Return the line. Raise MalformedLine if it is not valid."""
        try:
            return self.line_serializer.make_line(self.line_serializer.run_validation(raw))
        except serializers.ValidationError as error:
            raise MalformedLine(errors=as_serializer_error(error)) from None


def find_line_errors(refusal: dict[str, Any]) -> dict[int, dict[str, Any]]:
    """Return the refused lines of a response by their index."""
    lines = refusal.get("lines", [])
    return {line["line"]: line for line in lines if isinstance(line, dict)}


class UnvalidatedField(serializers.Field):
    """Accepts any value: the serializer of the lines validates it later."""

    def to_internal_value(self, data: Any) -> Any:
        return data
