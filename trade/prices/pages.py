"""The pages of price groups, of the list of prices, and of its import."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from core.pages.columns import Display, PageColumn, Row, columns_of, money_column
from core.pages.links import Action, PageLink, Verb, add, link_to_row, remove, restore, save
from core.pages.tables import DetailPage, TablePage, TableSection
from core.sentences import fill
from core.translation import gettext_noop as _
from products.filing.pages.table_page import CHANGE, LINE, ImportTablePage
from records.history.models import Kind
from records.history.pages import show_changes
from trade.prices.files import TABLE
from trade.prices.models import PriceGroup, PriceRow
from users.access.roles import Right

VERBS: dict[str, Verb] = {
    "create": add("Add price group", "price_group-detail"), "update": save(), "restore": restore("price_group-detail"),
    "destroy": remove(
        "Archive", "Archived the price group.",
        lambda row: [fill("{name} has no effect until you restore it.", name=row.name)],
    ),
}  # fmt: skip
group_column, row_column = columns_of(PriceGroup), columns_of(PriceRow)
PERCENT, CREATED_AT = group_column("percent", kind="decimal"), group_column("created_at", kind="moment")
PRICE_GROUPS = TablePage(
    (PageColumn("name", "Price group", page="price_group-detail"), PERCENT, CREATED_AT),
    empty="No price groups yet.",
    hint="The customers of a price group pay less: some percent off, or prices of their own.",
    first=(PageLink("Add the first one", form="POST", style="primary"),),
)
ADD_CHANGES, CHANGES = show_changes(Kind.PRICE_GROUP)
PRICE_GROUP = DetailPage(
    "name", (PERCENT, CREATED_AT), actions=(Action("Edit", form="PUT"),), sections=(CHANGES,), extend=ADD_CHANGES
)
TERMS = (
    PageColumn(
        "price_group_name",
        "Price group",
        links_to="price_group",
        write=lambda row: row["price_group_name"] or gettext("Everybody"),
    ),
    row_column("from"),
    row_column("price", kind="money"),
    row_column("starts_on", kind="date"),
    row_column("ends_on", kind="date"),
)
PRICES = TablePage(
    (PageColumn("name", "Name"), PageColumn("sku", "SKU"), *TERMS),
    empty="No prices yet.",
    hint="The customer pays the lowest price that applies: add prices for groups, quantities and days to a product.",
)


@dataclass(frozen=True)
class RowsPage(DetailPage):
    """The page of the prices of a product or kit, which its view describes."""

    def context(self, request: Any, view: Any, data: Row, display: Display) -> dict[str, Any]:
        return super().context(request, view, view.describe_page(), display)


def make_rows_page(title: str, name: str) -> RowsPage:
    """Return the page of the prices of goods of a kind."""
    return RowsPage(
        lambda row: fill("Prices: {name}", name=row["name"]),
        figures=(money_column("list_price", "List price"), money_column("cost", "Cost")),
        sections=(
            TableSection(
                "rows", "Besides the list price", (*TERMS, money_column("margin", "Margin", is_optional=True)),
                empty="No prices yet.",
            ),
        ),
        actions=(
            Action("Change prices", link_to_row(f"shop-{name}-prices"), style="primary", right=Right.MANAGE_PRODUCTS),
            Action(title, link_to_row(f"{name}-detail")),
        ),
    )  # fmt: skip


class ImportPricesPage(ImportTablePage):
    title = _("Import prices")
    about = _(
        "Choose a table with a row for each price: Excel, LibreOffice or CSV, up to {max_rows} rows. A row names a"
        " product by its SKU, its barcode or its id in another program, or a kit by its SKU or its barcode: their"
        " prices are replaced."
    )
    docs, list_route, max_rows, labels = "/docs/prices/#files", "price-list", TABLE.max_rows, TABLE.labels
    written = TableSection("prices", "Prices", (LINE, PageColumn("name", "Name"), CHANGE), empty="", is_optional=True)
