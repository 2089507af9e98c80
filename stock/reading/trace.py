"""What has happened to a lot. desk.reports reads the whole trace."""

from typing import Any

from core.database.replicas import reading
from stock.reading.trace_sql import LAST_OUT


def read_last_out(owner_id: int, lot_id: int) -> dict[str, Any] | None:
    """Return the last movement that took something out of the account's lot, or None if there is none."""
    with reading().cursor() as cursor:
        cursor.execute(LAST_OUT, {"owner": owner_id, "lot": lot_id})
        names = [column.name for column in cursor.description]
        row = cursor.fetchone()
    return dict(zip(names, row, strict=True)) if row else None
