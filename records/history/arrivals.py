"""What an import of a shop accepts and changes in rows of the history."""

from typing import Any

from records.history.models import select_pairs

MAX_CHANGED_FIELDS = 100  # the most fields in a change


def is_history(changes: Any) -> bool:
    return isinstance(changes, dict) and 0 < len(changes) <= MAX_CHANGED_FIELDS and select_pairs(changes) == changes


JSON_RULES = {"history_change.changes": is_history}
COLUMNS = {f"history_change.{name}": "id" for name in ("row_id", "by", "edit", "undoes")}
