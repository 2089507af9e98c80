"""The page of the import of offers."""

from core.pages.columns import PageColumn
from core.pages.import_table import CHANGE, LINE, ImportTablePage
from core.pages.tables import TableSection
from core.translation import gettext_noop as _
from products.offers.files import LABELS, MAX_ROWS


class ImportOffersPage(ImportTablePage):
    title = _("Import offers")
    about = _(
        "Choose a table with a row for each offer: Excel, LibreOffice or CSV, up to {max_rows} rows. A row names the"
        " supplier, and the product by its SKU, its barcode or the supplier's number."
    )
    docs, list_route, max_rows, labels = "/docs/offers/#files", "offer-list", MAX_ROWS, LABELS
    written = TableSection(
        "offers", "Offers",
        (
            LINE, PageColumn("name", "Product", page="offer-detail", id_field="offer"),
            PageColumn("supplier_name", "Supplier"), CHANGE,
        ),
        empty="", is_optional=True,
    )  # fmt: skip
