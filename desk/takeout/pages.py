"""The pages of exports."""

from typing import Any

from core.pages.columns import PageColumn, Row
from core.pages.links import Action, Verb, link_to_row
from core.pages.tables import DetailPage, TablePage
from core.sentences import fill
from core.translation import gettext_noop as _
from desk.takeout.models import ExportState

START = Verb(
    "Start an export", say=lambda _row: _("Started the export. Reload this page until it is ready."),
    link=link_to_row("account-export-detail"),
)  # fmt: skip


def link_to_file(row: Row) -> str:
    return link_to_row("account-export-file")(row) if row["state"] == ExportState.READY else ""


STATES = _("waiting"), _("ready"), _("failed")
STATE = (
    PageColumn("state", "State", kind="words"),
    PageColumn("size", "Bytes", kind="number"),
    PageColumn("expires_at", "Kept until", kind="moment"),
)
EXPORTS = TablePage(
    (PageColumn("created_at", "Started", kind="moment", page="account-export-detail"), *STATE),
    empty=_("Nothing has been exported yet."),
)
EXPORT: Any = DetailPage(
    lambda row: fill("Export {number}", number=row["id"]),
    (*STATE, PageColumn("created_at", "Started", kind="moment"), PageColumn("finished_at", "Finished", kind="moment")),
    actions=(
        Action("Download", link_to_file, style="primary"),
        Action("How to check it", lambda _row: "/docs/your-data/#check-the-file"),
    ),
)
