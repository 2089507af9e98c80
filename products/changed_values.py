"""How pages show what the history has recorded of goods: quantities in their units, and the rows of lists."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Q

from core.pages.columns import Row
from core.sentences import Goods, fill, fill_plural, say_code, write_number
from core.translation import gettext_noop as _
from products.models import Product
from users.models import User

# The names of quantities in changes, the fields that have them, and the fields whose rows name other products.
QUANTITIES = ("min_threshold", "pack_size", "recipe_makes", "quantity", "from")
MEASURED, PARTS = {*QUANTITIES, "codes", "offers", "prices"}, ("recipe", "parts")


def measure(user: User, rows: Sequence[Row], id_field: str = "row") -> Sequence[Row]:
    """Return the rows with quantities as goods, which are shown in the unit of their product.

    A part that has another name by now keeps its bare number.
    """
    changes = [row["changes"] for row in rows]
    parts = {part["name"] for one in changes for field in PARTS for side in one.get(field, ()) for part in side or ()}
    products = [row[id_field] if row.get("kind", "product") == "product" else None for row in rows]
    ids = {pk for row, pk in zip(rows, products, strict=True) if row["changes"].keys() & MEASURED}
    found: Any = ()
    if parts or ids:
        found = Product.objects.for_user(user).filter(Q(pk__in=ids) | Q(name__in=parts), decimals__gt=0)
    units = {key: (row.decimals, row.unit) for row in found for key in (row.pk, row.name)}

    def mark(name: str, value: Any, key: Any) -> Any:
        if isinstance(value, list):
            return [mark(name, one, key) for one in value]
        if isinstance(value, dict):
            return {part: mark(part, one, value["name"] if name in PARTS else key) for part, one in value.items()}
        return Goods(value, *units[key]) if name in QUANTITIES and key in units and value is not None else value

    return [
        {**row, "changes": {name: mark(name, pair, pk) for name, pair in row["changes"].items()}}
        for row, pk in zip(rows, products, strict=True)
    ]


def write_code(row: Row) -> str:
    return f"{row['code']} = {write_number(row['quantity'])}"


def write_part(row: Row) -> str:
    return f"{write_number(row['quantity'])} \N{MULTIPLICATION SIGN} {row['name']}"


def write_tile(row: Row) -> str:
    """Return the kind and the id of goods that have a button on tills."""
    return " ".join(f"{say_code(kind)} {pk}" for kind, pk in row.items())


def write_offer(row: Row) -> str:
    return f"{row['name']}: {', '.join(list_terms(row))}"


def list_terms(offer: Row) -> Iterator[str]:
    """Yield what a supplier asks, without what is usual."""
    if offer["cost_price"] is not None:
        yield fill(_("cost {price:,.2f}"), price=Decimal(offer["cost_price"]))
    if offer["pack_size"] > 1:
        yield fill(_("pack of {number:,}"), number=offer["pack_size"])
    if offer["min_packs"] > 1:
        yield fill(_("at least {number:,} packs"), number=offer["min_packs"])
    if offer["lead_days"] is not None:
        yield fill_plural("{number:,} day", "{number:,} days", offer["lead_days"])
    yield from filter(None, (offer["supplier_sku"], offer["note"]))
