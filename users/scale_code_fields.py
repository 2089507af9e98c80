"""The shop's codes of scales: which EAN-13 have a weight or a price inside.

They are a list in JSON, and lines such as `23: 5, 3, weight` in the form.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.utils import html

from core.examples import example
from core.fields import MAX_QUOTED_LENGTH, ChoiceField, TextField, WholeNumberField
from core.serializers import CachedFieldsSerializer, describe_list_errors

MAX_SCALE_CODES = 20
LENGTH = 13  # of an EAN, with its check digit
MIN_VALUE_DIGITS = 3
WEIGHT, PRICE = HOLDS = ("weight", "price")
PRICE_PLACES = 2
LINE = re.compile(r"(?P<prefix>[0-9]+) ?: ?(?P<digits>[0-9]+) ?, ?(?P<places>[0-9]+)(?: ?, ?(?P<holds>\w+))?", re.ASCII)


def parse_scale_codes(text: str) -> list[dict[str, Any]]:
    """Return the rows of the lines that are not empty. A line of another form is a row that is refused."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    found = [(LINE.fullmatch(line), line) for line in lines if line]
    return [
        {name: value for name, value in match.groupdict().items() if value} if match else {"line": line}
        for match, line in found
    ]


def write_scale_codes(rows: Iterable[Mapping[str, Any]]) -> str:
    return "\n".join("{prefix}: {digits}, {places}, {holds}".format_map(row) for row in rows)


class ScaleCodeListSerializer(serializers.ListSerializer):
    """The codes of scales of a shop. No two of them fit to one code."""

    default_error_messages = {"unclear": gettext_lazy("A code can begin with both {first} and {second}.")}

    def get_value(self, dictionary: Any) -> Any:
        """Return the list from JSON, or the rows from the lines of a form's text."""
        if not html.is_html_input(dictionary):
            return super().get_value(dictionary)
        text = dictionary.get(self.field_name, serializers.empty)
        return parse_scale_codes(text) if isinstance(text, str) else text

    def to_internal_value(self, data: Any) -> Any:
        """Return the rows. Raise ValidationError with a text for each wrong one."""
        try:
            rows = super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError([*describe_list_errors(error.detail)]) from None
        prefixes = sorted(row["prefix"] for row in rows)
        for first, second in pairwise(prefixes):
            if second.startswith(first):
                self.fail("unclear", first=first, second=second)
        return rows

    def run_child_validation(self, data: Any) -> Any:
        """Validate the row as a whole even in a PATCH, because the list replaces all rows."""
        return ScaleCodeSerializer().run_validation(data)


@example(prefix="23", digits=5, places=3, holds=WEIGHT)
class ScaleCodeSerializer(CachedFieldsSerializer):
    """EAN-13 that begin with the prefix have the number of an article and a weight or price inside."""

    prefix = TextField(
        max_length=3, validators=[RegexValidator(r"\A[0-9]+\Z", gettext_lazy("Enter digits."))],
        help_text="The first 1 to 3 digits, mostly 20 to 29.",
    )  # fmt: skip
    digits = WholeNumberField(min_value=1, max_value=8, help_text="Of the number of the article, after the prefix.")
    places = WholeNumberField(
        min_value=0, max_value=5,
        help_text="The decimals of the weight or price, which are the digits from there to the check digit.",
    )  # fmt: skip
    holds = ChoiceField(choices=HOLDS, default=WEIGHT, help_text="`weight`: an amount in the product's unit.")

    default_error_messages = {
        "line": gettext_lazy('"{line}" is not a line such as {example}.'),
        "long": gettext_lazy("After {prefix}, at most {limit} digits can be those of the article."),
        "fine": gettext_lazy("A price has at most {limit} decimals."),
    }

    class Meta:
        list_serializer_class = ScaleCodeListSerializer

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and "line" in data:
            line, shown = str(data["line"])[:MAX_QUOTED_LENGTH], f"23: 5, 3, {WEIGHT}"
            raise serializers.ValidationError(self.describe("line", line=line, example=shown))
        return super().to_internal_value(data)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Raise ValidationError if too few digits remain for the weight or price, or a price has parts of a cent."""
        limit = LENGTH - 1 - MIN_VALUE_DIGITS - len(attrs["prefix"])
        if attrs["digits"] > limit:
            raise serializers.ValidationError(self.describe("long", prefix=attrs["prefix"], limit=limit))
        if attrs["holds"] == PRICE and attrs["places"] > PRICE_PLACES:
            raise serializers.ValidationError(self.describe("fine", limit=PRICE_PLACES))
        return {name: attrs[name] for name in ("prefix", "digits", "places", "holds")}

    def describe(self, name: str, **values: Any) -> dict[str, list[str]]:
        """Return the error of the row by its name in `default_error_messages`."""
        return {"non_field_errors": [str(self.error_messages[name]).format(**values)]}
