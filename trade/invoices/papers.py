"""What the pages show of an invoice as it is on paper, from what the API returns of it."""

from decimal import Decimal
from typing import Any

from core.pages.columns import Display, PageColumn, Row, columns_of, money_column, write_shown
from core.pages.tables import TableSection, make_filled
from core.texts.locales import name_countries
from core.translation import gettext_noop as _
from stock.models import PaymentKind
from trade.invoices.models import Invoice

invoice_column = columns_of(Invoice)
FACTS = (
    *(invoice_column(name, kind="date") for name in ("issued_on", "delivered_on")),
    PageColumn("due_on", _("Due on"), kind="date"),
    PageColumn("credits", _("For invoice"), write=lambda row: (row["credits"] or {}).get("number")),
    PageColumn("buyer_reference", _("Code for invoices")),
    PageColumn("purchase_reference", _("Order of the customer")),
)
RATE = PageColumn("rate", _("VAT in percent"), kind="decimal")
REASON = PageColumn("reason", _("Reason for no VAT"), is_optional=True)
SUMS = tuple(
    PageColumn(name, title, kind="decimal")
    for name, title in (("net", _("Without VAT")), ("tax", _("VAT")), ("gross", _("With VAT")))
)


def write_goods(line: Row) -> str:
    """Return the name of the goods, and below it how much of them."""
    amount = f"{write_shown(Decimal(line['amount']), 'f')} {line['unit']}".strip()
    return f"{line['name']}\n{amount}" + (f" · {line['sku']}" if line["sku"] else "")


TABLES = (
    TableSection(
        "lines",
        _("Lines"),
        (
            PageColumn("name", _("Name"), write=write_goods),
            PageColumn("unit_price", _("Price without VAT"), kind="decimal", is_extra=True),
            PageColumn("gross_price", _("Price with VAT"), kind="decimal", is_extra=True, is_optional=True),
            RATE,
            SUMS[0],
        ),
        empty="",
    ),
    TableSection("taxes", _("VAT"), (RATE, REASON, *SUMS), empty=""),
    TableSection(
        "payments",
        _("Payments"),
        (PageColumn("kind", _("Kind"), kind="words", codes=PaymentKind.values), money_column("amount", _("Sum"))),
        empty="",
    ),
)
TOTALS = tuple(money_column(one.name, one.title) for one in (*SUMS[:2], PageColumn("gross", _("Total"))))


def make_paper(view: Any, invoice: Row, display: Display) -> dict[str, Any]:
    """Return the variables of `invoices/paper.html`. An invoice of a dry run has no number."""
    countries, tables = name_countries(), [one.table(view, invoice, display) for one in TABLES]
    return {
        "number": invoice["number"],
        "facts": make_filled(FACTS, invoice, display),
        "parties": [
            party | {"country": countries.get(party["country"])} for party in (invoice["seller"], invoice["buyer"])
        ],
        "tables": [table for table in tables if table.rows],
        "totals": make_filled(TOTALS, invoice["totals"], display),
        "further": [invoice["note"], invoice["terms"]],
    }
