"""Whether the current request may show costs: what the shop pays for its goods.

RolePermission decides it for each request, and fields of costs read it. Without a decision they show none.
"""

from contextvars import ContextVar

costs_are_shown: ContextVar[bool] = ContextVar("costs_are_shown", default=False)


def show_costs(allowed: bool) -> None:
    """Show the costs in the answer to the current request, or leave them out."""
    costs_are_shown.set(allowed)


def are_costs_shown() -> bool:
    return costs_are_shown.get()
