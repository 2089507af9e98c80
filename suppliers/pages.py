"""What people see of suppliers."""

from core.pages.columns import Column
from core.pages.details import DetailPage
from core.pages.tables import TablePage

SUPPLIERS = TablePage(
    columns=(
        Column("name", "Supplier", page="supplier-detail"),
        Column("email"),
        Column("phone"),
        Column("address", is_wide_only=True),
    ),
    empty="No suppliers yet. Add the first one.",
)
SUPPLIER = DetailPage(
    "name", (Column("email"), Column("phone"), Column("address"), Column("created_at", "Added", kind="moment"))
)
