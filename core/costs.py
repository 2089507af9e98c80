"""Decide whether the response may show costs: what the shop pays for its goods.

RolePermission decides this for each request, and the fields for costs read the decision. Without a decision they show
no costs. The decision is reset when the request ends.
"""

from contextvars import ContextVar
from typing import Any

# These fields of responses are costs.
COST_FIELDS = frozenset(
    {"cost_price", "stock_value", "value", "unit_cost", "cost", "value_at_cost", "products_without_cost"}
)
SENT_COST_FIELDS = ("cost_price", "unit_cost")  # requests have these fields

costs_are_shown: ContextVar[bool] = ContextVar("costs_are_shown", default=False)


def show_costs(allowed: bool) -> None:
    """Make the response to the current request show costs, or hide them."""
    costs_are_shown.set(allowed)


def are_costs_shown() -> bool:
    return costs_are_shown.get()


def remove_costs(data: Any) -> int:
    """Set the costs in a response's data to None. Return how many there were."""
    if isinstance(data, list):
        return sum(map(remove_costs, data))
    if not isinstance(data, dict):
        return 0
    found = [name for name in COST_FIELDS & data.keys() if data[name] is not None]
    data.update(dict.fromkeys(found))
    return len(found) + sum(map(remove_costs, data.values()))
