"""One account for the support desk: its people, its products and what happened last, a bounded number of each."""

from typing import Any

from products.models import Product
from stock.models import Operation, Verification
from support import sql
from support.figures import MAX_PRODUCTS, counted, rows
from users.models import SecurityEvent, User

MAX_PEOPLE, MAX_LATEST_ROWS = 50, 10


def at_a_glance(owner: User, staff: Any) -> dict[str, Any]:
    """Of everything what this member of the staff may view; None for the rest."""
    people = list(User.objects.with_workers(owner).order_by("id")[: MAX_PEOPLE + 1])
    parts = {
        "shelves": ("products.view_product", shelves),
        "products": ("products.view_product", latest_products),
        "operations": ("stock.view_operation", latest_operations),
        "verification": ("stock.view_verification", verification),
        "events": ("users.view_securityevent", latest_events),
    }
    allowed = {name: part(owner) if staff.has_perm(permission) else None for name, (permission, part) in parts.items()}
    return {"owner": owner, "people": people[:MAX_PEOPLE], "has_more_people": len(people) > MAX_PEOPLE, **allowed}


def shelves(owner: User) -> dict[str, str]:
    [(total, low, out)] = rows(sql.SHELVES.format(whose=sql.ONE_ACCOUNT), owner=owner.pk, limit=MAX_PRODUCTS)
    return {"total": counted(total, MAX_PRODUCTS), "low": f"{low + out:,}", "out": f"{out:,}"}


def latest_products(owner: User) -> Any:
    return Product.objects.for_user(owner).live().order_by("-id")[:MAX_LATEST_ROWS]


def latest_operations(owner: User) -> Any:
    return Operation.objects.for_user(owner).order_by("-id")[:MAX_LATEST_ROWS]


def verification(owner: User) -> Verification | None:
    found: Verification | None = Verification.objects.for_user(owner).first()
    return found


def latest_events(owner: User) -> Any:
    """Return what happened in the account, to the owner and to whoever worked for it then."""
    events = SecurityEvent.objects.filter(account=owner).select_related("user", "actor")
    return events.order_by("-id")[:MAX_LATEST_ROWS]
