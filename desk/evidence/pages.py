"""The pages of packs, under "Year's end"."""

from dataclasses import replace
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from core.pages.columns import PageColumn, columns_of, moment_column
from core.pages.links import Action, Verb, link_to_row
from core.pages.tables import DetailPage, TablePage
from core.sentences import fill
from core.translation import gettext_noop as _
from desk.evidence.models import Clock, Pack
from desk.takeout.models import ExportState
from stock.pages import MOVEMENTS, link_in_state
from users.hooks import ClosingHook

MAKE = Verb(
    "Prove what was in stock", "Make the files",
    say="The files are being written. This page shows them when they are ready.",
    link=link_to_row("evidence-detail"),
)  # fmt: skip
CLOCKS = ((Clock.OCCURRED.value, _("when it happened")), (Clock.RECORDED.value, _("when it was recorded")))
FIELDS: Any = {
    "as_of": {"kind": "date", "help_text": ""},
    "from": {
        "kind": "date",
        "help_text": "The first day of the year, for the account of the changes. Empty: from the beginning.",
    },
    "clock": {"label": "Time that counts", "choices": CLOCKS, "help_text": "", "is_rare": True},
    "recorded_until": {
        "is_rare": True,
        "help_text": "Leave it empty for now. The same time gives the same files again.",
    },
}  # fmt: skip
pack_column = columns_of(Pack)
AS_OF = pack_column("as_of", kind="moment", page="evidence-detail")
UNTIL = pack_column("recorded_until", kind="moment")
SIZE = pack_column("size", "Size", kind="size")
STATE = (pack_column("state", kind="words"), SIZE)
PACKS = TablePage(
    (AS_OF, UNTIL, *STATE, pack_column("expires_at", kind="moment")),
    empty="Nothing has been proven yet.",
    hint="For the accountant: what was in stock at the end of the year, what it was worth, and how it came about.",
)
ABOUT = (
    replace(AS_OF, page=""),
    moment_column("from", "From"),
    PageColumn("clock", "Time that counts", kind="sentence", write=lambda row: dict(CLOCKS)[row["clock"]]),
    UNTIL,
    pack_column("created_at", kind="moment"),
)
PACK = DetailPage(
    lambda row: fill("Year's end: pack {number}", number=row["id"]),
    (*ABOUT, *STATE, pack_column("finished_at", kind="moment"), pack_column("expires_at", kind="moment"),
     pack_column("sha256")),
    actions=(
        Action("Download", link_in_state("evidence-file", ExportState.READY), style="primary"),
        Action("Look again", link_in_state("evidence-detail", ExportState.WAITING)),
        Action("Print for signatures", link_in_state("evidence-paper", ExportState.READY)),
        Action("What was recorded later", lambda row: reverse("evidence-late", args=[row["id"]])),
        Action("How to check it", lambda _row: "/docs/reports/#check-a-pack"),
    ),
)  # fmt: skip
PAPER = replace(PACK, columns=(*ABOUT, SIZE, pack_column("sha256")))
LATE = replace(
    MOVEMENTS, empty=_("Nothing was recorded later."), hint="", first=(), tasks=(), file_page="", has_csv=True
)


class PacksOfClosing(ClosingHook):
    def describe_loss(self) -> str:
        return gettext(
            "The packs of the year's end are removed, too. First make and download those for which your accountant or"
            " the tax office may ask."
        )

    def find_page(self) -> str:
        return reverse("evidence-list")
