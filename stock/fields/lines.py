"""The lines of an operation or a count: a list in JSON, and fields such as `lines[0]sku` in a form."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from django.utils.functional import cached_property
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from rest_framework import serializers
from rest_framework.serializers import as_serializer_error
from rest_framework.utils import html

from core.database.transactions import atomic
from core.errors import DomainError
from stock.errors import InvalidLines, MalformedLine
from stock.fields.page_forms import is_blank

MAX_LINES = 1000
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
        child = UnvalidatedField(allow_null=True)
        super().__init__(child=child, min_length=1, max_length=max_length, **kwargs)
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


class LinesFieldSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """The schema of LinesField: a list of what its serializer describes."""

    target_class = LinesField
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> Any:
        return auto_schema._map_serializer_field(self.target.line_class(many=True), direction)


class UnvalidatedField(serializers.Field):
    """Accepts any value: the serializer of the lines validates it later."""

    def to_internal_value(self, data: Any) -> Any:
        return data
