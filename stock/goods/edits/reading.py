"""Read an edit of many products."""

from typing import Any

from products.models import Product
from records.history.models import Change, Kind
from records.history.reading import describe_changes, select_changes
from users.models import User


def read_edit(user: User, edit: int) -> dict[str, Any] | None:
    """Return the edit with its changes of each product, or None if there is no such edit."""
    changes = list(select_changes(user).filter(edit=edit, kind=Kind.PRODUCT).order_by("id"))
    if not changes:
        return None
    rows = describe_changes(changes)
    products: dict[int, dict[str, Any]] = {}
    for row in rows:
        products.setdefault(row["row"], {}).update(row["changes"])
    names = dict(Product.objects.for_user(user).filter(pk__in=products).values_list("pk", "name"))
    undone_by = Change.objects.for_user(user).filter(undoes=edit).values_list("edit", flat=True).first()
    return {
        **{name: rows[0][name] for name in ("at", "by", "by_username", "via")},
        "id": edit, "undoes": changes[0].undoes, "undone_by": undone_by,
        "products": [{"product": pk, "name": names[pk], "changes": pairs} for pk, pairs in products.items()],
    }  # fmt: skip
