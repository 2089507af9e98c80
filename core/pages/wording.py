"""What pages say in place of the API's refusals that are for programs."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import get_language, gettext, override
from rest_framework import serializers

from core.fields import INVALID_CHOICE
from core.lists.filters import INVALID_INSTANT
from core.texts.locales import name_zones
from core.translation import gettext_noop

CHOOSE_ONE = gettext_noop("Choose one.")
NOTHING = gettext_noop("Nothing is entered.")
DATE = gettext_noop("Enter a date.")
# The texts that pages show, by those of the API. A text may use the placeholders of the other one.
FURTHER_WORDS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
WORDS: dict[Any, Any] = {
    serializers.IntegerField.default_error_messages["invalid"]: gettext_noop("Enter a whole number."),
    serializers.DecimalField.default_error_messages["invalid"]: gettext_noop("Enter a number."),
    serializers.BooleanField.default_error_messages["invalid"]: CHOOSE_ONE,
    serializers.DateField.default_error_messages["invalid"]: DATE,
    serializers.DateField.default_error_messages["datetime"]: DATE,
    serializers.ListField.default_error_messages["min_length"]: NOTHING,
    serializers.ListField.default_error_messages["empty"]: NOTHING,
    serializers.DictField.default_error_messages["empty"]: NOTHING,
    serializers.ChoiceField.default_error_messages["invalid_choice"]: CHOOSE_ONE,
    serializers.Field.default_error_messages["null"]: serializers.Field.default_error_messages["required"],
    INVALID_CHOICE: CHOOSE_ONE,
    INVALID_INSTANT: gettext_noop("Enter a date and a time from the year 2000 on."),
    **FURTHER_WORDS,
}  # fmt: skip
NAME = re.compile(r"[a-z]+(?:_[a-z]+)*: ")  # the name of a part of an object, before its error
ZONE = re.compile(r"[A-Z]\w+(?:/\w+)+")  # the name of a time zone. Pages offer its city
PLACEHOLDER = re.compile(r"\\\{(\w*)[^{}]*\\\}")


def reword(error: Any) -> str:
    """Return the refusal as pages show it, in the same language: without names of fields and values of the API."""
    named = NAME.match(str(error))
    text = str(error)[named.end() :] if named else str(error)
    for pattern, said in list_patterns(get_language()):
        if found := pattern.fullmatch(text):
            return ZONE.sub(name_zone, said.format(*found.groups(), **found.groupdict()))
    return text


@cache
def list_patterns(language: str | None) -> list[tuple[re.Pattern[str], str]]:
    """Return the pattern of each refusal in the language, and the text that pages show in its place."""
    with override(language):
        texts = [(re.escape(gettext(str(known))), gettext(said)) for known, said in WORDS.items()]
    return [(re.compile(PLACEHOLDER.sub(make_group, known), re.DOTALL), said) for known, said in texts]


def name_zone(found: re.Match[str]) -> str:
    return name_zones().get(found[0], found[0])


def make_group(placeholder: re.Match[str]) -> str:
    return f"(?P<{placeholder[1]}>.*)" if placeholder[1].isidentifier() else "(.*)"
