"""What an import of a shop accepts and changes in rows of closings."""

from typing import Any

from core.json_forms import Rule, are_objects, has_parts, is_id, is_moment, is_money, is_number, is_percent, is_text
from products.models import TaxCategory

TAX: dict[str, Rule] = {
    "rate": lambda rate: rate is None or is_percent(rate), **dict.fromkeys(("net", "tax", "gross"), is_money),
    "category": lambda category: category in (None, *TaxCategory.values),
}  # fmt: skip
PAID: dict[str, Rule] = {"kind": is_text, **dict.fromkeys(("received", "refunded", "amount"), is_money)}
TIP: dict[str, Rule] = {"kind": is_text, "amount": is_money}
LATE_SALE: dict[str, Rule] = {
    "operation": is_id, "reference": is_text, "occurred_at": lambda text: is_text(text) and is_moment(text),
    "total": is_money,
}  # fmt: skip
CLOSING: dict[str, Rule] = {
    **dict.fromkeys(("sales", "returns", "late_count"), is_number),
    **dict.fromkeys(("total", "discounts", "returned", "cash_in", "cash_out"), is_money),
    **dict.fromkeys(("payments", "tips", "taxes", "late"), are_objects),
    "not_paid": lambda value: has_parts(value, count=is_number, total=is_money) and len(value) == 2,
}  # fmt: skip
NEWER, NEWER_PARTS = {"tips", "not_paid"}, {"category"}  # earlier releases did not write these


def is_closing(figures: Any) -> bool:
    """Return whether these are the figures of a closing as the service writes them."""
    if not isinstance(figures, dict) or figures.keys() | NEWER != CLOSING.keys():
        return False
    if not has_parts(figures, **CLOSING):
        return False
    parts = {"payments": PAID, "tips": TIP, "taxes": TAX, "late": LATE_SALE}
    lists = [(figures.get(name, []), form) for name, form in parts.items()]
    return all(
        row.keys() | (NEWER_PARTS & form.keys()) == form.keys() and has_parts(row, **form)
        for rows, form in lists
        for row in rows
    )


JSON_RULES = {"closings_closing.document": is_closing}
COLUMNS = {"closings_closing.shift": "shift"}
