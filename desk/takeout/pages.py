"""The pages of exports."""

from typing import Any

from core.pages.columns import Row, columns_of
from core.pages.links import Action, Verb, link_to_row
from core.pages.tables import DetailPage, TablePage
from core.sentences import fill
from desk.takeout.models import Export, ExportState
from stock.pages import link_in_state

START = Verb(
    "Start an export", say="Started the export. Its page shows it when it is ready.",
    link=link_to_row("account-export-detail"),
)  # fmt: skip


def link_to_file(row: Row) -> str:
    return link_to_row("account-export-file")(row) if row["state"] == ExportState.READY else ""


export_column = columns_of(Export)
STATE = (
    export_column("state", kind="words"),
    export_column("size", "Size", kind="size"),
    export_column("expires_at", kind="moment"),
)
EXPORTS = TablePage(
    (export_column("created_at", kind="moment", page="account-export-detail"), *STATE),
    empty="Nothing has been exported yet.",
)
EXPORT: Any = DetailPage(
    lambda row: fill("Export {number}", number=row["id"]),
    (*STATE, export_column("created_at", kind="moment"), export_column("finished_at", kind="moment")),
    actions=(
        Action("Download", link_to_file, style="primary"),
        # The script of the page does this itself: core/focus.js.
        Action("Look again", link_in_state("account-export-detail", ExportState.WAITING)),
        Action("How to check it", lambda _row: "/docs/your-data/#check-the-file"),
    ),
)
