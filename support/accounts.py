"""The overview of one account: its people, products, operations and events. The number of each is limited."""

from typing import Any

from core.database.postgres.base import fetch
from products.models import Product
from stock.models import Operation, Verification
from stock.proofs.servers import describe_change
from support import sql
from support.figures import MAX_PRODUCTS, format_count
from users.models import SecurityEvent, User

MAX_PEOPLE, MAX_LATEST_ROWS = 50, 10


def summarize_account(owner: User, staff: Any) -> dict[str, Any]:
    """Return the template context of an account's page. Parts that the staff member may not view are None."""
    people = list(User.objects.with_workers(owner).order_by("id")[: MAX_PEOPLE + 1])
    parts = {
        "product_counts": ("products.view_product", count_products),
        "products": ("products.view_product", find_latest_products),
        "operations": ("stock.view_operation", find_latest_operations),
        "verification": ("stock.view_verification", find_verification),
        "events": ("users.view_securityevent", find_latest_events),
    }
    allowed = {name: part(owner) if staff.has_perm(permission) else None for name, (permission, part) in parts.items()}
    return {"owner": owner, "people": people[:MAX_PEOPLE], "has_more_people": len(people) > MAX_PEOPLE, **allowed}


def count_products(owner: User) -> dict[str, str]:
    """Return the numbers of live products, of those with low stock and of those without stock, as texts."""
    values = {"owner": owner.pk, "limit": MAX_PRODUCTS}
    [(total, low, out)] = fetch(sql.PRODUCT_COUNTS.format(whose=sql.ONE_ACCOUNT), values)
    return {"total": format_count(total, MAX_PRODUCTS), "low": f"{low + out:,}", "out": f"{out:,}"}


def find_latest_products(owner: User) -> Any:
    return Product.objects.for_user(owner).live().order_by("-id")[:MAX_LATEST_ROWS]


def find_latest_operations(owner: User) -> Any:
    return Operation.objects.for_user(owner).select_related("performer").order_by("-id")[:MAX_LATEST_ROWS]


def find_verification(owner: User) -> dict[str, Any] | None:
    """Return the last verification, and a sentence about each change of the database server."""
    found: Verification | None = Verification.objects.for_user(owner).first()
    return {"row": found, "changes": list(map(describe_change, found.server_changes or []))} if found else None


def find_latest_events(owner: User) -> Any:
    """Return the latest events of the account. They include events of users who have left it since."""
    events = SecurityEvent.objects.filter(account=owner).select_related("user", "actor")
    return events.order_by("-id")[:MAX_LATEST_ROWS]
