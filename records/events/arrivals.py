"""What an import of a shop accepts and changes in rows of events."""

from core.json_forms import Row
from records.events.services import has_form, name_values


def is_event(row: Row) -> bool:
    data = row.get("data")
    values = name_values(row.get("operation"), row.get("product"), data)
    return (data is None or isinstance(data, dict)) and has_form(row["type"], values)


ROW_RULES = {"events_event.data": is_event}
COLUMNS = {"events_event.operation": "id", "events_event.product": "id"}
