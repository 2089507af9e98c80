"""The page of the import of kits."""

from core.pages.columns import PageColumn
from core.pages.import_table import CHANGE, LINE, ImportTablePage
from core.pages.tables import TableSection
from core.translation import gettext_noop as _
from trade.kits.files import LABELS, MAX_ROWS


class ImportKitsPage(ImportTablePage):
    title = _("Import kits")
    about = _(
        "Choose a table with a row for each part of a kit: Excel, LibreOffice or CSV, up to {max_rows} rows. The rows"
        " of a kit replace all of its parts."
    )
    docs, list_route, max_rows, labels = "/docs/kits/", "kit-list", MAX_ROWS, LABELS
    written = TableSection(
        "kits", "Kits", (LINE, PageColumn("name", "Kit", page="kit-detail", id_field="kit"), CHANGE),
        empty="", is_optional=True,
    )  # fmt: skip
