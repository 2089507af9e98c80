"""Put what pages show into documents."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext

from core.pages.columns import PageCell
from core.pages.tables import Table


def put_cells(document: Any, title: str, cells: Iterable[PageCell], strong: Sequence[str] = ()) -> None:
    """Add the fields of a row as a table below the title. Those with the titles in `strong` are bold."""
    document.put_table([title, ""], [(cell.title, cell.text) for cell in cells], strong=strong)


def put_table(document: Any, table: Table) -> None:
    """Add the table of a page, or the sentence for an empty one. Its label is the title of a first column of texts."""
    if not table.rows:
        document.put(gettext(table.empty))
        return
    texts = max([place for place, head in enumerate(table.heads, 1) if "number" not in head.style], default=1)
    first, *others = table.heads
    named = table.label if "number" not in first.style else ""
    titles = [gettext(named) if named else first.title, *(head.title for head in others)]
    rows, totals = [[cell.text for cell in row] for row in table.rows], [cell.text for cell in table.totals]
    document.put_table(titles, rows, [totals] if totals else [], texts, strong=totals[:1])
    document.put(table.note)
