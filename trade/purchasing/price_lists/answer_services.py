"""What responses say about a price list that was taken, or about one that would be."""

from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse

from products.filing.states import Findings
from trade.purchasing.price_lists import sql
from trade.purchasing.price_lists.models import PriceList

CHANGE = ("line", "product", "name", "field", "old", "new", "percent")
DOUBTFUL = ("line", "product", "name", "old", "new", "percent")
NOT_OFFERED = ("line", "product", "name", "supplier_sku", "cost_price")
MISSING = ("product", "name", "supplier_sku", "cost_price", "is_preferred")
UNKNOWN = ("line", "supplier_sku", "barcode", "name", "cost_price")
DESCRIBED = ("columns", "preview", "header_line", "first_rows", "encoding", "left_out")


@dataclass
class Taken:
    """What an attempt to take a list has done."""

    row: PriceList
    states: dict[str, int]
    seen: list[int]  # the products of rows that were left out
    doubtful: list[tuple[Any, ...]]
    products: set[int] = field(default_factory=set)  # those whose offers were changed
    without_price: int = 0
    created_offers: int = 0


def answer(
    cursor: Any, taken: Taken, found: Findings, refused: dict[str, Any] | None, *, dry_run: bool
) -> dict[str, Any]:
    """Return the response: what changed and what did not, with the first rows of each kind and the totals."""
    row, states = taken.row, taken.states
    values = {"owner": row.owner_id, "list": row.pk, "limit": sql.MAX_LISTED, "seen": taken.seen}

    def read(statement: str, names: tuple[str, ...]) -> list[dict[str, Any]]:
        cursor.execute(statement, values)
        return [dict(zip(names, found_row, strict=True)) for found_row in cursor.fetchall()]

    changed, missing = read(sql.LIST_CHANGES, CHANGE), read(sql.LIST_MISSING, ("total", *MISSING))
    cursor.execute(sql.COUNT_CHANGES, values)
    [(change_count,)] = cursor.fetchall()
    doubtful = [dict(zip(("total", *DOUBTFUL), one, strict=True)) for one in taken.doubtful]
    totals = {
        "rows": found.rows.product_count,
        "changed": change_count,
        "products": len(taken.products),
        "unchanged": states.get("unchanged", 0),
        "unknown": states.get("unknown", 0),
        "not_offered": states.get("not_offered", 0),
        "missing": take_total(missing),
        "doubtful": take_total(doubtful),
        "created_offers": taken.created_offers,
        "created_products": len(row.created_products),
        "without_price": taken.without_price,
        "refused": len(found.left_rows),
    }
    return {
        "dry_run": dry_run,
        "supplier": row.supplier_id,
        "number": None if dry_run else row.number,
        "price_per": row.price_per or None,
        "changed": changed,
        "unchanged": totals["unchanged"],
        "unknown": totals["unknown"],
        "unknown_rows": read(sql.LIST_UNKNOWN, UNKNOWN),
        "unknown_file": None if dry_run or not totals["unknown"] else link_to_unknown(row),
        "not_offered": read(sql.LIST_NOT_OFFERED, NOT_OFFERED),
        "missing": missing,
        "doubtful": doubtful,
        "totals": totals,
        "refused": refused,
        **describe(found),
        "notes": found.rows.list_notes(found),
    }


def describe(found: Findings) -> dict[str, Any]:
    """Return how the file is read: its columns, its first rows, and what is left out."""
    described = found.rows.describe(found)
    return {name: described[name] for name in DESCRIBED}


def take_total(rows: list[dict[str, Any]]) -> int:
    """Return the number of all rows, of which these are the first, and remove it from them."""
    totals = [row.pop("total") for row in rows]
    return totals[0] if totals else 0


def link_to_unknown(row: PriceList) -> str:
    return reverse("price-list-unknown", args=[row.supplier_id, row.number])
