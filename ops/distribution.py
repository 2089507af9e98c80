"""Distribute the tables of accounts over the servers of a Citus cluster. ADR 26 lists the steps in order."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth import get_user_model
from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, transaction

from core.database.citus import tables
from core.database.postgres.base import fetch
from core.database.transactions import is_lock_timeout
from core.ownership import list_owned_tables
from products.models import Tally

# This is below PostgreSQL's deadlock_timeout, so that no request is ended as a deadlock's victim.
LOCK_WAIT_MILLISECONDS = 300
LOCK_SECONDS = 60
BYTES_PER_SECOND = 30_000_000  # the speed of one machine, measured in docs/scaling.md
FIXED_SECONDS = 2.0

FOREIGN_KEYS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'f' AND (conrelid = ANY(%(tables)s::regclass[]) OR confrelid = ANY(%(tables)s::regclass[]))
ORDER BY conname
"""
TRIGGERS = """
SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger
WHERE tgrelid = ANY(%(tables)s::regclass[]) AND NOT tgisinternal ORDER BY tgname
"""
# Returns the sequences that stay on the coordinator. Citus restarts those of tables that refer to a reference table.
SEQUENCES = """
SELECT format('%I.%I', schemaname, sequencename), last_value FROM pg_sequences
WHERE schemaname = current_schema() AND last_value IS NOT NULL
"""
# These triggers do not work on Citus. Without a tally, products are counted.
TALLY_TRIGGERS = "products_product_tally"
SIZES = "SELECT coalesce(sum(pg_total_relation_size(name)), 0)::bigint FROM unnest(%(tables)s::regclass[]) AS name"
WORKERS = """
SELECT count(*) FILTER (WHERE groupid = 0), count(*) FILTER (WHERE shouldhaveshards) FROM pg_dist_node WHERE isactive
"""
FREE_DISK = """
SELECT nodename || ':' || nodeport, success, result FROM run_command_on_workers(
    'SELECT available_disk_size FROM citus_local_disk_space_stats()'
) JOIN pg_dist_node USING (nodename, nodeport)
"""
HOLDERS = """
SELECT DISTINCT pid, coalesce(nullif(application_name, ''), 'unnamed'), now() - xact_start
FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE relation = ANY(%(tables)s::regclass[]) AND granted AND pid <> pg_backend_pid() ORDER BY 3 DESC
"""


class DistributionRefused(Exception):
    """The database was not distributed and nothing has changed. The message says why."""


@dataclass
class Plan:
    """The remaining steps: the tables to distribute, and whether the users are still to be copied to every server."""

    tables: list[str]
    users: str | None
    size: int = 0
    free: dict[str, int] = field(default_factory=dict)  # the free bytes on each worker's disk

    @property
    def all_tables(self) -> list[str]:
        return [*self.tables, *([self.users] if self.users else [])]

    @property
    def seconds(self) -> float:
        return FIXED_SECONDS + self.size / BYTES_PER_SECOND


def make_plan() -> Plan:
    """Return the remaining steps. Raise DistributionRefused if this database can't be distributed."""
    with connection.cursor() as cursor:
        check_cluster(cursor)
        owned = [table for table in list_owned_tables() if not tables.is_distributed(cursor, table)]
        users = get_user_model()._meta.db_table
        plan = Plan(owned, None if tables.is_distributed(cursor, users) else users)
        if plan.all_tables:
            [(plan.size,)] = fetch(SIZES, {"tables": plan.all_tables})
            plan.free = {node: int(free) for node, success, free in fetch(FREE_DISK) if success}
            check_disk(plan)
    return plan


def check_cluster(cursor: Any) -> None:
    """Raise DistributionRefused if the extension or workers are missing, or if the database is not migrated."""
    if not tables.has_citus(cursor):
        raise DistributionRefused(
            "This database does not have the extension Citus: install it on every server and run"
            " CREATE EXTENSION citus in this database on each of them (docs/scaling.md)."
        )
    [(coordinators, workers)] = fetch(WORKERS)
    if not coordinators:
        raise DistributionRefused(
            "Citus does not know this server's address: run SELECT citus_set_coordinator_host('its host name')."
        )
    if not workers:
        raise DistributionRefused("No server may have shards: add one, SELECT citus_add_node('its host name', 5432).")
    cursor.execute("SELECT to_regclass(name) FROM unnest(%s::text[]) AS name", [list_owned_tables()])
    if any(found is None for (found,) in cursor.fetchall()):
        raise DistributionRefused("The database is not migrated to this release: run python manage.py migrate.")


def check_disk(plan: Plan) -> None:
    """Raise DistributionRefused if a worker may lack space for its part, or for all parts if the shards are uneven."""
    for node, free in plan.free.items():
        if free < plan.size:
            raise DistributionRefused(
                f"The tables have {format_size(plan.size)}, and {node} has {format_size(free)} of free disk: add disk."
            )


def format_size(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def distribute(plan: Plan, report: Callable[[str], None]) -> float:
    """Execute the plan in one transaction. Return the seconds that requests had to wait. Raise DistributionRefused."""
    with transaction.atomic(), connection.cursor() as cursor:
        tables.prepare_transaction(cursor)
        keys, triggers = (fetch(catalog, {"tables": plan.all_tables}) for catalog in (FOREIGN_KEYS, TRIGGERS))
        report("Waiting for the tables …")
        lock_tables(cursor, list(dict.fromkeys([*plan.all_tables, *(table for table, _, _ in keys)])))
        started = time.monotonic()
        sequences = set(fetch(SEQUENCES))
        for table, name, _ in keys:
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        for table, name, _ in triggers:
            cursor.execute(f'DROP TRIGGER "{name}" ON {table}')
        Tally.objects.all()._raw_delete(DEFAULT_DB_ALIAS)
        move_rows(cursor, plan, report)
        report("Foreign keys and triggers …")
        for table, name, definition in keys:
            cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
        for _, name, definition in triggers:
            if not name.startswith(TALLY_TRIGGERS):
                cursor.execute(definition)
        for name, value in sequences.difference(fetch(SEQUENCES)):
            cursor.execute("SELECT setval(%s, %s)", [name, value])
    return time.monotonic() - started


def lock_tables(cursor: Any, names: list[str]) -> None:
    """Lock the tables against all other sessions."""
    # Each wait is short, and after it all locks are released for a moment. Otherwise a request that has locked one of
    # the tables and waits for another could wait for this transaction, while this transaction waits for the request.
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            with transaction.atomic():
                cursor.execute(f"SET LOCAL lock_timeout = {LOCK_WAIT_MILLISECONDS}")
                cursor.execute(f"LOCK TABLE {', '.join(names)} IN ACCESS EXCLUSIVE MODE")
                return
        except OperationalError as error:
            if not is_lock_timeout(error):
                raise
        if time.monotonic() > deadline:
            raise DistributionRefused(describe_holders(names))
        time.sleep(random.uniform(0.1, 0.4))  # noqa: S311, no secret


def describe_holders(names: list[str]) -> str:
    rows = fetch(HOLDERS, {"tables": names})
    holders = ", ".join(f"{pid} ({program}, for {age.total_seconds():.0f} s)" for pid, program, age in rows)
    return (
        f"Other sessions use the tables and did not release them within {LOCK_SECONDS} s: {holders or 'they have ended'}."  # noqa: E501
        " Wait until imports, reports and backups have ended, and run this again."
    )


def move_rows(cursor: Any, plan: Plan, report: Callable[[str], None]) -> None:
    """Distribute the plan's tables with their rows. The users come first, because all others refer to them."""
    for table in plan.tables:
        tables.replace_primary_key(cursor, table)
    if plan.users:
        report(f"{plan.users} …")
        tables.replicate_table(cursor, plan.users)
    for number, table in enumerate(plan.tables, 1):
        report(f"{table} ({number} of {len(plan.tables)}) …")
        tables.distribute_table(cursor, table)
