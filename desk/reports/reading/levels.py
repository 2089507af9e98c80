"""Stock levels at an instant, by the time when movements happened or by the time when they were recorded."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from core.database.replicas import read
from core.sentences import Goods
from core.sums import count_decimals, make_goods
from core.time_zones import MOMENT, list_midnights, subtract_days
from desk.reports.reading import sql_levels
from desk.reports.reading.statement import Statement
from products.models import Product
from stock.models import LATE
from users.models import User

CLOCKS = ("occurred", "recorded")
DAYS_PLOTTED = 30
MAX_PLOT_AGE = timedelta(days=366)  # the plot reads everything that has happened since its first day
# The most operations that are looked up one by one. If there are more, all movements of the products are read.
MAX_OPERATIONS_LOOKED_UP = 5000


class Totals(NamedTuple):
    """The stock of the products with this unit at the end of each day. It `is_partial` if others are left out."""

    days: Sequence[tuple[date, Goods]] = ()
    unit: str = ""
    is_partial: bool = False


def list_levels(products: list[Product], instant: datetime, clock: str) -> list[dict[str, Any]]:
    """Return the names and levels of these products, which belong to one account."""
    quantities = compute_quantities(products[0].owner_id, products, instant, clock) if products else {}
    return [
        {
            "product": p.pk, "name": p.name, "sku": p.sku, "quantity": quantities[p.pk],
            "unit": p.unit, "decimals": p.decimals,
        }
        for p in products
    ]  # fmt: skip


def compute_quantities(owner_id: int, products: list[Product], instant: datetime, clock: str) -> dict[int, int]:
    """Return the quantity of each product at the instant, by product id.

    With the clock `occurred`, movements count from the time they happened, even if they were recorded later, so a
    quantity may be negative. With `recorded`, it is the balance that the ledger showed at the instant.
    """
    ids = [product.pk for product in products]
    parameters: dict[str, Any] = {"owner": owner_id, "products": ids, "instant": instant}
    if clock == "recorded":
        return dict(read(sql_levels.LEVELS_RECORDED, {**parameters, "instants": [instant]}))
    parameters |= {"soon": instant + LATE, "limit": MAX_OPERATIONS_LOOKED_UP + 1, "instants": [instant, instant + LATE]}
    [(since, late)] = read(sql_levels.COUNT_SINCE_AND_LATE, parameters)
    if min(since, late) > MAX_OPERATIONS_LOOKED_UP:
        return dict(read(sql_levels.LEVELS_MINUS_MANY, parameters))
    return dict(read(sql_levels.LEVELS_MINUS_FEW if since <= late else sql_levels.LEVELS_PLUS_LATE, parameters))


def list_totals(user: User, instant: datetime, clock_column: str) -> Totals:
    """Return the stock at the end of each of the last days. The last day ends at the instant.

    Only products with the most usual unit are counted. The list is empty for a user without a shop, and for an instant
    more than MAX_PLOT_AGE ago.
    """
    if user.account_id is None or datetime.now(UTC) - instant > MAX_PLOT_AGE:
        return Totals()
    start = subtract_days(instant, DAYS_PLOTTED - 1, user.shop_zone)
    first_day, midnights = list_midnights(start, instant - MOMENT, user.shop_zone)
    ends = [*midnights[1:], instant + MOMENT]  # movements at the instant belong to its level
    statement = sql_levels.CHANGES_SINCE.format(clock=clock_column)
    units = read(sql_levels.STOCK_BY_UNIT, {"owner": user.account_id})
    if not units:
        return Totals()
    unit, total = units[0]
    rows = Statement(statement, {"owner": user.account_id, "instants": ends, "unit": unit}).fetch_rows(len(ends))
    changes = {row["number"]: row["change"] for row in rows}
    decimals = count_decimals([total, *changes.values()])
    totals = []
    for number in range(len(ends), 0, -1):
        total -= changes.get(number, 0)
        totals.append((first_day + timedelta(days=number - 1), make_goods(total, decimals, unit)))
    return Totals(totals[::-1], unit, is_partial=len(units) > 1)
