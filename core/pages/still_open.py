"""What is still open of a row that is archived or erased, by name: what apps declare in `still_open`."""

from typing import Any

from django.utils.module_loading import import_string
from django.utils.translation import gettext

from core.sentences import fill
from core.shop_apps import list_declared

MAX_NAMED = 10  # the most rows of each kind


def add_open(what: str, row: Any) -> list[str]:
    """Return what will happen to the row, and a line for each open row that names it."""
    readers = list_declared("still_open", row._meta.model_name)
    lines = [line for reader in readers for line in name_first(import_string(reader)(row))]
    said = gettext("These stay open:")
    return [f"{what} {said}", *lines] if lines else [what]


def name_first(lines: list[str]) -> list[str]:
    """Return the first lines, and the number of the others."""
    rest = len(lines) - MAX_NAMED
    return [*lines[:MAX_NAMED], *([fill("and {number:,} more", number=rest)] if rest > 0 else [])]
