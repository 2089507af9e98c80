"""The page of one row or report: its most important figures, its other fields, and its tables."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from core.pages.columns import PageCell, PageColumn, Row
from core.pages.display import Display
from core.pages.links import Action
from core.pages.parameters import Parameter
from core.pages.plots import Plot
from core.pages.tables import TableSection


@dataclass(frozen=True)
class DetailPage:
    """The description of a row's page. `title` is the field with the page's title, or a function of the data."""

    title: str | Callable[[Row], str] = ""
    columns: tuple[PageColumn, ...] = ()
    figures: tuple[PageColumn, ...] = ()  # these are shown large
    sections: tuple[TableSection, ...] = ()
    actions: tuple[Action, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    extend: Callable[[Any, Row], Row] | None = None  # adds fields that only the page needs
    plot: Callable[[Row, Display], Plot | None] | None = None
    has_csv: bool = False
    template: str = "pages/details.html"

    def context(self, request: Any, view: Any, data: Row, display: Display) -> dict[str, Any]:
        """Return the variables of the template. Fields without a value are omitted."""
        shown = self.extend(request.user, data) if self.extend else data
        return {
            "heading": self.title(shown) if callable(self.title) else str(shown.get(self.title) or ""),
            "figures": make_filled_cells(self.figures, shown, display),
            "cells": make_filled_cells(self.columns, shown, display),
            "actions": [link for action in self.actions if (link := action.link(shown)).address],
            "plot": self.plot(shown, display) if self.plot else None,
            "tables": [
                section.table(shown, display)
                for section in self.sections
                if shown[section.field] or not section.is_optional
            ],
        }


def make_filled_cells(columns: Sequence[PageColumn], row: Row, display: Display) -> list[PageCell]:
    """Return the cells of the columns that have a value."""
    return [column.cell(row, display) for column in columns if not column.is_empty(row)]
