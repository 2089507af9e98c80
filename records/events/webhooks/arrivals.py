"""What an import of a shop accepts and changes in rows of webhooks."""

from typing import Any

from core.json_forms import is_text
from records.events.models import EventType
from records.events.webhooks.services import switch_off_imported


def are_types(types: Any) -> bool:
    """Return whether these are types of events."""
    return isinstance(types, list) and all(is_text(name) and name in EventType.values for name in types)


JSON_RULES = {"events_webhook.types": are_types}
COLUMNS = {"events_deliveryattempt.answer": "foreign text", "events_deliveryattempt.error": "foreign text"}
ARRIVALS = {"events_webhook": switch_off_imported}
