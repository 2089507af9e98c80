"""The pages of sales."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.urls import reverse

from core.pages.columns import Display, Mark, PageColumn, Row, columns_of
from core.pages.links import Action, PageLink, Verb, link_to_form, link_to_row
from core.pages.tables import DetailPage, TablePage, TableSection
from core.sentences import fill
from core.translation import gettext_noop as _
from stock.models import Movement, Operation, Payment, PaymentKind
from stock.pages import list_first
from trade.sales.reading.shown import Seller
from trade.sales.receipt_pages import make_context, name_number
from users.access.roles import Right

operation_column, line_column, payment_column = columns_of(Operation), columns_of(Movement), columns_of(Payment)
UNDONE = Mark("undone", lambda row: row["undone"])


def write_number(row: Row) -> str:
    return name_number(Seller(row["number"], till_name=row["till_name"]))


def leave_out_zero(name: str) -> Callable[[Row], str | None]:
    return lambda row: row[name] if row[name] is not None and float(row[name]) else None


NUMBER = PageColumn("number", "Number", page="sale-detail", id_field="operation", write=write_number, marks=(UNDONE,))
WHEN = operation_column("occurred_at", kind="moment")
WHO = PageColumn("by_username", "Who")
CUSTOMER = PageColumn("customer_name", "Customer", page="customer-detail", id_field="customer", is_optional=True)
MAIL = Verb(
    "Mail the receipt", say=lambda _row: _("The receipt is on its way."), link=link_to_row("sale-detail", "operation")
)
REFERENCE = operation_column("reference", is_optional=True)
TOTAL = PageColumn("total", "Sold for", kind="money")
RETURNED = PageColumn("returned", "Returned", kind="money", is_optional=True, write=leave_out_zero("returned"))
REFUNDED = PageColumn("refunded", "Given back", kind="money", is_optional=True, write=leave_out_zero("refunded"))
DUE = PageColumn("due", "Due", kind="money", is_optional=True, write=leave_out_zero("due"))
MARGIN = PageColumn("margin", "Margin", kind="money", is_optional=True)
SALES = TablePage(
    (
        NUMBER,
        WHEN,
        PageColumn(
            "products", "Products",
            write=lambda row: list_first(list(dict.fromkeys(line["name"] for line in row["lines"]))),
        ),
        WHO,
        CUSTOMER,
        REFERENCE,
        TOTAL,
        RETURNED,
        DUE,
        MARGIN,
    ),
    empty=_("Nothing was sold in this time."),
    has_csv=True,
    has_periods=True,
    figures=(PageColumn("revenue", "Revenue", kind="money"), PageColumn("sales", "Sales", kind="number"), TOTAL,
             RETURNED, REFUNDED, MARGIN),
    tasks=(PageLink("Sell", "/shop/sell/", style="primary", right=Right.WORK),),
    is_filled_elsewhere=True,
)  # fmt: skip


@dataclass(frozen=True)
class SalePage(DetailPage):
    """The page of a sale: its receipt, and the figures that the shop keeps of it."""

    folded: tuple[PageColumn, ...] = ()  # the fields beside these figures
    template: str = "sales/sale.html"

    def context(self, request: Any, view: Any, data: Row, display: Display) -> dict[str, Any]:
        """Return the variables of the template. The view has the sale as attach_sales() has completed it."""
        folded = replace(self, columns=self.folded).list_cells(data, display)
        shown = super().context(request, view, data, display)
        return {**make_context(view.sale, view.user.shop_owner), **shown, "folded": folded}


def has_rest(row: Row) -> bool:
    """Return whether something of the sale can come back."""
    return not row["undone"] and any(line["returned"] < line["quantity"] for line in row["lines"])


SALE = SalePage(
    lambda row: fill("Sale {number}", number=write_number(row)),
    (
        WHEN,
        WHO,
        CUSTOMER,
        REFERENCE,
        operation_column("note"),
    ),
    folded=(PageColumn("operation", "Operation", page="operation-detail", id_field="operation"),),
    figures=(TOTAL, RETURNED, REFUNDED, DUE, MARGIN),
    sections=(
        TableSection(
            "lines", "Products",
            (
                PageColumn("name", "Product", page="product-detail", id_field="product"),
                line_column("quantity", kind="goods"),
                PageColumn("returned", "Returned", kind="goods", is_optional=True),
                line_column("unit_price", kind="money"),
                PageColumn("list_price", "List price", kind="money"),
                PageColumn("sum", "Sold for", kind="money"),
            ),
            empty=_("Nothing was sold."),
        ),
        TableSection(
            "payments", "Payments",
            (
                PageColumn("kind", "Paid by", kind="words", codes=PaymentKind.values),
                payment_column("amount", kind="money"),
                payment_column("tendered", kind="money", is_optional=True),
                PageColumn("timestamp", "Booked", kind="moment"),
                PageColumn("performed_by_username", "Who"),
            ),
            empty=_("Nothing was paid."),
            is_optional=True,
        ),
    ),
    actions=(
        Action("Return", lambda row: link_to_row("shop-return-sale", "operation")(row) if has_rest(row) else "",
               right=Right.WORK, style="primary"),
        Action("Print", lambda row: reverse("sale-receipt", args=[row["operation"]])),
        Action("Mail the receipt", link_to_form("sale-receipt-mail", "operation"), right=Right.WORK),
    ),
)  # fmt: skip
