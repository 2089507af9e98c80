"""What an import of a shop accepts and changes in rows of counting sheets."""

from typing import Any

from core.fields import MAX_QUANTITY
from core.json_forms import are_ids, has_parts, is_id, is_moment, is_number, is_percent, is_text, or_null


def is_selection(selection: Any) -> bool:
    """Return whether this is what was selected for a counting sheet."""
    links = {"category": is_id, "supplier": is_id, "products": are_ids}
    return has_parts(selection, **links, not_counted_since=lambda text: is_text(text) and is_moment(text))


def is_tolerance(tolerance: Any) -> bool:
    return has_parts(tolerance, units=lambda units: is_number(units) and 0 <= units <= MAX_QUANTITY, percent=is_percent)


JSON_RULES = {"sheets_sheet.selection": is_selection, "sheets_sheet.tolerance": or_null(is_tolerance)}
COLUMNS = {"sheets_sheetline.booked_to": "id", "sheets_sheetline.recounted_to": "id"}
