"""Amounts of money as people read them."""

from decimal import Decimal
from typing import Any


def format_amount(amount: Decimal | None, owner: Any) -> str:
    """Return the amount with the currency of the owner's account, "1,250.00 EUR" for instance; "-" for None."""
    if amount is None:
        return "-"
    return f"{amount:,.2f} {getattr(owner, 'currency', '')}".strip()
