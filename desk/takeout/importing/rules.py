"""The rules for the columns of imported rows. They follow from the fields of the models.

A rule is a function of a value that is not null. It returns whether the column may have the value, or raises
ValidationError, ValueError or OverflowError. The database checks its constraints besides.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import connection, models

from core import json_forms
from core.json_forms import AMOUNT, Rule, is_flag
from core.shop_apps import collect_from_modules
from core.texts.cleaning import MAX_TEXT_LENGTH, clean_line, clean_paragraphs
from desk.takeout.importing.archive import FOREIGN_TEXT, ID, MAX_FILE_ID, SHIFT, list_columns
from trade.reservations.models import FOREVER
from trade.tills.models import MAX_NUMBER, NumbersField
from users.keys.services import MAX_NETWORKS

MAX_REMEMBERED = 256  # the most texts of a column whose check is remembered, because many rows have the same text
BYTES = re.compile(r"\\x([0-9a-f]{2})*", re.ASCII)
NUMBERS = re.compile(r"\{(\[[0-9]{1,7},[0-9]{1,7}\)(,\[[0-9]{1,7},[0-9]{1,7}\))*)?\}", re.ASCII)


def is_file_id(value: Any) -> bool:
    return type(value) is int and 0 < value <= MAX_FILE_ID


def is_shift(value: Any) -> bool:
    return type(value) is int and abs(value) <= MAX_FILE_ID


def of_text(is_right: Rule) -> Rule:
    return lambda value: isinstance(value, str) and is_right(value)


def is_moment(value: str) -> bool:
    """Return whether this is a time that pages can show, or that of what does not end."""
    return json_forms.is_moment(value) or datetime.fromisoformat(value) == FOREVER


def is_numbers(value: str) -> bool:
    """Return whether this is a set of numbers of a till."""
    return bool(NUMBERS.fullmatch(value)) and all(int(number) <= MAX_NUMBER + 1 for number in re.findall(r"\d+", value))


def make_whole_rule(field: Any) -> Rule:
    least, most = connection.ops.integer_field_range(field.get_internal_type())
    return lambda value: type(value) is int and least <= value <= most


def make_amount_rule(field: Any) -> Rule:
    places, digits = field.decimal_places, field.max_digits - field.decimal_places

    def is_amount(value: str) -> bool:
        whole, _, rest = value.lstrip("-").partition(".")
        return bool(AMOUNT.fullmatch(value)) and len(whole) <= digits and len(rest) <= places

    return of_text(is_amount)


def make_list_rule(field: Any) -> Rule:
    is_right = find_rule("", field.base_field)
    return lambda value: isinstance(value, list) and len(value) <= MAX_NETWORKS and all(map(is_right, value))


def make_text_rule(field: Any, clean: Callable[[str, int], str]) -> Rule:
    """Return the rule for a text: one of the field's choices, or a text that the API and the support desk accept."""
    choices, max_length = {value for value, _ in field.flatchoices}, field.max_length or MAX_TEXT_LENGTH

    def is_text(value: str) -> bool:
        if not value:
            return bool(field.blank)
        for validate in field.validators:
            validate(value)
        return value in choices if choices else len(clean(value, max_length)) <= max_length

    remember: Any = lru_cache(MAX_REMEMBERED) if clean is clean_line else lambda function: function
    is_right: Rule = remember(is_text)
    return lambda value: isinstance(value, str) and len(value) <= max_length and is_right(value)


def make_foreign_text_rule(field: Any) -> Rule:
    max_length = field.max_length or MAX_TEXT_LENGTH
    return lambda value: isinstance(value, str) and len(value) <= max_length and "\0" not in value


# The rules by the class of the field, the special classes first. JSON is checked with its row, by json_rules.
RULES: list[tuple[type, Callable[[Any], Rule]]] = [
    (models.GeneratedField, lambda _field: lambda _value: True),  # it is computed again
    (models.JSONField, lambda _field: lambda _value: True),
    (models.ForeignKey, lambda _field: is_file_id),
    (models.AutoField, lambda _field: is_file_id),
    (models.BooleanField, lambda _field: is_flag),
    (models.IntegerField, make_whole_rule),
    (models.DecimalField, make_amount_rule),
    (models.DateTimeField, lambda _field: of_text(is_moment)),
    (models.DateField, lambda _field: of_text(date.fromisoformat)),
    (models.BinaryField, lambda _field: of_text(BYTES.fullmatch)),
    (NumbersField, lambda _field: of_text(is_numbers)),
    (ArrayField, make_list_rule),
    (models.CharField, lambda field: make_text_rule(field, clean_line)),
    (models.TextField, lambda field: make_text_rule(field, clean_paragraphs)),
]


def find_rule(table: str, field: Any) -> Rule:
    """Return the rule of a column. Raise TypeError for a class of fields that has none."""
    name = f"{table}.{field.column}"
    if field.column in list_columns(table, FOREIGN_TEXT):
        return make_foreign_text_rule(field)
    if field.column in list_columns(table, ID):
        return is_file_id
    if field.column in list_columns(table, SHIFT):
        return is_shift
    make = next((make for kind, make in RULES if isinstance(field, kind)), None)
    if make is None:
        raise TypeError(f"{type(field).__name__} has no rule for imported rows: add it to RULES.")
    rule, further = make(field), collect_from_modules("arrivals", "FURTHER_RULES").get(name)
    return (lambda value: rule(value) and further(value)) if further else rule


def obeys(rule: Rule, value: Any) -> bool:
    try:
        return bool(rule(value))
    except (ValidationError, ValueError, OverflowError):
        return False
