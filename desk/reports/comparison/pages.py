"""The page of a comparison: people choose a file, and see what agrees, what differs, and why."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from core.pages.browsable import BrowsableAPI
from core.pages.columns import (
    Display,
    Mark,
    PageColumn,
    Row,
    columns_of,
    goods_column,
    moment_column,
    number_column,
    write_shown,
)
from core.pages.context import WRONG_FIELDS, Message
from core.pages.links import link_to_files
from core.pages.tables import DetailPage, TableSection
from core.sentences import Goods, fill, say_code, write_number
from core.translation import gettext_noop as _
from desk.reports.comparison.comparing import APPLIED_TWICE, BOOKED_TWICE, NOT_APPLIED
from products.filing.files import MAX_ROWS
from products.models import Product
from stock.pages import NAMED

MAX_CHANGES_SHOWN = 5
MAX_ROWS_SHOWN = 100  # the most rows of each table; a button saves all differences
SENTENCES = {
    BOOKED_TWICE: _("Booked twice?"),
    NOT_APPLIED: _("Not arrived there?"),
    APPLIED_TWICE: _("Applied there twice, or too early?"),
}
_("reserved")  # the reason of a new reservation; other pages have those of the others
SKU = columns_of(Product)("sku", is_extra=True)


def describe_changes(row: Row) -> str:
    """Return the newest changes that the other system has not seen, in words."""
    newest = row["since"][:MAX_CHANGES_SHOWN]
    changes = [write_shown(Goods(one["change"], row["decimals"]), "+,") for one in newest]
    said = [
        f"{change} {say_code(one['reason'])} {one['reference']}".strip()
        for change, one in zip(changes, newest, strict=True)
    ]
    return ", ".join([*said, "…"] if row["since_count"] > MAX_CHANGES_SHOWN else said)


def note_all(name: str) -> Any:
    """Return a function that returns the number of all rows of a list, if it does not have all of them."""

    def note(data: Row) -> str:
        number = data["totals"][name]
        shown = len(data[name])
        return fill(_("The first {limit} of {number}."), limit=shown, number=number) if number > shown else ""

    return note


def figure(name: str, title: str) -> PageColumn:
    return number_column(name, title, write=lambda data: data["totals"][name])


RESULT = DetailPage(
    figures=(
        number_column("agree", "Agree"),
        figure("explained", "Explained"),
        figure("unexplained", "Unexplained"),
        figure("unknown", "Unknown lines"),
        figure("missing", "Missing in the list"),
    ),
    sections=(
        TableSection(
            "differ", "What differs",
            (
                NAMED, SKU,
                goods_column("theirs", "Theirs"),
                PageColumn("since_change", "Not seen there", kind="change"),
                PageColumn(
                    "unexplained", "Unexplained", kind="change", losses="below",
                    marks=(Mark("look into it", lambda row: row["unexplained"], "low"),),
                ),
                goods_column("ours", "Ours"),
                PageColumn("since", "Booked since", write=describe_changes),
            ),
            empty=_("All products of the list agree."), note=note_all("differ"),
        ),
        TableSection(
            "suspects", "Suspects",
            (
                NAMED,
                PageColumn("kind", "What may have happened", write=lambda row: gettext(SENTENCES[row["kind"]])),
                PageColumn("operation", links_to="operation"),
                PageColumn("change", "Change", kind="change"),
                PageColumn("reason", "Reason", write=lambda row: say_code(row["reason"])),
                PageColumn("reference", "Document no."),
                moment_column("timestamp", "Recorded"),
                PageColumn("twin", "Repeats", page="operation-detail", id_field="twin", is_optional=True),
            ),
            empty="", is_optional=True,
        ),
        TableSection(
            "unknown", "Unknown lines",
            (
                number_column("line", "Line"), PageColumn("field", "Column"),
                PageColumn("value", "Value"), PageColumn("detail", "Why"),
            ),
            empty="", is_optional=True, note=note_all("unknown"),
        ),
        TableSection(
            "missing", "Missing in the list", (NAMED, SKU, goods_column("ours", "Ours")),
            empty="", is_optional=True, note=note_all("missing"),
        ),
    ),
)  # fmt: skip


class ComparisonPage(BrowsableAPI):
    """The page of the browsable API. It shows the form and the result above the response for developers."""

    template = "reports/comparison.html"

    def get_context(self, data: Any, accepted_media_type: str | None, renderer_context: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(data, accepted_media_type, renderer_context)
        request, view = context["request"], context["view"]
        is_done = request.method == "POST" and context["response"].status_code == 200
        sent = request.data if request.method == "POST" else {}
        errors = {} if is_done or "detail" in data else data
        result = RESULT.context(request, view, shorten(data), Display.of(request.user)) if is_done else {}
        return {
            **context,
            **result,
            "is_done": is_done,
            "shows_form": context["response"].status_code in (200, 400, 405),
            "errors": errors,
            "failure": [Message(WRONG_FIELDS)] if errors else context.get("failure"),
            "max_rows": write_number(MAX_ROWS),
            "sent": {name: sent.get(name, "") for name in ("source", "of", "as_of", "columns")},
            "files": link_to_files(reverse("comparisons")),
        }


def shorten(data: Row) -> Row:
    """Return the data with the first rows of each list, and with the names of the products of suspects."""
    rows = {row["product"]: row for row in data["differ"]}
    of_product = ("name", "unit", "decimals")
    suspects = [{**one, **{key: rows[one["product"]][key] for key in of_product}} for one in data["suspects"]]
    lists = {name: data[name][:MAX_ROWS_SHOWN] for name in ("differ", "unknown", "missing")}
    return {**data, **lists, "suspects": suspects[:MAX_ROWS_SHOWN]}
