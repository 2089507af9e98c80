"""Decide which users and API keys may use which route: the groups of users, and the class that reads the
apps' tables.
"""

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import module_has_submodule
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from core.costs import show_costs
from users.errors import KeyScopeTooSmall
from users.key_models import KeyScope
from users.models import Role

ANYONE = "anyone"  # signed in or not
SIGNED_IN = "signed in"  # every signed-in user; a worker without an employer gets empty lists
NEW_OR_OWNERS = "new or owners"  # signed-out clients, to sign up; owners, to add a worker
MEMBERS = "members"  # the owner of an account, and its workers
OWNERS = "owners"

ROLES = frozenset(Role.values)
OPEN = {ANYONE, NEW_OR_OWNERS}
READ = {"GET": SIGNED_IN}
LIST = {"GET": SIGNED_IN, "POST": OWNERS}
DETAIL = {"GET": SIGNED_IN, "PUT": OWNERS, "PATCH": OWNERS, "DELETE": OWNERS}

# API keys may use the routes with these tags, within their scope and the rights of their user. All other routes need a
# signed-in user: users, signing in, the account, the keys themselves, and tags that are not listed yet.
TAGS_FOR_KEYS = {"start", "products", "items", "categories", "suppliers", "locations", "lots", "stock", "dashboard"}
TAGS_FOR_KEYS |= {"reservations", "scanning", "purchase-orders", "reports", "events"}
SIGN_IN = "sign_in"  # stands for a scope that no key has
SCOPES_TO_WRITE: dict[str, str] = {SIGNED_IN: KeyScope.BOOK, MEMBERS: KeyScope.BOOK, OWNERS: KeyScope.MANAGE}
RANKS: list[str] = [KeyScope.READ, KeyScope.BOOK, KeyScope.MANAGE, SIGN_IN]  # each scope includes those before it


@dataclass(frozen=True)
class Route:
    """One route in the table of an app's `access.py`."""

    tag: str  # the tag in the schema
    roles: dict[str, str]  # the group that may use each method; a missing method is closed to all users
    link: str = ""  # the name of its link at the root of the API, or an empty text if the root does not list it


@cache
def routes() -> dict[str, Route]:
    """Return the routes in the `access.py` of all apps, by name. A route that is missing is closed to all users."""
    found: dict[str, Route] = {}
    for app in apps.get_app_configs():
        if app.module and module_has_submodule(app.module, "access"):
            table = import_module(f"{app.name}.access").ROUTES
            if twice := found.keys() & table.keys():
                raise ImproperlyConfigured(f"Two apps have routes named {', '.join(sorted(twice))}.")
            found |= table
    return found


REFUSALS = {
    MEMBERS: "Only an owner and its workers may do this, and you belong to no shop.",
    OWNERS: "Only the shop's owner may do this.",
    NEW_OR_OWNERS: "Only an owner can add workers.",
}


class RolePermission(BasePermission):
    """Allows what the tables of the apps allow. Refuses unknown routes, methods and roles, and keys with small scopes.

    It also decides whether the response shows costs.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        """Return whether the user may use the route.

        Raise KeyScopeTooSmall (403) if the user may, but its key may not.
        """
        show_costs(may_see_costs(request.user))
        route = find_route(request)
        groups = route.roles if route else {}
        method = "GET" if request.method == "HEAD" else request.method or ""
        if not (OPEN.intersection(groups.values()) or request.user.is_authenticated):
            return False
        missing_scope = find_missing_scope(request.user, route, method)
        if missing_scope == SIGN_IN:
            raise KeyScopeTooSmall(required=missing_scope)
        if method == "OPTIONS" or not hasattr(view, method.lower()):
            return True  # a method that the view lacks is a 405 for every role
        group = groups.get(method)
        self.message = REFUSALS.get(group or "", "This route is closed to all users.")
        is_allowed = is_in_group(request.user, group)
        if is_allowed and missing_scope:
            raise KeyScopeTooSmall(required=missing_scope)
        return is_allowed

    def may_use(self, user: Any, name: str) -> bool:
        """Return whether the user may use the route of this name by some method."""
        route = routes().get(name)
        return route is not None and any(
            is_in_group(user, group) and not find_missing_scope(user, route, method)
            for method, group in route.roles.items()
        )


def find_route(request: Request) -> Route | None:
    """Return the request's route in the tables, or None if it is missing there."""
    match = request._request.resolver_match
    return routes().get(match.url_name or "") if match else None


def find_missing_scope(user: Any, route: Route | None, method: str) -> str:
    """Return the scope that the user's key would need for the method, or SIGN_IN if no key may use the route.

    Return an empty text if the key suffices, or if the user has signed in.
    """
    key = getattr(user, "api_key", None)
    group = route.roles.get(method) if route else None
    if key is None or group == ANYONE:
        return ""
    if route and route.tag not in TAGS_FOR_KEYS:
        return SIGN_IN
    if group is None or method in SAFE_METHODS:
        return ""
    required = SCOPES_TO_WRITE.get(group, SIGN_IN)
    return required if RANKS.index(key.scope) < RANKS.index(required) else ""


def may_see_costs(user: Any) -> bool:
    """Return whether the user may see costs. The owner may, even by a key, but workers may not."""
    return is_in_group(user, OWNERS)


def is_in_group(user: Any, group: str | None) -> bool:
    """Return whether the user belongs to the group. An unknown group or role returns False."""
    if group == ANYONE:
        return True
    if not user.is_authenticated:
        return group == NEW_OR_OWNERS
    return (
        group == SIGNED_IN
        or (group == MEMBERS and user.role in ROLES and user.account_id is not None)
        or (group in (OWNERS, NEW_OR_OWNERS) and user.role == Role.OWNER)
    )
