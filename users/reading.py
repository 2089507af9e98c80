"""What the pages of a shop show: docs/settings.md#what-this-shop-uses."""

from collections.abc import Callable

from django.conf import settings

from core.database.replicas import read, reading
from core.shop_apps import collect
from users.models import AUTO, OFF, ON, SWITCHED, User

MAX_SHOPS_KEPT = 10_000
# A shop uses a thing if it has one of these rows. Archived rows count, so that what was shown once stays.
ROWS = collect("uses", settings.SHOP_APPS)
# Citus can't plan subqueries without a column beside tables that it has not distributed, such as that of the keys.
FIND = "SELECT {}".format(", ".join(f"EXISTS (SELECT 1 FROM {rows})" for rows in ROWS.values()))  # noqa: S608, constants
# What each shop has been found to use. Each process finds it for itself, and asks again for what it has not found.
FOUND: dict[int, frozenset[str]] = {}


def list_uses(user: User) -> dict[str, bool]:
    """Return what pages and forms show, by the names of `uses`. Every route works for every shop.

    The answer is kept with the shop's owner, so a request reads it at most once.
    """
    owner = user.shop_owner
    if owner is None:
        return dict.fromkeys(SWITCHED, False)
    if owner.shown_uses is None:
        switches = owner.list_switches()
        found = find_used(owner.pk, {name for name, switch in switches.items() if switch == AUTO})
        shown_by = {AUTO: found, ON: switches.keys(), OFF: ()}
        owner.shown_uses = {name: name in shown_by[switch] for name, switch in switches.items()}
    return owner.shown_uses


def find_used(owner_id: int, names: set[str]) -> frozenset[str]:
    """Return which of these the shop has rows of, and possibly others. Rows that were found once are not read again.

    After an error of the database nothing is read: a further error would replace the page that tells of the first.
    """
    found = FOUND.get(owner_id, frozenset())
    if names & ROWS.keys() <= found or reading().errors_occurred:
        return found
    [row] = read(FIND, {"owner": owner_id})
    if len(FOUND) >= MAX_SHOPS_KEPT:
        FOUND.clear()
    FOUND[owner_id] = found = frozenset(name for name, exists in zip(ROWS, row, strict=True) if exists)
    return found


def shows(*names: str) -> Callable[[User], bool]:
    """Return a function that tells whether the pages of a user show one of these."""
    return lambda user: any(list_uses(user)[name] for name in names)
