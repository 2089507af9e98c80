"""Read the history as users may see it."""

from collections.abc import Iterable
from typing import Any

from core.fields import are_costs_shown
from core.ownership import OwnedModel
from records.history.models import Change, ChangeQuerySet, Kind, list_costs, list_recorded, select_pairs
from users.access.roles import Right, may
from users.models import User


def select_changes(user: Any) -> ChangeQuerySet:
    """Return the changes of the user's shop that it may see. No API key sees those of users."""
    sees_users = may(user, Right.MANAGE_USERS) and user.api_key is None
    rows: ChangeQuerySet = Change.objects.for_user(user)
    return rows.shown(with_costs=may(user, Right.SEE_COSTS), with_users=sees_users)


def describe_changes(rows: Iterable[Change]) -> list[dict[str, Any]]:
    """Return the rows for a response, with the names of who made the changes. Costs are omitted unless they are shown.

    Names are the present ones, so that an erased name is in no response.
    """
    rows = list(rows)
    names = dict(User.objects.filter(pk__in={row.by for row in rows} - {None}).values_list("pk", "username"))
    hidden = () if are_costs_shown() else list_costs()
    return [
        {
            "id": row.pk, "at": row.at, "by": row.by, "by_username": names.get(row.by or 0), "via": row.via,
            "changes": omit(row.changes, hidden), "edit": row.edit, "kind": row.kind, "row": row.row_id,
        }
        for row in rows
    ]  # fmt: skip


def omit(changes: Any, hidden: Iterable[str]) -> dict[str, Any]:
    """Return the readable changes without these fields, which are also among the values of a created or deleted row."""
    pairs = select_pairs(changes)
    if not hidden:
        return pairs
    kept = {name: pair for name, pair in pairs.items() if name not in hidden}
    return {
        name: [
            {key: one for key, one in value.items() if key not in hidden} if isinstance(value, dict) else value
            for value in pair
        ]
        for name, pair in kept.items()
    }


def name_rows(user: Any, rows: Iterable[dict[str, Any]]) -> dict[tuple[str, int], str]:
    """Return the present names of the changed rows, by kind and id."""
    ids: dict[str, set[int]] = {}
    for row in rows:
        ids.setdefault(row["kind"], set()).add(row["row"])
    names: dict[tuple[str, int], str] = {}
    for kind in list_recorded().keys() & ids.keys():
        model = list_recorded()[kind]
        shown = model.objects.for_user(user) if issubclass(model, OwnedModel) else model.objects
        names |= {(kind, pk): name for pk, name in shown.filter(pk__in=ids[kind]).values_list("pk", model.named_by)}
    owner: Any = user.shop_owner
    shop = {(Kind.SHOP.value, pk): owner.shop_name or owner.username for pk in ids.get(Kind.SHOP, set())}
    return names | shop
