"""The pages of the support desk for this app. Staff only read most of these rows."""

from core.support.admin import ReadOnlyAdmin, show_rows
from trade.sheets.models import Entry, Sheet, SheetLine

show_rows(
    Sheet,
    "name account state blind opened_by_username created_at closed_at",
    "location selection tolerance opened_by",
    base=ReadOnlyAdmin,
    search_fields=("name",),
    title="Counting sheets",
    of_account=True,
    group="Counted",
)
show_rows(SheetLine, "id account sheet product booked_at operation", filters="sheet", group="Counted")
show_rows(
    Entry,
    "id account sheet product quantity counted_at entered_by",
    "location lot replaces",
    filters="sheet",
    group="Counted",
)
