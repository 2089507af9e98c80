"""The table of error codes. It has a row for each code of a DomainError, and the rows of OTHER_ERROR_CODES.

docs/errors.md has a copy of it, which `manage.py write_error_codes` writes.
"""

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import NamedTuple

from django.conf import settings
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from core.errors import DomainError
from inventory_api.other_error_codes import OTHER_ERROR_CODES, ErrorRow

ROWS = re.compile(r"(?<=\n\| --- \| --- \| --- \| --- \|\n)(?:\|.*\n)*")


class ErrorCode(NamedTuple):
    """A row of the table as the page shows it."""

    code: str
    status: int
    when: SafeString
    also: SafeString


@cache
def read_error_codes() -> list[ErrorCode]:
    """Return the rows of the table for the page, in its order."""
    return [ErrorCode(row.code, row.status, to_html(row.when), to_html(row.also)) for row in list_rows()]


def list_rows() -> list[ErrorRow]:
    """Return the rows of the table, ordered by code."""
    import_module(settings.ROOT_URLCONF)  # this imports every error
    own = [
        ErrorRow(error.code, error.status, error.when, error.also)
        for error in list_errors(DomainError)
        if "when" in vars(error)
    ]
    return sorted([*own, *OTHER_ERROR_CODES])


def list_errors(error: type[DomainError]) -> Iterator[type[DomainError]]:
    for subclass in error.__subclasses__():
        yield subclass
        yield from list_errors(subclass)


def to_html(text: str) -> SafeString:
    """Return the text of a cell as HTML. Text in backticks becomes <code>."""
    parts = text.split("`")
    marked = [format_html("<code>{}</code>", part) if number % 2 else part for number, part in enumerate(parts)]
    return format_html_join("", "{}", ((part,) for part in marked))


def replace_table(page: str) -> str:
    """Return the text of docs/errors.md with the present rows of the table."""
    rows = [f"| `{row.code}` | {row.status} | {row.when} | {row.also} |\n" for row in list_rows()]
    return ROWS.sub(lambda _: "".join(rows).replace("|  |\n", "| |\n"), page)
