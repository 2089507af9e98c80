"""Which users may use which route: groups of users, the tables of the apps, and the class that reads them."""

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import module_has_submodule
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from users.models import Role

ANYONE = "anyone"  # signed in or not
SIGNED_IN = "signed in"  # every user; a worker without employer finds empty lists
NEW_OR_OWNERS = "new or owners"  # signed out, to sign up; an owner, to add a worker
MEMBERS = "members"  # the owner of an account and its workers
OWNERS = "owners"

OPEN = {ANYONE, NEW_OR_OWNERS}
READ = {"GET": SIGNED_IN}
LIST = {"GET": SIGNED_IN, "POST": OWNERS}
DETAIL = {"GET": SIGNED_IN, "PUT": OWNERS, "PATCH": OWNERS, "DELETE": OWNERS}


@dataclass(frozen=True)
class Route:
    """One route in the table of an app's `access.py`."""

    tag: str  # in the schema
    roles: dict[str, str]  # the group that may use each method; a missing method is closed to all users
    link: str = ""  # its name at the root of the API, if it is listed there


@cache
def routes() -> dict[str, Route]:
    """Return the routes of the `access.py` of all apps, by name. A route that is missing is closed to all users."""
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
    """Allows what the tables of the apps allow. Refuses unknown routes, methods and roles."""

    def has_permission(self, request: Request, view: Any) -> bool:
        groups = find_groups(request)
        method = "GET" if request.method == "HEAD" else request.method or ""
        if not (OPEN.intersection(groups.values()) or request.user.is_authenticated):
            return False
        if method == "OPTIONS" or not hasattr(view, method.lower()):
            return True  # a method that the view does not have is a 405 for every role
        group = groups.get(method)
        self.message = REFUSALS.get(group or "", "This route is closed to all users.")
        return is_in_group(request.user, group)

    def may_use(self, user: Any, name: str) -> bool:
        """Return whether the user may use the route of this name by some method."""
        route = routes().get(name)
        return route is not None and any(is_in_group(user, group) for group in route.roles.values())


def find_groups(request: Request) -> dict[str, str]:
    """Return the group of users that may use each method of the request's route."""
    match = request._request.resolver_match
    route = routes().get(match.url_name or "") if match else None
    return route.roles if route else {}


def is_in_group(user: Any, group: str | None) -> bool:
    """Return whether the user belongs to the group. False for an unknown group or role."""
    if group == ANYONE:
        return True
    if not user.is_authenticated:
        return group == NEW_OR_OWNERS
    return (
        group == SIGNED_IN
        or (group == MEMBERS and user.role in Role.values and user.account_id is not None)
        or (group in (OWNERS, NEW_OR_OWNERS) and user.role == Role.OWNER)
    )
