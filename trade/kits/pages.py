"""The pages of kits and of their import."""

from typing import Any

from core.pages.columns import PageColumn, Row, columns_of, goods_column, money_column, number_column
from core.pages.links import Action, PageLink, Verb, find_address, link_to_row, remove, restore
from core.pages.tables import DetailPage, TablePage, TableSection
from core.sentences import fill
from core.translation import gettext_noop as _
from products.filing.pages.table_page import CHANGE, LINE, ImportTablePage
from records.history.models import Kind
from records.history.pages import show_changes
from stock.pages import PRODUCT
from trade.kits.files import TABLE
from trade.kits.models import Kit
from users.access.roles import Right
from users.reading import shows


def confirm_archive(kit: Any) -> list[str]:
    return [fill("{name} can't be sold until you restore it. Its parts stay as they are.", name=kit.name)]


VERBS: dict[str, Verb] = {
    "restore": restore("kit-detail"),
    "destroy": remove("Archive", "Archived the kit. Its parts stay.", confirm_archive),
}  # fmt: skip
kit_column = columns_of(Kit)


def find_price(row: Row) -> Any:
    """Return the price of the kit, which is by default the sum of the prices of its parts."""
    return row["list_price"] if row["price"] is None else row["price"]


PRICE = money_column("price", "Price", write=find_price)
AVAILABLE = number_column("available", "Available")
KITS = TablePage(
    (PageColumn("name", "Kit", page="kit-detail"), kit_column("sku"), AVAILABLE, PRICE),
    empty="No kits yet.",
    hint="A kit sells several products as one, such as a gift basket.",
    tasks=(PageLink("Add kit", "/shop/kits/add/", style="primary", right=Right.MANAGE_PRODUCTS),),
)
PARTS = (
    PRODUCT,
    PageColumn("sku", "SKU"),
    goods_column("quantity", "Quantity"),
    money_column("price", "Price"),
    goods_column("available", "Available"),
)
ADD_CHANGES, CHANGES = show_changes(Kind.KIT)
KIT = DetailPage(
    "name",
    (
        AVAILABLE,
        PRICE,
        money_column("list_price", "Sum of its parts"),
        money_column("cost", "Cost", is_optional=True),
        kit_column("sku"),
        kit_column("barcode"),
        kit_column("description"),
        kit_column("external_id"),
        kit_column("created_at", kind="moment"),
    ),
    actions=(
        Action("Edit", link_to_row("shop-change-kit"), right=Right.MANAGE_PRODUCTS),
        Action("Prices", lambda one: find_address("kit-prices", one["id"]), is_offered=shows("prices")),
    ),
    sections=(TableSection("parts", "Parts", PARTS, empty=""), CHANGES),
    extend=ADD_CHANGES,
)


class ImportKitsPage(ImportTablePage):
    title = _("Import kits")
    about = _(
        "Choose a table with a row for each part of a kit: Excel, LibreOffice or CSV, up to {max_rows} rows. The rows"
        " of a kit replace all of its parts."
    )
    docs, list_route, max_rows, labels = "/docs/kits/", "kit-list", TABLE.max_rows, TABLE.labels
    written = TableSection(
        "kits", "Kits", (LINE, PageColumn("name", "Kit", links_to="kit"), CHANGE),
        empty="", is_optional=True,
    )  # fmt: skip
