"""Verify the ledger of an account: the rules of stock.proofs.sql_breaks, and the seals.

It uses a limited amount of memory.

Also detect whether another database server has taken over since an earlier verification. A promoted standby begins a
new timeline. If it had not yet received all confirmed bookings, the missing ones are lost, and the remaining ledger is
consistent. So each verification records the timeline and the newest booking that it covered. The booking was written
before the record, so a server that has the record has the booking and all bookings before it.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import NotSupportedError, ProgrammingError, connection, connections, transaction
from django.db.models import TextChoices
from django.db.models.functions import Now
from django.utils.module_loading import import_string
from django.utils.translation import gettext

from core.database.replicas import get_alias, read, read_from, reading
from core.database.transactions import atomic, atomic_reads, set_time_limit
from core.kinds import MAX_ID
from core.lists.serialization import format_utc
from core.shop_apps import list_breaks
from core.translation import gettext_noop as _
from products.models import Product
from stock.models import Movement, Verification
from stock.proofs import services, sql_breaks
from users.models import User

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


MAX_BREAKS = 1000
TIMEOUT_SECONDS = 60  # the time limit of each statement, which is enough for about ten million movements
# These settings are for the pass over all movements. Reading the table and sorting its rows takes 60 % of the time that
# an index scan in the final order takes. The movements of a small account are still found by an index, through a
# bitmap. A hash join with the products would write the sorted movements to temporary files once more.
SORT_ROWS = "SET LOCAL enable_indexscan = off; SET LOCAL enable_hashjoin = off"
END_SORTING = "SET LOCAL enable_indexscan TO DEFAULT; SET LOCAL enable_hashjoin TO DEFAULT"
# The pass uses one processor of the database server. From this number of products on, two connections share it.
PRODUCTS_FOR_TWO = 100_000
SET_SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SET TRANSACTION SNAPSHOT '{}'"


@dataclass(frozen=True)
class Break:
    """A break of a rule of the ledger, in a movement, a balance or an operation."""

    product: int  # 0 if the break has no movement
    sequence: int
    what: str

    def __str__(self) -> str:
        return f"product {self.product}, movement {self.sequence}: {self.what}" if self.product else self.what


def find_breaks(owner_id: int, limit: int = MAX_BREAKS, *, is_committed: bool = True) -> list[Break]:
    """Return the breaks in the account's ledger, at most `limit` of each kind.

    A ledger that this transaction has just written is not committed: no second connection can see it.
    """
    found = find_chain_breaks(owner_id, limit) if is_committed else pass_products(owner_id, limit, 0, MAX_ID)
    for statement in sql_breaks.AFTER_CHAINS:
        found += [Break(*row) for row in read(statement, {"owner": owner_id, "limit": limit})]
    # The seals are last: what is found before them also names the row.
    for find_further in (*map(import_string, list_breaks()), services.find_seal_breaks):
        found += [Break(*row) for row in find_further(owner_id, limit)]
    return found


def find_chain_breaks(owner_id: int, limit: int) -> list[Break]:
    """Return the breaks in the movements of single products, at most `limit`. Call this in a transaction."""
    ids = Product.objects.filter(owner_id=owner_id).order_by("id").values_list("id", flat=True)
    number = ids.count()
    if number < PRODUCTS_FOR_TWO:
        return pass_products(owner_id, limit, 0, MAX_ID)
    middle = ids[number // 2]
    ((snapshot,),) = read("SELECT pg_export_snapshot()")
    with ThreadPoolExecutor(max_workers=1) as thread:
        second = thread.submit(pass_second_half, get_alias(), snapshot, owner_id, limit, middle)
        first = pass_products(owner_id, limit, 0, middle)
        return (first + second.result())[:limit]


def pass_second_half(alias: str, snapshot: str, owner_id: int, limit: int, middle: int) -> list[Break]:
    """Pass the products from this one on, in a connection of this thread that sees what the first connection sees."""
    connection = connections[alias]
    with closing(connection), read_from(alias), transaction.atomic(using=alias):
        with connection.cursor() as cursor:
            cursor.execute(SET_SNAPSHOT.format(snapshot))
        set_time_limit(TIMEOUT_SECONDS, reads=True)
        return pass_products(owner_id, limit, middle, MAX_ID)


def pass_products(owner_id: int, limit: int, first: int, end: int) -> list[Break]:
    """Return the breaks in the movements of the products with these ids, `end` excluded."""
    with reading().cursor() as cursor:
        cursor.execute(SORT_ROWS)
        cursor.execute(sql_breaks.CHAINS, {"owner": owner_id, "limit": limit, "first": first, "end": end})
        found = [Break(*row) for row in cursor.fetchall()]
        cursor.execute(END_SORTING)
    return found


@atomic_reads
def verify_ledger(user: User) -> dict[str, Any]:
    """Return the numbers of the account's products and movements, and the breaks in its ledger.

    `server_changes` has the changes of the database server since the first stored verification, if there are any.
    """
    set_time_limit(TIMEOUT_SECONDS, reads=True)
    owner_id = user.account_id or 0  # 0 if the user has no account: Citus finds the server of 0, but not that of null
    earlier = Verification.objects.for_user(user).first()
    changes = find_server_changes(earlier) if earlier else []
    return {
        "products": Product.objects.for_user(user).count(),
        "movements": Movement.objects.for_user(user).count(),
        "broken": find_breaks(owner_id),
        "sealed": services.describe_sealed(owner_id),
    } | ({"server_changes": changes} if changes else {})


def find_server_changes(earlier: Verification) -> list[dict[str, Any]]:
    """Return the stored changes of the database server, and the change since the last verification if there is one."""
    change = compare_servers(earlier.servers, find_servers()) if earlier.servers else None
    changes = list_changes(earlier, change)
    return [{**change, "message": describe_change(change)} for change in changes]


def describe_change(change: dict[str, Any]) -> str:
    """Return a sentence that tells what changed, and which booking was the newest that had been verified before."""
    booked = (change["newest_booked_at"] or "")[:19].replace("T", " ") + " UTC"
    vouched = VOUCHED if change["newest_operation"] else NOT_VOUCHED
    sentence = SENTENCES[ServerChangeReason(change["reason"])]
    return f"{gettext(sentence)} {gettext(vouched)}".format(**change, booked=booked)


def group_changes(results: list[Verification]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield each change of the server with the number of accounts, the oldest first.

    The accounts noticed the change one after another. The result has the newest booking that was verified in any of
    them, and the oldest time of their verifications.
    """
    groups: dict[tuple, list[dict[str, Any]]] = {}
    for result in results:
        for number, change in enumerate(result.server_changes or []):
            groups.setdefault((number, change["reason"], change["timeline"]), []).append(change)
    for _group, changes in sorted(groups.items(), key=lambda group: group[1][0]["noticed_at"]):
        newest = max(changes, key=lambda change: change["newest_operation"] or 0)
        yield len(changes), newest | {"verified_at": min(change["verified_at"] for change in changes)}


@atomic
def verify_account(owner_id: int, is_restored: bool = False) -> Verification:
    """Verify the account's ledger, store the result in place of the previous one, and return it.

    The support desk shows the stored results. One transaction reads everything, so that all data is from one server.
    `is_restored` records that the data is from a backup.
    """
    earlier = Verification.objects.filter(owner_id=owner_id).first()
    found_servers = find_servers()
    newest = find_newest_booking(owner_id)
    found = find_breaks(owner_id, limit=1)
    if is_restored:
        change: dict[str, Any] | None = make_change(ServerChangeReason.RESTORE)
    else:
        change = compare_servers(earlier.servers, found_servers) if earlier else None
    if found and earlier:  # if this verification found breaks, it confirms no later bookings
        newest = {name: getattr(earlier, name) for name in newest}
    result = Verification(
        owner_id=owner_id,
        verified_at=Now(),
        movements=Movement.objects.filter(owner_id=owner_id).count(),
        broken=str(found[0]) if found else "",
        servers=found_servers,
        server_changes=list_changes(earlier, change) or None,
        **newest,
    )
    columns = ["verified_at", "movements", "broken", "servers", "server_changes", *newest]
    Verification.objects.bulk_create([result], update_conflicts=True, unique_fields=["owner"], update_fields=columns)
    return result
