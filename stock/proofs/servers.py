"""Detect whether another database server has taken over since an earlier verification.

A promoted standby begins a new timeline. If it had not yet received all confirmed bookings, the missing ones are lost,
and the remaining ledger is consistent. So each verification records the timeline and the newest booking that it
covered. The booking was written before the record, so a server that has the record has the booking and all bookings
before it.
"""

from datetime import UTC, datetime
from typing import Any

from django.db import NotSupportedError, ProgrammingError, connection, transaction
from django.db.models import TextChoices

from core.lists.serialization import format_utc
from core.translation import gettext_noop as _
from stock.models import Movement, Verification

MAX_CHANGES = 100  # the newest changes of an account that are kept

# Returns the server's identifier, which its standbys share, and its timeline. Every role may execute these functions on
# PostgreSQL's own servers. The timeline in pg_control_checkpoint() would be the old one until the first checkpoint
# after a promotion.
IDENTITY = """
SELECT (SELECT system_identifier FROM pg_control_system()) || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8)
WHERE NOT pg_is_in_recovery()
"""
TIMELINE = "SELECT '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8) WHERE NOT pg_is_in_recovery()"
# Citus stores the movements on its workers, and each worker can have standbys.
HAS_WORKERS = "SELECT 'yes' WHERE to_regproc('run_command_on_workers') IS NOT NULL"
WORKERS = f"SELECT result FROM run_command_on_workers($${IDENTITY}$$) WHERE success"  # noqa: S608 - constants alone


class ServerChangeReason(TextChoices):
    PROMOTION = "promotion"
    ANOTHER_SERVER = "another_server"
    RESTORE = "restore"


SENTENCES = {
    ServerChangeReason.PROMOTION: _(
        "A standby became the database server (timeline {former_timeline}, now {timeline})."
    ),
    ServerChangeReason.ANOTHER_SERVER: _("The data is on another database server: by a backup, an upgrade or a move."),
    ServerChangeReason.RESTORE: _("A backup was restored."),
}
VOUCHED = _(
    "Operation {newest_operation}, booked at {booked}, is the newest that was verified before. Later bookings that the"
    " service had confirmed may be missing, and new bookings may have their ids."
)
NOT_VOUCHED = _(
    "No booking was verified before. Bookings that the service had confirmed may be missing, and new bookings may have"
    " their ids."
)


def find_servers() -> dict[str, int] | None:
    """Return the timelines of the servers by their identifiers, or None if they are not known.

    There is one server, or several with Citus. The identifier is empty if the server does not show it.
    """
    found = fetch_texts(IDENTITY) or fetch_texts(TIMELINE)
    if found and fetch_texts(HAS_WORKERS):
        found += fetch_texts(WORKERS)
    pairs = (text.split("/") for text in found)
    return {identifier: int(timeline, 16) for identifier, timeline in pairs} or None


def fetch_texts(statement: str) -> list[str]:
    """Return the first column, or an empty list if this role or a hosted server does not allow the statement."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
            return [row[0] for row in cursor.fetchall()]
    except (NotSupportedError, ProgrammingError):
        return []


def compare_servers(before: dict[str, int] | None, now: dict[str, int] | None) -> dict[str, Any] | None:
    """Return the reason and the timelines of a change, or None if there is none or it can't be known.

    With Citus, workers may be added and removed. It is a change if a server begins a new timeline, or if no server has
    remained.
    """
    if not before or not now:
        return None
    remaining = sorted(before.keys() & now.keys())
    for server in remaining:
        if before[server] != now[server]:
            return make_change(ServerChangeReason.PROMOTION, before[server], now[server])
    if remaining or "" in {*before, *now}:
        return None
    return make_change(ServerChangeReason.ANOTHER_SERVER)


def make_change(
    reason: ServerChangeReason, former_timeline: int | None = None, timeline: int | None = None
) -> dict[str, Any]:
    return {"reason": reason.value, "former_timeline": former_timeline, "timeline": timeline}


def list_changes(earlier: Verification | None, change: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Return the changes that the earlier verification stored, and this one with its newest booking."""
    if earlier is None:
        return []
    known = list(earlier.server_changes or [])
    if change:
        vouched = {
            "noticed_at": format_time(datetime.now(UTC)),
            "verified_at": format_time(earlier.verified_at),
            "newest_operation": earlier.newest_operation,
            "newest_booked_at": format_time(earlier.newest_booked_at),
        }
        known.append(change | vouched)
    return known[-MAX_CHANGES:]


def format_time(time: datetime | None) -> str | None:
    """Return the time as JSON has it, in UTC."""
    return format_utc(time.astimezone(UTC)) if time else None


def find_newest_booking(owner_id: int) -> dict[str, Any]:
    """Return the fields of a Verification that describe the account's newest movement. They are None if it has none."""
    newest = Movement.objects.filter(owner_id=owner_id).select_related("operation").order_by("-id").first()
    return {
        "newest_operation": newest and newest.operation_id,
        "newest_booked_at": newest and newest.operation.created_at,
        "newest_product": newest and newest.product_id,
        "newest_sequence": newest and newest.sequence,
    }
