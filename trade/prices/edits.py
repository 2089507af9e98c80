"""Prices of many products that change with their list prices, by an edit that can be undone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from core.money.amounts import MAX_PRICE
from core.money.currencies import round_money
from records.history.models import Recording
from stock.booking.drafts import NOTHING
from trade.prices.models import PriceRow
from trade.prices.services import Terms, describe_rows, read_terms, write_rows
from trade.selling.prices import PRODUCT


def read_rows(owner_id: int, products: Iterable[int], **when: Any) -> dict[int, list[PriceRow]]:
    found: dict[int, list[PriceRow]] = defaultdict(list)
    rows = PriceRow.objects.filter(owner_id=owner_id, product_id__in=[*products], **when)
    for row in rows.select_related("product", "price_group"):
        found[row.product_id or 0].append(row)
    return found


def scale_rows(owner_id: int, prices: Mapping[int, tuple[Decimal, Decimal]], changes: Recording, currency: str) -> None:
    """Change the prices of locked products in proportion to list prices. If the old one is 0, they stay."""
    wanted = {}
    for pk, rows in read_rows(owner_id, [pk for pk, (old, _new) in prices.items() if old], until=None).items():
        old, new = prices[pk]
        wanted[pk] = [
            one._replace(price=min(round_money(one.price * new / old, currency) + NOTHING, MAX_PRICE))
            for one in map(read_terms, rows)
        ]
    restore_rows(owner_id, wanted, changes)


def restore_rows(owner_id: int, rows: Mapping[int, Sequence[Terms]], changes: Recording) -> None:
    """Give locked products these prices, also of groups that are archived."""
    write_rows(owner_id, PRODUCT, rows, changes, check=lambda *_: None)


def find_former(owner_id: int, pairs: Mapping[int, list[Any]]) -> dict[int, list[Terms]]:
    """Return the prices before an edit of the products that still have its prices. `pairs` is what the history has."""
    rows = read_rows(owner_id, pairs)
    found = {pk: find_before(rows[pk], pair) for pk, pair in pairs.items()}
    return {pk: former for pk, former in found.items() if former is not None}


def find_before(rows: list[PriceRow], pair: list[Any]) -> list[Terms] | None:
    """Return the rows before their last change, or None if the pair is another change."""
    last = max(at for row in rows for at in (row.since, row.until) if at)
    former = [row for row in rows if row.since < last and (row.until is None or row.until >= last)]
    groups: Any = {row.price_group_id: row.price_group for row in rows}
    sides = [former, [row for row in rows if row.until is None]]
    described = [describe_rows(map(read_terms, side), groups) for side in sides]
    found = [{frozenset(row.items()) for row in side} for side in (*described, *pair)]
    return [read_terms(row) for row in former] if found[:2] == found[2:] else None


def list_terms(owner_id: int, products: Iterable[int]) -> dict[int, list[Terms]]:
    """Return the present prices of products as a request has them."""
    found: Any = read_rows(owner_id, products, until=None)
    return {
        pk: [
            read_terms(row)._replace(least=row.least and Decimal(row.least).scaleb(-row.product.decimals))
            for row in rows
        ]
        for pk, rows in found.items()
    }
