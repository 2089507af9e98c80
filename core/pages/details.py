"""One row as a page: its fields by name, in groups."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.pages.columns import Cell, Column, Row
from core.pages.display import Display


@dataclass(frozen=True)
class DetailPage:
    """What the page of a row shows. `title` is the field that the page is called by."""

    title: str
    columns: tuple[Column, ...]
    template: str = "pages/details.html"

    def heading(self, row: Row) -> str:
        return str(row.get(self.title) or "")

    def cells(self, row: Row, display: Display) -> Iterable[Cell]:
        """Return the cells of the fields that have a value."""
        return [column.cell(row, display) for column in self.columns if row.get(column.name) not in (None, "")]
