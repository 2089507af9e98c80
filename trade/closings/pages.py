"""The pages of closings and of movements of cash."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from core.http.calls import call_api
from core.http.downloads import PDF
from core.pages.columns import Display, PageColumn, Row, columns_of, moment_column, money_column, number_column
from core.pages.links import FILES, Action, PageLink, Verb, find_form_page, link_to_file, link_to_row
from core.pages.tables import DetailPage, TablePage, TableSection
from core.sentences import fill
from core.translation import gettext_noop as _
from products.models import say_at_zero
from stock.models import PaymentKind
from trade.closings.models import Cash, Closing
from trade.tills.models import Till
from users.access.roles import Right

CASH_VERBS = {
    "create": Verb("Cash in or out", "Save", say="Saved.", link=lambda _row: reverse("cash-list"), is_final=True)
}
CLOSING_FIELDS = {
    "opening": {
        "label": "In the drawer before the first sale",
        "help_text": "This is the first closing of this drawer: enter the cash with which it began.",
    }
}
closing_column = columns_of(Closing)
cash_column = columns_of(Cash)
NUMBER = closing_column("number", kind="number", page="closing-detail")
TILL = PageColumn("till_name", "Till", page="till-detail", id_field="kept_till")
FROM, TO = closing_column("from_at", kind="moment"), closing_column("made_at", kind="moment")
WHO = PageColumn("made_by_username", "Who")
SALES = (
    number_column("sales", "Sales"),
    money_column("total", "Sold for"),
    money_column("discounts", "Discounts"),
    number_column("returns", "Returns"),
    money_column("returned", "Given back"),
    money_column("not_paid", "Not paid yet", write=lambda row: row["not_paid"] and row["not_paid"]["total"]),
)
DRAWER = (
    closing_column("opening", kind="money"),
    money_column("cash_in", "Cash put in"),
    money_column("cash_out", "Cash taken out"),
)
EXPECTED = closing_column("expected", kind="money")
NOTE = closing_column("note")
COUNTED = (
    closing_column("counted", kind="money"),
    money_column("difference", "Difference", losses="below"),
    money_column("float", "Stays in the drawer"),
    money_column("taken_out", "Taken out"),
)
TAXES = TableSection(
    "taxes",
    "VAT",
    (
        PageColumn("rate", "Rate in percent", kind="decimal"),
        PageColumn("category", "Category", is_optional=True, write=lambda row: say_at_zero(row["category"])),
        money_column("net", "Without VAT"),
        money_column("tax", "VAT"),
        money_column("gross", "With VAT"),
    ),
    empty="Nothing was sold in this time.",
    is_optional=True,
)
PAYMENTS = TableSection(
    "payments",
    "Payments",
    (
        PageColumn("kind", "Kind", kind="words", codes=PaymentKind.values),
        money_column("received", "Received"),
        money_column("refunded", "Given back"),
        money_column("amount", "Sum"),
    ),
    empty="",
    is_optional=True,
)  # fmt: skip
TIPS = TableSection(
    "tips", "Tips",
    (
        PageColumn("kind", "Kind", kind="words", codes=PaymentKind.values),
        money_column("amount", "Sum"),
    ),
    empty="",
    is_optional=True,
)  # fmt: skip
LATE_SHOWN = 20
LATE = TableSection(
    "late",
    "Sales that arrived late",
    (
        moment_column("occurred_at", "When", links_to="operation"),
        PageColumn("reference", "Document no."),
        money_column("total", "Sold for"),
    ),
    empty="",
    is_optional=True,
    note=lambda row: say_rest(row["late_count"] - len(row["late"])),
)


def say_rest(number: int) -> str:
    return fill("and {number:,} more", number=number) if number else ""


def shorten(user: Any, closing: Row) -> Row:
    """Return the closing with the first LATE_SHOWN late sales, and its till. Its files have up to a thousand."""
    [linked] = Till.objects.link_kept(user, [closing])
    return {**linked, "late": closing["late"][:LATE_SHOWN]}


def link_to_drawer(address: str, till: int | None) -> str:
    """Return the address of a page or a form for the drawer."""
    return address if till is None else f"{address}?till={till}"


def name_closing(row: Row) -> str:
    return fill("Closing {number}", number=row["number"])


def name_preview(row: Row) -> str:
    return ": ".join(filter(None, (gettext("In the drawer now"), row["till_name"])))


def say_expected(view: Any) -> str:
    """Return what should be in the drawer that the address of the form names."""
    till = view.request.query_params.get("till", "")
    answer = call_api(view.request._request, "closing-preview", method="GET", query={"till": till})
    if not answer.is_success:
        return ""
    said = _("Expected in the drawer: {amount}.")
    if answer.data["number"] == 1:
        said = _("Expected in the drawer: {amount}, and what was in it before the first sale.")
    expected = fill(said, amount=Display.of(view.user).money(answer.data["expected"]))
    return ": ".join(filter(None, (answer.data["till_name"], expected)))


CLOSING_VERBS = {
    "create": Verb(
        "Close the drawer", say=lambda row: fill("Made closing {number}.", number=row["number"]), about=say_expected,
        link=link_to_row("closing-detail"), is_final=True,
    ),
}  # fmt: skip


def link_to_closing_file(file_format: str) -> Callable[[Row], str]:
    return lambda row: link_to_file(reverse("closing-file", args=[row["id"]]), file_format)


def link_to_form(route: str) -> Callable[[Row], str]:
    return lambda row: link_to_drawer(find_form_page(reverse(route)), row["till"])


def add_drawers(user: Any, preview: Row) -> Row:
    """Return the preview with the other drawers of the shop: those of its open tills, and that without a till."""
    drawers = [{"till": None, "drawer": gettext("Sold without a till")}]
    tills = Till.objects.for_user(user).of_device(user).filter(revoked_at=None).order_by("id")
    drawers += [{"till": till.pk, "drawer": till.name} for till in tills]
    return {**shorten(user, preview), "drawers": [one for one in drawers if one["till"] != preview["till"]]}


CLOSINGS = TablePage(
    (NUMBER, TILL, FROM, TO, WHO, SALES[1], EXPECTED, *COUNTED[:2]),
    empty="No closings.",
    extend=Till.objects.link_kept,
    hint="A closing says what was sold since the last one, and what should be in the drawer.",
    first=(PageLink("Close the drawer", "/api/closings/preview/", style="primary", right=Right.WORK),),
    is_filled_elsewhere=True,
    has_csv=True,
    has_pdf=True,
    has_periods=True,
    tasks=(
        PageLink("Close the drawer", "/api/closings/preview/", style="primary", right=Right.WORK),
        PageLink("Cash in and out", "/api/closings/cash/"),
    ),
)
OVERVIEW = TableSection(
    "closings",
    "Closings",
    (NUMBER, TILL, TO, SALES[1], EXPECTED, *COUNTED[:2]),
    empty="No closings.",
)
CLOSING = DetailPage(
    name_closing,
    (TILL, FROM, TO, WHO, *SALES, *DRAWER, *COUNTED[2:], NOTE),
    figures=(EXPECTED, *COUNTED[:2]),
    has_pairs=True,
    sections=(PAYMENTS, TIPS, TAXES, LATE),
    extend=shorten,
    actions=(
        Action("Print", lambda row: f"{reverse('closing-file', args=[row['id']])}?format=html"),
        *(Action(title, link_to_closing_file(one)) for title, one in {**FILES, "PDF": PDF}.items()),
    ),
)
IN_DRAWER = (*DRAWER, EXPECTED, *COUNTED)
ON_PAPER = (TILL, FROM, TO, WHO, *SALES, *IN_DRAWER, NOTE)
PAPER = replace(CLOSING, columns=ON_PAPER, figures=(), extend=None)
PREVIEW = DetailPage(
    name_preview,
    (FROM, TO, *SALES, *DRAWER),
    figures=(EXPECTED,),
    has_pairs=True,
    sections=(
        PAYMENTS,
        TIPS,
        TAXES,
        LATE,
        TableSection(
            "drawers",
            "Other drawers",
            (PageColumn("drawer", link=lambda row: link_to_drawer(reverse("closing-preview"), row["till"])),),
            empty="",
            is_optional=True,
        ),
    ),
    actions=(
        Action("Close the drawer", link_to_form("closing-list"), style="primary", right=Right.WORK),
        Action("Cash in or out", link_to_form("cash-list"), right=Right.WORK),
    ),
    extend=add_drawers,
)
CASH = TablePage(
    (
        cash_column("created_at", kind="moment"),
        cash_column("kind", kind="words"),
        cash_column("amount", kind="money"),
        cash_column("reason"),
        WHO,
    ),
    empty="No cash was put in or taken out.",
)
