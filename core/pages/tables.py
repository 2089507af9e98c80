"""Lists as tables: heads that sort, rows that lead to their pages, and a sentence where there are none."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from core.pages.columns import Cell, Column, Row
from core.pages.display import Display

PLACE = ("page", "cursor")  # where in the list; a new order begins at its start


@dataclass(frozen=True)
class Head:
    """The head of a column; with an address if a click on it sorts."""

    title: str
    style: str
    address: str = ""
    order: str = ""  # ascending or descending, if the list is in this order


@dataclass(frozen=True)
class TablePage:
    """What a list shows people."""

    columns: tuple[Column, ...]
    empty: str  # what to do first, where there are no rows
    template: str = "pages/table.html"

    def table(self, rows: Iterable[Row], display: Display) -> list[list[Cell]]:
        return [[column.cell(row, display) for column in self.columns] for row in rows]

    def heads(self, request: Any, sortable: Iterable[str]) -> list[Head]:
        """Return the heads. A click sorts by the column, a second one the other way round."""
        present = request.query_params.get("ordering", "")
        return [self.head(column, request, present, column.name in set(sortable)) for column in self.columns]

    def head(self, column: Column, request: Any, present: str, sorts: bool) -> Head:
        if not sorts:
            return Head(column.heading, column.style)
        order = {column.name: "ascending", f"-{column.name}": "descending"}.get(present, "")
        query = request.query_params.copy()
        for name in PLACE:
            query.pop(name, None)
        query["ordering"] = f"-{column.name}" if order == "ascending" else column.name
        return Head(column.heading, column.style, f"?{query.urlencode()}", order)


def sortable_fields(view: Any) -> list[str]:
    """Return the fields by which the list of the view can be ordered."""
    ordering = getattr(getattr(view, "filterset_class", None), "base_filters", {}).get("ordering")
    return list(getattr(ordering, "param_map", {}).values())
