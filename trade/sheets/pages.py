"""The pages of counting sheets."""

from collections.abc import Callable, Sequence

from django.utils.translation import gettext
from rest_framework.reverse import reverse

from core.pages.columns import (
    Mark,
    PageColumn,
    Row,
    columns_of,
    goods_column,
    moment_column,
    money_column,
    number_column,
)
from core.pages.links import Action, PageLink, Verb, link_to_form, link_to_row
from core.pages.tables import DetailPage, TablePage
from stock.models import Location
from stock.pages import NAMED, PRODUCT, link_in_state
from trade.sheets.models import LineState, Sheet, SheetState
from users.access.roles import Right
from users.models import User

DETAIL = link_to_row("sheet-detail")
VERBS = {"drop": Verb("Discard the counting list", "Discard", link=DETAIL, is_final=True)}
PROGRESS = (
    number_column("uncounted", "Not counted"),
    number_column("counted", "Counted"),
    number_column("recount", "To count again"),
    number_column("booked", "Saved"),
)


def link_while_open(page: str) -> Callable[[Row], str]:
    return link_in_state(page, SheetState.OPEN)


sheet_column = columns_of(Sheet)
SHEETS = TablePage(
    (
        PageColumn("name", "Counting list", page="sheet-detail"),
        sheet_column("state", kind="words"),
        *PROGRESS,
        sheet_column("created_at", kind="moment"),
        sheet_column("opened_by_username"),
    ),
    empty="No counting lists.",
    hint="On a counting list several people count the shop, for some days, while it sells.",
    first=(PageLink("Open the first one", "/shop/sheets/new/", style="primary", right=Right.DECIDE_COUNTS),),
    is_filled_elsewhere=True,
    title=lambda _sheets: gettext("Counting lists"),
    tasks=(PageLink("Open a counting list", "/shop/sheets/new/", style="primary", right=Right.DECIDE_COUNTS),),
)
SHEET = DetailPage(
    "name",
    (
        sheet_column("state", kind="words"),
        *PROGRESS,
        PageColumn("location_name", "Place"),
        sheet_column("blind", kind="flag"),
        sheet_column("created_at", kind="moment"),
        sheet_column("opened_by_username"),
        sheet_column("closed_at", kind="moment"),
    ),
    actions=(
        Action("Count", link_while_open("shop-count-sheet"), style="primary", right=Right.ENTER_COUNTS),
        Action("Differences", link_while_open("shop-decide-sheet"), style="primary", right=Right.SEE_COUNTS),
        Action("Lines", link_to_row("sheet-lines")),
        Action("Counts", link_to_row("sheet-entries")),
        Action("Print", lambda row: f"{reverse('sheet-file', args=[row['id']])}?format=html"),
        Action("Discard", link_in_state("sheet-drop", SheetState.OPEN, link_to_form), right=Right.DECIDE_COUNTS),
    ),
)
LINES = TablePage(
    (
        NAMED,
        PageColumn("sku", "SKU"),
        PageColumn("state", "State", kind="words", codes=LineState.values),
        goods_column("counted", "Counted"),
        goods_column("expected", "Expected"),
        PageColumn("difference", "Difference", kind="change", losses="below"),
        PageColumn("operation", "Saved as number", links_to="operation", is_optional=True),
    ),
    empty="No lines.",
)
ENTRIES = TablePage(
    (
        moment_column("created_at", "When"),
        PRODUCT,
        goods_column(
            "quantity",
            "Quantity",
            marks=(Mark("replaced", lambda row: row["replaced"]), Mark("counted again", lambda row: row["recounted"])),
        ),
        PageColumn("lot", "Lot", is_extra=True),
        PageColumn("entered_by_username", "Who"),
    ),
    empty="Nothing was entered.",
)


def name_places(user: User, rows: Sequence[Row]) -> list[Row]:
    names = dict(Location.objects.for_user(user).values_list("pk", "name"))
    return [{**row, "place": names.get(row["location"], "")} for row in rows]


DIFFERENCES = TablePage(
    (
        PageColumn(
            "name", "Product", links_to="product",
            marks=(Mark("beyond tolerance", lambda row: not row["within_tolerance"], "out"),),
        ),
        PageColumn("place", "Place", is_optional=True),
        PageColumn("lot", "Lot", is_optional=True),
        goods_column("counted", "Counted"),
        goods_column("expected", "Expected"),
        PageColumn(
            "difference", "Difference", kind="change", losses="below",
            marks=(Mark("outdated", lambda row: row["outdated"]),),
        ),
        money_column("value", "Value", losses="below"),
        goods_column("moved", "Moved since"),
        PageColumn("counted_by", "Counted by", write=lambda row: ", ".join(row["counted_by"])),
        moment_column("counted_at", "When"),
    ),
    empty="All that is counted is saved.",
    extend=name_places,
)  # fmt: skip
