"""The columns of a table: which field of the data each shows, under which title, and how."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from rest_framework.reverse import reverse

from core.pages.display import NONE, Display

Row = Mapping[str, Any]
Kind = Literal["text", "number", "money", "moment", "date", "flag"]
RIGHT = {"number", "money"}


@dataclass(frozen=True)
class Mark:
    """A word beside a value that needs attention, for the rows where the condition holds."""

    word: str
    holds: Callable[[Row], Any]
    style: str = "warning"  # or danger


@dataclass(frozen=True)
class Cell:
    """What the template writes."""

    title: str
    text: str
    style: str = ""
    address: str = ""
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class Column:
    """A column. `page` is the name of the route that its cells lead to, `id_field` the field with the id for it."""

    name: str
    title: str = ""
    kind: Kind = "text"
    page: str = ""
    id_field: str = "id"
    marks: tuple[Mark, ...] = ()
    is_wide_only: bool = False  # left out of the cards on a narrow screen
    write: Callable[[Row], Any] | None = field(default=None, compare=False)

    @property
    def heading(self) -> str:
        return self.title or self.name.replace("_", " ").capitalize()

    def cell(self, row: Row, display: Display) -> Cell:
        """Return the cell of this column for the row."""
        value = self.write(row) if self.write else row.get(self.name)
        is_empty = value is None or value == ""
        text = NONE if is_empty else str(getattr(display, self.kind)(value))
        return Cell(self.heading, text, self.style, self.address(row, is_empty), self.marks_of(row))

    @property
    def style(self) -> str:
        return " ".join(word for word in (self.kind if self.kind in RIGHT else "", "wide" * self.is_wide_only) if word)

    def address(self, row: Row, is_empty: bool) -> str:
        row_id = row.get(self.id_field)
        return "" if is_empty or not self.page or row_id is None else str(reverse(self.page, args=[row_id]))

    def marks_of(self, row: Row) -> tuple[Mark, ...]:
        return tuple(mark for mark in self.marks if mark.holds(row))
