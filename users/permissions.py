"""Who may do what: one table of every route, and the one permission class that reads it."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from users.models import Role

ANYONE = "anyone"  # signed in or not
SIGNED_IN = "signed in"  # every user, also a worker without employer: it finds empty lists
NEW_OR_OWNERS = "new or owners"  # who has no user yet signs up; an owner employs
MEMBERS = "members"  # the owner of an account and its workers
OWNERS = "owners"  # owners alone

OPEN = {ANYONE, NEW_OR_OWNERS}
READ = {"GET": SIGNED_IN}
KEEP = {"GET": SIGNED_IN, "PUT": OWNERS, "PATCH": OWNERS, "DELETE": OWNERS}

# By the route's name; a route that isn't here is closed to everybody.
ROUTES: dict[str, dict[str, str]] = {
    "user-list": {"GET": SIGNED_IN, "POST": NEW_OR_OWNERS},
    "user-detail": {"GET": SIGNED_IN, "PUT": SIGNED_IN, "PATCH": SIGNED_IN, "DELETE": SIGNED_IN},
    "user-me": {"GET": SIGNED_IN, "PUT": SIGNED_IN, "PATCH": SIGNED_IN, "DELETE": SIGNED_IN},
    "user-events": READ,
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
    "product-alerts": READ,
    "product-export": READ,
    "product-import": {"POST": OWNERS},
    "product-import-template": READ,
    "item-list": {"GET": SIGNED_IN, "POST": OWNERS},
    "item-detail": {**KEEP, "PUT": MEMBERS, "PATCH": MEMBERS},
    "item-levels": READ,
    "item-changes": READ,
    "dashboard": READ,
    "product-movements": READ,
    "movement-list": {"GET": SIGNED_IN, "POST": MEMBERS},
    "movement-detail": READ,
    "movement-history": READ,
    "operation-list": {"GET": SIGNED_IN, "POST": MEMBERS},
    "operation-detail": READ,
    "operation-reverse": {"POST": OWNERS},
    "counts": {"POST": MEMBERS},
    "stock-levels": READ,
    "verify": READ,
    "product-statement": READ,
    "report-movements": READ,
    "report-valuation": READ,
    "report-idle": READ,
    "report-days-left": READ,
}


REFUSALS = {
    MEMBERS: "Only an owner and its workers may do this: you belong to no shop.",
    OWNERS: "Only the shop's owner may do this.",
    NEW_OR_OWNERS: "Only an owner adds workers.",
}


class RolePermission(BasePermission):
    """Reads the table. Fails closed: unknown routes, methods and roles are refused."""

    def has_permission(self, request: Request, view: Any) -> bool:
        match = request._request.resolver_match
        groups = ROUTES.get(match.url_name or "", {}) if match else {}
        method = "GET" if request.method == "HEAD" else request.method or ""
        if not (OPEN.intersection(groups.values()) or request.user.is_authenticated):
            return False
        if method == "OPTIONS" or not hasattr(view, method.lower()):
            return True  # what the view doesn't have is a 405, whatever the role
        who = groups.get(method)
        self.message = REFUSALS.get(who or "", "This is open to nobody.")
        return may(request.user, who)


def may(user: Any, who: str | None) -> bool:
    """Whether the user belongs to one of the table's groups."""
    if who == ANYONE:
        return True
    if not user.is_authenticated:
        return who == NEW_OR_OWNERS
    return (
        who == SIGNED_IN
        or (who == MEMBERS and user.role in Role.values and user.account_id is not None)
        or (who in (OWNERS, NEW_OR_OWNERS) and user.role == Role.OWNER)
    )
