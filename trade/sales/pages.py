"""The pages of sales."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from core.pages.columns import (
    Display,
    Mark,
    PageColumn,
    Row,
    columns_of,
    goods_column,
    money_column,
    number_column,
)
from core.pages.links import Action, PageLink, Verb, link_to_form, link_to_row
from core.pages.tables import DetailPage, TablePage, TableSection
from core.sentences import fill, list_first
from stock.models import Movement, Operation
from stock.pages import NAMED
from trade.sales.reading import Seller, list_sold
from trade.sales.receipt_pages import make_context, name_number
from trade.selling.hooks import PAPERS
from trade.selling.payments.pages import PAID, PAY, add_forms, leave_out_zero
from trade.selling.reading import WHOLES, name_whole
from trade.tills.models import Till
from users.access.roles import Right
from users.models import User

operation_column, line_column = columns_of(Operation), columns_of(Movement)
UNDONE = Mark("undone", lambda row: row["undone"])


def write_number(row: Row) -> str:
    return name_number(Seller(row["number"], till_name=row["till_name"]))


NUMBER = PageColumn("number", "Number", page="sale-detail", id_field="operation", write=write_number, marks=(UNDONE,))
WHEN = operation_column("occurred_at", kind="moment")
WHO = PageColumn("by_username", "Who")
CUSTOMER = PageColumn("customer_name", "Customer", links_to="customer", is_optional=True)
TILL = PageColumn("till_name", "Till", page="till-detail", id_field="kept_till")
INVOICE = PageColumn(
    "invoice",
    "Invoice",
    write=lambda row: (row["invoice"] or {}).get("number"),
    link=lambda row: reverse("invoice-detail", args=[row["invoice"]["id"]]),
)
MAIL = Verb("Mail the receipt", say="The receipt is on its way.", link=link_to_row("sale-detail", "operation"))
REFERENCE = operation_column(
    "reference", is_optional=True, write=lambda row: "" if row["till_name"] else row["reference"]
)
TOTAL = money_column("total", "Sold for")
RETURNED = money_column("returned", "Returned", is_optional=True, write=leave_out_zero("returned"))
REFUNDED = money_column("refunded", "Given back", is_optional=True, write=leave_out_zero("refunded"))
DUE = money_column("due", "Due", is_optional=True, write=leave_out_zero("due"))
MARGIN = money_column("margin", "Margin", is_optional=True)


def explain_takings(totals: Row, display: Display) -> str:
    """Return what was sold, and what came back of it, if something did."""
    shown = [column.cell(totals, display) for column in (TOTAL, RETURNED, REFUNDED) if not column.is_empty(totals)]
    return " · ".join(f"{cell.title}: {cell.text}" for cell in shown) if shown[1:] else ""


class SalesPage(TablePage):
    """The list of sales. It names goods with parts in place of their parts, as the view has found them."""

    def context(self, request: Any, view: Any, data: Row, display: Display) -> dict[str, Any]:
        named = [{"products": list_first([*dict(list_sold(sale))])} for sale in view.sales]
        rows = [{**row, **cells} for row, cells in zip(data["results"], named, strict=True)]
        return super().context(request, view, {**data, "results": rows}, display)


SALES = SalesPage(
    (
        NUMBER,
        WHEN,
        PageColumn("products", "Products"),
        WHO,
        CUSTOMER,
        REFERENCE,
        TOTAL,
        RETURNED,
        DUE,
        MARGIN,
    ),
    empty="Nothing was sold in this time.",
    has_csv=True,
    has_periods=True,
    default_period="last_30_days",
    figures=(money_column("revenue", "Takings", note=explain_takings),
             number_column("sales", "Sales"), MARGIN),
    tasks=(PageLink("Sell", "/shop/sell/", style="primary", right=Right.WORK),),
    is_filled_elsewhere=True,
)  # fmt: skip


def add_pages(user: User, sale: Row) -> Row:
    """Return the sale with the addresses of its forms."""
    return {**add_forms(user, sale), "invoice_page": PAPERS[0].link_to_issue(user, sale) if PAPERS else ""}


@dataclass(frozen=True)
class SalePage(DetailPage):
    """The page of a sale: its receipt, and beside it what the shop keeps of it."""

    template: str = "sales/sale.html"

    def context(self, request: Any, view: Any, data: Row, display: Display) -> dict[str, Any]:
        """Return the variables of the template. The view has the sale as attach_sales() has completed it."""
        wholes = [line.part_of for line in view.sales[0].shown]
        named = [name_whole(one.kind, one.goods_id, one.name) if one else {} for one in wholes]
        lines = [line | cells for line, cells in zip(data["lines"], named, strict=True)]
        [data] = Till.objects.link_kept(request.user, [{**data, "lines": lines}])
        receipt = make_context(view.sales[0], view.user.shop_owner)
        return {**receipt, **super().context(request, view, data, display)}


SALE = SalePage(
    lambda row: fill("Sale {number}", number=write_number(row)),
    (
        WHEN,
        WHO,
        CUSTOMER,
        TILL,
        INVOICE,
        REFERENCE,
        operation_column("note"),
        PageColumn("operation", links_to="operation"),
    ),
    figures=(RETURNED, REFUNDED, DUE, MARGIN),
    sections=(
        TableSection(
            "lines", "Products",
            (
                NAMED,
                *WHOLES,
                line_column("quantity", kind="goods"),
                goods_column("returned", "Returned", is_optional=True),
                line_column("unit_price", kind="money"),
                money_column("list_price", "List price"),
                money_column("sum", "Sold for"),
            ),
            empty="Nothing was sold.",
        ),
        PAID,
    ),
    extend=add_pages,
    actions=(
        Action("Invoice", lambda row: row["invoice_page"], right=Right.WORK),
        Action("Return", lambda row: link_to_row("shop-return-sale", "operation")(row)
               if not row["undone"] and any(line["returned"] < line["quantity"] for line in row["lines"]) else "",
               right=Right.WORK, style="primary"),
        PAY,
        Action("Print", lambda row: reverse("sale-receipt", args=[row["operation"]])),
        Action("PDF", lambda row: f"{reverse('sale-receipt', args=[row['operation']])}?format=pdf"),
        Action("Mail the receipt", link_to_form("sale-receipt-mail", "operation"), right=Right.WORK),
    ),
)  # fmt: skip
