"""Who may do what: one table of every route, and the one permission class that reads it."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from users.models import Role

ANYONE = "anyone"  # signed in or not
SIGNED_IN = "signed in"  # every user, also a worker without employer: it finds empty lists
MEMBERS = "members"  # the owner of an account and its workers
OWNERS = "owners"  # owners alone

READ = {"GET": SIGNED_IN}
KEEP = {"GET": SIGNED_IN, "PUT": OWNERS, "PATCH": OWNERS, "DELETE": OWNERS}

# By the route's name; a route that isn't here is closed to everybody.
ROUTES: dict[str, dict[str, str]] = {
    "root": {"GET": SIGNED_IN},
    "register": {"POST": ANYONE},
    "login": {"POST": ANYONE},
    "refresh": {"POST": ANYONE},
    "logout": {"POST": SIGNED_IN},
    "password": {"POST": SIGNED_IN},
    "supplier-list": {"GET": SIGNED_IN, "POST": OWNERS},
    "supplier-detail": KEEP,
    "category-list": {"GET": SIGNED_IN, "POST": OWNERS},
    "category-detail": KEEP,
    "product-list": {"GET": SIGNED_IN, "POST": OWNERS},
    "product-detail": {**KEEP, "PUT": MEMBERS, "PATCH": MEMBERS},  # a worker may change the quantity alone
    "product-restore": {"POST": OWNERS},
    "product-movements": READ,
    "movement-list": {"GET": SIGNED_IN, "POST": MEMBERS},
    "movement-detail": READ,
    "movement-history": READ,
}


class RolePermission(BasePermission):
    """Reads the table. Fails closed: unknown routes, methods and roles are refused."""

    def has_permission(self, request: Request, view: Any) -> bool:
        match = request._request.resolver_match
        groups = ROUTES.get(match.url_name or "", {}) if match else {}
        method = "GET" if request.method == "HEAD" else request.method or ""
        if ANYONE not in groups.values() and not request.user.is_authenticated:
            return False
        if method == "OPTIONS" or not hasattr(view, method.lower()):
            return True  # what the view doesn't have is a 405, whatever the role
        return may(request.user, groups.get(method))


def may(user: Any, who: str | None) -> bool:
    """Whether the user belongs to one of the table's groups."""
    if who == ANYONE:
        return True
    if not user.is_authenticated:
        return False
    return (
        who == SIGNED_IN
        or (who == MEMBERS and user.role in Role.values and user.account_id is not None)
        or (who == OWNERS and user.role == Role.OWNER)
    )
