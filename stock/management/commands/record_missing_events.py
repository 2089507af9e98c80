"""Records events of operations that have none."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

from core.transactions import atomic, set_time_limit
from events.models import EventType

TIMEOUT_SECONDS = 600

RECORD_MISSING = f"""
INSERT INTO events_event (owner_id, type, operation, created_at)
SELECT operation.owner_id, '{EventType.OPERATION_BOOKED.value}', operation.id, operation.created_at
FROM stock_operation AS operation
LEFT JOIN events_event AS event ON (event.owner_id, event.operation) = (operation.owner_id, operation.id)
WHERE event.id IS NULL
ORDER BY operation.id
"""  # noqa: S608


class Command(BaseCommand):
    help = (
        "Record events of the operations that have none. Run it once after the upgrade to the release with events, when"
        " the earlier release has stopped: it books without events until then."
    )

    @atomic
    def handle(self, *args: Any, **options: Any) -> None:
        set_time_limit(TIMEOUT_SECONDS)
        with connection.cursor() as cursor:
            cursor.execute(RECORD_MISSING)
            self.stdout.write(f"Recorded events of {cursor.rowcount} operations.")
