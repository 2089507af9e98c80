"""The pages of levels: those of a place, those of all places, and their import."""

from django.urls import reverse

from core.pages.columns import PageColumn
from core.pages.links import PageLink
from core.pages.tables import TablePage, TableSection
from core.translation import gettext_noop as _
from products.filing.pages.table_page import CHANGE, LINE, ImportTablePage
from stock.levels.files import TABLE
from users.access.roles import Right

NAME = PageColumn("name", "Product", links_to="product")
AMOUNTS = (PageColumn("low_at", "Low at", kind="decimal"), PageColumn("fill_to", "Fill to", kind="decimal"))
OF_PRODUCT = (NAME, PageColumn("sku", "SKU", is_extra=True), *AMOUNTS, PageColumn("unit", "Unit", is_optional=True))
LEVELS_OF_PLACE = TablePage(OF_PRODUCT, empty="No levels yet.")
LEVELS = TablePage(
    (PageColumn("location_name", "Place", page="location-levels", id_field="location"), *OF_PRODUCT),
    empty="No levels yet.",
    hint="Say on the page of a place how much of which products is to lie there.",
)


def list_tasks(location: int) -> tuple[PageLink, ...]:
    """Return the buttons of the page of the levels of a place."""
    change = reverse("shop-levels", args=[location])
    return (
        PageLink("Change levels", change, style="primary", right=Right.MANAGE_PRODUCTS),
        PageLink("Place", reverse("location-detail", args=[location])),
        PageLink("All of them", reverse("level-list")),
    )


class ImportLevelsPage(ImportTablePage):
    title = _("Import levels")
    about = _(
        "Choose a table with a row for each level: Excel, LibreOffice or CSV, up to {max_rows} rows. A row names the"
        " place, and the product by its SKU, its barcode or its id in another program."
    )
    docs, list_route, max_rows, labels = "/docs/places/#levels", "level-list", TABLE.max_rows, TABLE.labels
    written = TableSection(
        "levels",
        "Levels of places",
        (LINE, PageColumn("location_name", "Place"), PageColumn("name", "Name"), CHANGE),
        empty="",
        is_optional=True,
    )
