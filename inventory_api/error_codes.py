"""The table of error codes: those of every DomainError and of error_codes.toml. docs/errors.md has a part of it."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from core.errors import DomainError, find_advice
from inventory_api.documentation.rendering import render


class ErrorRow(NamedTuple):
    """A row of the table of error codes, in Markdown. `also` lists the other keys of the response."""

    code: str
    status: int
    when: str
    also: str = ""

    @property
    def advice(self) -> str:
        return find_advice(self.code, self.status)


OTHER_ERROR_CODES = [
    ErrorRow(code, **row)
    for code, row in tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")).items()
]
ROWS = re.compile(r"(?<=\n\| --- \| --- \| --- \|\n)(?:\|.*\n)*")
SENTENCE_END = re.compile(r"\.(?= [A-Z])")


@cache
def read_error_codes() -> list[ErrorRow]:
    """Return the rows of the table for the page, in its order, with HTML instead of Markdown."""
    return [row._replace(when=to_html(row.when), also=to_html(row.also)) for row in list_rows()]


def list_rows() -> list[ErrorRow]:
    """Return the rows of the table, ordered by code."""
    import_module(settings.ROOT_URLCONF)  # this imports every error
    documented = (error for error in list_errors(DomainError) if "when" in vars(error))
    own = [ErrorRow(error.code, error.status, error.when, error.also) for error in documented]
    return sorted([*own, *OTHER_ERROR_CODES])


def list_errors(error: type[DomainError]) -> Iterator[type[DomainError]]:
    for subclass in error.__subclasses__():
        yield subclass
        yield from list_errors(subclass)


def to_html(text: str) -> SafeString:
    """Return the Markdown of a cell as HTML, with links to the pages of the documentation."""
    return mark_safe(render(text, "docs/errors.md").html.strip().removeprefix("<p>").removesuffix("</p>"))  # noqa: S308


def replace_table(page: str) -> str:
    """Return the text of docs/errors.md with the present rows of the table: of each code the first sentence."""
    rows = [f"| `{row.code}` | {row.status} | {SENTENCE_END.split(row.when)[0]} |\n" for row in list_rows()]
    return ROWS.sub(lambda _: "".join(rows), page)
