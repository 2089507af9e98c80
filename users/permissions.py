"""Who may use which route: the groups of users, the tables of the apps, and the permission class that reads them."""

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
    """What an app's `access.py` says about one of its routes."""

    tag: str  # in the schema
    roles: dict[str, str]  # by method: who may use it; a method that is missing is closed to everybody
    link: str = ""  # its name at the root of the API, for a route that is listed there


@cache
def routes() -> dict[str, Route]:
    """Return the `ROUTES` of the `access.py` of every app, by name. A route that is in none is closed to everybody."""
    found: dict[str, Route] = {}
    for app in apps.get_app_configs():
        if app.module and module_has_submodule(app.module, "access"):
            table = import_module(f"{app.name}.access").ROUTES
            if twice := found.keys() & table.keys():
                raise ImproperlyConfigured(f"Two apps have routes named {', '.join(sorted(twice))}.")
            found |= table
    return found


REFUSALS = {
    MEMBERS: "Only an owner and its workers may do this: you belong to no shop.",
    OWNERS: "Only the shop's owner may do this.",
    NEW_OR_OWNERS: "Only an owner adds workers.",
}


class RolePermission(BasePermission):
    """Allows what the tables of the apps allow. Refuses unknown routes, methods and roles."""

    def has_permission(self, request: Request, view: Any) -> bool:
        match = request._request.resolver_match
        route = routes().get(match.url_name or "") if match else None
        groups = route.roles if route else {}
        method = "GET" if request.method == "HEAD" else request.method or ""
        if not (OPEN.intersection(groups.values()) or request.user.is_authenticated):
            return False
        if method == "OPTIONS" or not hasattr(view, method.lower()):
            return True  # what the view doesn't have is a 405, whatever the role
        who = groups.get(method)
        self.message = REFUSALS.get(who or "", "This is open to nobody.")
        return may(request.user, who)


def may(user: Any, who: str | None) -> bool:
    """Return whether the user belongs to one of the groups."""
    if who == ANYONE:
        return True
    if not user.is_authenticated:
        return who == NEW_OR_OWNERS
    return (
        who == SIGNED_IN
        or (who == MEMBERS and user.role in Role.values and user.account_id is not None)
        or (who in (OWNERS, NEW_OR_OWNERS) and user.role == Role.OWNER)
    )
