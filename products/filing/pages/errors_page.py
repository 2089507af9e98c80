"""What the page of the import says about wrong cells: a group for each kind, and a file with all of them."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext

from core.files.csv_text import format_lines
from products.filing.columns import LABELS
from products.filing.pages.result_page import join_names

NUMBERS = re.compile(r"\d+")
MAX_EXAMPLES = 3  # the most lines and cells that a group of errors shows


def find_heading(name: str, columns: list[dict[str, Any]]) -> dict[str, str]:
    """Return how the file names the column of an error, and the column's letter, which is empty if it has none."""
    column = next((column for column in columns if name and column["chosen"] == name), None)
    heading = column["name"] if column else title_column(name)
    return {"heading": heading, "letter": column["letter"] if column else ""}


def title_column(name: str) -> str:
    """Return the title of the column of an error, which may be that of a place: `quantity [Shop]`."""
    column, bracket, place = name.partition(" [")
    return f"{gettext(LABELS[column]) if column in LABELS else column}{bracket}{place}"


def group_errors(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Group the errors by column and reason, and return the groups, the most frequent first.

    There are none if all errors are different. Numbers and the text of the cell do not make reasons different.
    """
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        reason = row["reason"].replace(row["cell"], "") if row["cell"] else row["reason"]
        groups.setdefault((row["heading"], NUMBERS.sub("", reason)), []).append(row)
    if len(groups) == len(rows):
        return []
    return [
        {
            **found[0], "number": len(found), "lines": join_first(str(row["line"]) for row in found),
            "cells": join_first(row["cell"] for row in found if row["cell"]),
        }
        for found in sorted(groups.values(), key=len, reverse=True)
    ]  # fmt: skip


def join_first(texts: Iterable[str]) -> str:
    """Return the first of the texts, each once, with dots behind them if there are more."""
    different = [*dict.fromkeys(texts)]
    return join_names(different[:MAX_EXAMPLES], len(different))


def write_errors(rows: list[dict[str, Any]], dialect: str) -> str:
    """Return a data URL that contains the errors as a CSV file."""
    lines: list[tuple[Any, ...]] = [tuple(map(gettext, ("line", "column", "cell", "reason")))]
    lines += [(row["line"], row["heading"], row["cell"], row["reason"]) for row in rows]
    text = "".join(format_lines(lines, dialect, is_marked=True))
    return f"data:text/csv;charset=utf-8,{quote(text)}"
