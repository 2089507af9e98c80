"""The number of live products of each shop, which a list tells without counting its rows.

Triggers of migration 0022 insert what each statement adds or removes, in its transaction and by whatever program. So
the sum is exact in every snapshot, and no transaction waits for another. The worker adds the rows up.
"""

from typing import Any

from django.db import models
from django.db.models import Index, Q, UniqueConstraint

from core.database.postgres.base import execute, fetch
from core.database.replicas import read
from core.database.transactions import atomic
from core.ownership import OwnedModel, OwnedQuerySet

MAX_SHOPS = 100  # the most shops whose rows one run of the job adds up; the next run continues

# The number, or NULL if the shop has no first row: then the products are counted. On Citus none has one, because
# these triggers do not work there.
TALLIED = """(
    SELECT sum(delta) FROM products_tally WHERE owner_id = {owner} HAVING bool_or(is_first)
)"""
COUNTED = "(SELECT count(*) FROM products_product WHERE owner_id = {owner} AND archived_at IS NULL)"
# Inserts the first row: what the rows lack, so that all of them add up to the number of products. One snapshot has
# both, and whatever is committed later adds a row of its own. So this needs no lock, and is right beside any writer.
BEGIN = """
INSERT INTO products_tally (owner_id, delta, is_first)
SELECT %(owner)s::bigint, count(*) - coalesce((
    SELECT sum(delta) FROM products_tally WHERE owner_id = %(owner)s::bigint AND NOT is_first
), 0), true
FROM products_product WHERE owner_id = %(owner)s::bigint AND archived_at IS NULL
ON CONFLICT DO NOTHING
"""
# Returns a row if no other worker is adding up the rows of the shop, and locks its first row. No other program does.
LOCK = "SELECT 1 FROM products_tally WHERE owner_id = %(owner)s::bigint AND is_first FOR UPDATE SKIP LOCKED"
# Adds the other rows to the first one, and deletes them.
FOLD = """
WITH gone AS (
    DELETE FROM products_tally WHERE owner_id = %(owner)s::bigint AND NOT is_first RETURNING delta
)
UPDATE products_tally SET delta = delta + coalesce((SELECT sum(delta) FROM gone), 0)
WHERE owner_id = %(owner)s::bigint AND is_first
"""
# The number of live products, for a statement of one shop.
COUNT = f"coalesce({TALLIED}, {COUNTED})".format(owner="%(owner)s::bigint")
FIND_WRONG = """
SELECT 0, 0, 'the tally of live products says ' || tallied || ', and there are ' || counted
FROM (SELECT {tallied} AS tallied, {counted} AS counted) AS both_numbers WHERE tallied <> counted LIMIT %(limit)s
""".format(tallied=TALLIED.format(owner="%(owner)s::bigint"), counted=COUNTED.format(owner="%(owner)s::bigint"))


class Tally(OwnedModel):
    """By how much the number of a shop's live products has changed. Only triggers and the worker write it."""

    is_data = False

    delta = models.IntegerField(editable=False)
    is_first = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="Whether the other rows are added to it."
    )

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "tallies"
        constraints = [UniqueConstraint(fields=["owner"], condition=Q(is_first=True), name="products_tally_first")]
        # This index finds the shops whose rows are to be added up.
        indexes = [Index(fields=["owner"], condition=Q(is_first=False), name="products_tally_changed")]


def fold_tallies() -> bool:
    """Add up the rows of shops that have changed. Return whether others may remain. The worker runs this."""
    changed = Tally.objects.filter(is_first=False).order_by("owner").values_list("owner", flat=True).distinct()
    owners = list(changed[:MAX_SHOPS])
    for owner_id in owners:
        fold_tally(owner_id)
    return len(owners) == MAX_SHOPS


@atomic
def fold_tally(owner_id: int) -> None:
    """Add up the rows of a shop, if no other worker does. Products are counted only if the shop has no first row."""
    if not Tally.objects.filter(owner=owner_id, is_first=True).exists():
        execute(BEGIN, {"owner": owner_id})
    if fetch(LOCK, {"owner": owner_id}):
        execute(FOLD, {"owner": owner_id})


def find_breaks(owner_id: int, limit: int) -> list[tuple[Any, ...]]:
    """Return what is wrong with the shop's tally, as rows like those of stock.proofs."""
    return read(FIND_WRONG, {"owner": owner_id, "limit": limit})
