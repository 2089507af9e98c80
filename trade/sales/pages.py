"""The pages of sales."""

from django.utils.translation import gettext

from core.pages.columns import Mark, PageColumn, Row, columns_of
from core.pages.links import Action, PageLink, link_to_row
from core.pages.tables import DetailPage, TablePage, TableSection
from core.sentences import fill
from core.translation import gettext_noop as _
from stock.models import Movement, Operation
from stock.pages import list_first
from users.access.roles import Right

operation_column, line_column = columns_of(Operation), columns_of(Movement)
UNDONE = Mark("undone", lambda row: row["undone"], "urgent")


def name_number(row: Row) -> str:
    """Return the number of a sale, with the till that has given it."""
    return " ".join(filter(None, (row["till_name"], f"#{row['number']}")))


def find_given_back(row: Row) -> str | None:
    return row["returned"] if float(row["returned"]) else None


NUMBER = PageColumn("number", "Number", page="sale-detail", id_field="operation", write=name_number, marks=(UNDONE,))
WHEN = operation_column("occurred_at", kind="moment")
WHO = PageColumn("by_username", "Who")
CUSTOMER = PageColumn("customer_name", "Customer", page="customer-detail", id_field="customer", is_optional=True)
REFERENCE = operation_column("reference", is_optional=True)
TOTAL = PageColumn("total", "Sold for", kind="money")
RETURNED = PageColumn("returned", "Given back", kind="money", is_optional=True, write=find_given_back)
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
    ),
    empty=_("Nothing was sold in this time."),
    has_csv=True,
    has_periods=True,
    figures=(PageColumn("revenue", "Revenue", kind="money"), PageColumn("sales", "Sales", kind="number"), TOTAL,
             RETURNED),
    tasks=(PageLink("Sell", "/shop/sell/", style="primary", right=Right.WORK),),
    is_filled_elsewhere=True,
)  # fmt: skip
SALE = DetailPage(
    lambda row: fill("Sale {number}", number=name_number(row)),
    (
        PageColumn("state", "State", write=lambda row: gettext("undone") if row["undone"] else None),
        WHEN,
        WHO,
        CUSTOMER,
        REFERENCE,
        operation_column("note"),
        PageColumn("operation", "Operation", page="operation-detail", id_field="operation"),
    ),
    figures=(TOTAL, RETURNED),
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
    ),
    actions=(Action("Return", link_to_row("shop-return-sale", "operation"), right=Right.WORK),),
)  # fmt: skip
