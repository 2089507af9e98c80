"""The forms of values in JSON columns: what services write there, and what an import of a shop may contain."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from core.kinds import MAX_ID
from core.texts.cleaning import MAX_TEXT_LENGTH, clean_line
from core.time_zones import MAX_INSTANT, MIN_INSTANT

Rule = Callable[[Any], Any]
Row = dict[str, Any]
AMOUNT = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,10})?", re.ASCII)
MAX_PERCENT = 100
MAX_NAME_LENGTH = 40  # the most characters of a name in an object of texts


def is_id(value: Any) -> bool:
    return type(value) is int and 0 < value <= MAX_ID


def are_ids(value: Any) -> bool:
    return isinstance(value, list) and all(map(is_id, value))


def is_number(value: Any) -> bool:
    return type(value) is int and abs(value) <= MAX_ID


def is_flag(value: Any) -> bool:
    return type(value) is bool


def is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= MAX_TEXT_LENGTH


def is_moment(value: str) -> bool:
    """Return whether this is a time that every page can show in every time zone."""
    moment = datetime.fromisoformat(value)
    return moment.tzinfo is not None and MIN_INSTANT <= moment < MAX_INSTANT


def is_money(text: Any) -> bool:
    return is_text(text) and bool(AMOUNT.fullmatch(text))


def are_objects(rows: Any) -> bool:
    return isinstance(rows, list) and all(isinstance(row, dict) for row in rows)


def is_percent(text: Any) -> bool:
    return is_text(text) and bool(AMOUNT.fullmatch(text)) and 0 <= float(text) <= MAX_PERCENT


def has_parts(value: Any, **rules: Rule) -> bool:
    """Return whether this is an object with no other names than these, and with such values."""
    return isinstance(value, dict) and value.keys() <= rules.keys() and all(rules[name](value[name]) for name in value)


def are_texts(value: Any, key: str, max_keys: int, max_length: int) -> bool:
    """Return whether this is an object with few such keys, whose values are texts."""
    if not isinstance(value, dict) or len(value) > max_keys or not all(re.fullmatch(key, name) for name in value):
        return False
    return all(is_line(name, MAX_NAME_LENGTH) and is_line(text, max_length) for name, text in value.items())


def is_line(text: Any, max_length: int) -> bool:
    return is_text(text) and bool(text) and clean_line(text, max_length) == text


def has_values(value: Any, is_right: Any) -> bool:
    """Return whether this is an object all of whose values are right."""
    return isinstance(value, dict) and all(map(is_right, value.values()))


def or_null(is_right: Rule) -> Rule:
    return lambda value: value is None or is_right(value)
