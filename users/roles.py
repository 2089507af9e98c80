"""The roles of users, and what each role may do in its shop.

To add a role, add it to `Role` with a row in `RIGHTS`. Code asks for a right by `may()`, never for a role.
"""

from enum import StrEnum
from typing import Any

from django.db import models


class Role(models.TextChoices):
    OWNER = "owner"
    WORKER = "worker"


class Right(StrEnum):
    """What a user may do in its shop. The tables of routes in each app's `access.py` name these, too."""

    WORK = "work"  # book and count, reserve, receive orders, print labels, follow the events, have API keys
    SEE_COSTS = "see costs"  # cost prices, the value of the stock, margins
    MANAGE_PRODUCTS = "manage products"  # and categories, suppliers, locations and lots
    MANAGE_ORDERS = "manage orders"  # write purchase orders, send and close them
    REVERSE_OPERATIONS = "reverse operations"
    MAKE_SEALS = "make seals"
    MANAGE_USERS = "manage users"  # add workers, change them, see their keys and security events
    MANAGE_SHOP = "manage shop"  # its settings and its webhooks


RIGHTS: dict[str, frozenset[Right]] = {
    Role.OWNER: frozenset(Right),
    Role.WORKER: frozenset({Right.WORK}),
}


def may(user: Any, right: str) -> bool:
    """Return whether the user is active, works in a shop, and has the right by its role.

    An unknown right, an unknown role and a user who has not signed in return False. The scope of an API key is
    checked by the table of routes.
    """
    if not user.is_active or right not in RIGHTS.get(getattr(user, "acting_role", ""), ()):
        return False
    return user.account_id is not None


def list_roles_with(right: str) -> list[str]:
    return [str(role) for role, rights in RIGHTS.items() if right in rights]
