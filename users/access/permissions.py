"""Decide which users and API keys may use a route, as declared by its view. roles.py has the rights of roles.

A service gets the user and the address from which the user calls as a Caller.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.urls import URLResolver, get_resolver
from django.utils.translation import gettext
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from core.fields import show_costs
from core.http.clients import client_address, client_network
from core.pages.tabs import Tab
from core.sentences import fill
from users.access.roles import Right, list_roles_with, may
from users.errors import AccountClosing, KeyScopeTooSmall, SecondFactorSetup
from users.models import KeyScope, User

ANYONE = "anyone"  # signed in or not
WITH_ANY_KEY = "with any key"  # every signed-in user, and keys of every scope, whatever the method
SIGNED_IN = "signed in"  # every signed-in user
READERS = "readers"  # those with the right to read the shop, and users without a shop, who get empty lists
NEW_OR_MANAGERS = "new or managers"  # signed-out clients to sign up, and those who manage users to add a worker
# The other groups are named like the rights in users.access.roles. They contain the users of a shop with the right.

METHODS = ("get", "post", "put", "patch", "delete")
OPEN = {ANYONE, NEW_OR_MANAGERS}
# The rights of views that show what is in the shop.
READ = dict.fromkeys(("get", "list", "retrieve", "changes"), READERS)
WRITES = ("create", "update", "partial_update", "destroy")  # the actions of a viewset that change its rows

SIGN_IN = "sign_in"  # stands for a scope that no key has
SCOPES_TO_WRITE: dict[str, str] = dict.fromkeys(Right, KeyScope.MANAGE)
SCOPES_TO_WRITE |= dict.fromkeys((WITH_ANY_KEY, READERS, Right.READ), KeyScope.READ)  # these POSTs store nothing
SCOPES_TO_WRITE |= dict.fromkeys((SIGNED_IN, Right.WORK, Right.ENTER_COUNTS), KeyScope.BOOK)
SCOPES_TO_WRITE[Right.KEEP_TILLS] = SIGN_IN
RANKS: list[str] = [KeyScope.READ, KeyScope.BOOK, KeyScope.MANAGE, SIGN_IN]  # each scope includes those before it


# The tags in the order of the schema. Those of other apps follow them.
TAGS = [
    "auth",
    "users",
    "factors",
    "keys",
    "account",
    "products",
    "items",
    "categories",
    "fields",
    "groups",
    "kits",
    "taxes",
    "suppliers",
    "offers",
    "customers",
    "locations",
    "lots",
    "stock",
    "sales",
    "reservations",
    "purchase-orders",
    "tills",
    "dashboard",
    "events",
    "changes",
    "reports",
    "start",
]


@dataclass(frozen=True)
class Tag:
    """A tag of the schema. One view declares it, the other views name it.

    With `for_keys`, API keys may use its routes within their scope and the rights of their user. The key of a till's
    device is stored in a browser at the counter, so it may use only the methods in `Route.devices`.
    """

    name: str
    description: str
    for_keys: bool = False


@dataclass(frozen=True)
class Route:
    tag: str  # the name of the tag in the schema
    roles: Mapping[str, str]  # the group that may use each method; a missing method is closed to all users
    link: str = ""  # the name of its link at the root of the API, or an empty text if the root does not list it
    needs_factor: bool = True  # whether a user that has to set up a second factor is refused
    stays_open: bool = False  # whether the owner may write by it while the shop is being closed
    devices: tuple[str, ...] = ()  # the methods that the key of a till's device may send
    tab: Tab | None = None  # the tab of its page in the menu


CLOSED = Route("start", {})  # the rights of a route if its view declares none


def grant(group: str, *actions: str) -> dict[str, str]:
    """Return the rights by which the group may use the actions."""
    return dict.fromkeys(actions, group)


@cache
def routes() -> dict[str, Route]:
    """Return the routes of the API by name. A route that is missing is closed to all users."""
    found: dict[str, Route] = {}
    for name, view in list_api_views():
        if found.setdefault(name, read_route(view)) != read_route(view):
            raise ImproperlyConfigured(f"Two routes named {name} differ in their rights.")
    return found


@cache
def list_tags() -> dict[str, Tag]:
    """Return the declared tags by name, in the order of the schema."""
    tags = (view.cls(**view.initkwargs).tag for _name, view in list_api_views())
    found = {tag.name: tag for tag in tags if isinstance(tag, Tag)}
    return {name: found[name] for name in sorted(found, key=[*TAGS, *found].index)}


def is_for_keys(tag: str) -> bool:
    """Return whether API keys may use the routes with this tag. Return False for an undeclared tag."""
    return tag in list_tags() and list_tags()[tag].for_keys


def list_api_views() -> list[tuple[str, Any]]:
    """Return the name and the view function of each route of the API."""
    views = list_views(get_resolver())
    return [(name, view) for name, view in views if hasattr(getattr(view, "cls", None), "rights")]


def list_views(resolver: URLResolver) -> Iterator[tuple[str, Any]]:
    """Yield the name and the view function of each named address."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from list_views(pattern)
        elif pattern.name:
            yield pattern.name, pattern.callback


def read_route(view: Any) -> Route:
    """Return what a view declares for the route to which `as_view()` has bound it: see `ApiView`."""
    declared, actions = view.cls(**view.initkwargs), getattr(view, "actions", None)
    names = {name.upper(): actions[name] if actions else name for name in METHODS if not actions or name in actions}
    own = {*view.initkwargs} if {"list", "get"}.isdisjoint(names.values()) else {"root_link", "tab"}
    return Route(
        declared.tag.name if isinstance(declared.tag, Tag) else declared.tag,
        {method: declared.rights[name] for method, name in names.items() if name in declared.rights},
        declared.root_link if "root_link" in own else "",
        declared.needs_factor,
        not {*declared.stays_open}.isdisjoint(names.values()),
        tuple(method for method, name in names.items() if {method.lower(), name} & {*declared.devices}),
        declared.tab if "tab" in own else None,
    )


def explain_refusal(group: str | None, *, has_shop: bool = True) -> str:
    if group == NEW_OR_MANAGERS:
        return gettext("Only an owner can add workers.")
    if not has_shop and group in {*Right}:
        return gettext("Only the users of a shop may do this, and you belong to none.")
    if roles := list_roles_with(Right.READ if group == READERS else group or ""):
        return fill("Only the shop's {roles} may do this.", roles=gettext(" or ").join(map(gettext, roles)))
    return gettext("This route is closed to all users.")


class RolePermission(BasePermission):
    """Allows what the views declare, and decides whether the response shows costs."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Return whether the user may use the route. Raise KeyScopeTooSmall (403) if only its key may not."""
        user, sent = request.user, request.method or ""
        show_costs(may(user, Right.SEE_COSTS))
        match = request._request.resolver_match
        route = routes().get((match and match.url_name) or "", CLOSED)
        method = "GET" if sent == "HEAD" else sent
        if not (OPEN.intersection(route.roles.values()) or user.is_authenticated):
            return False
        refuse_while_closing(user, route, method)
        refuse_without_factor(user, route)
        missing_scope = find_missing_scope(user, route, method)
        if missing_scope == SIGN_IN:
            raise KeyScopeTooSmall(required=missing_scope)
        if method == "OPTIONS" or not hasattr(view, method.lower()):
            return True  # a method that the view lacks is a 405 for every role
        group = route.roles.get(method)
        if not is_in_group(user, group):
            self.message = explain_refusal(group, has_shop=user.is_authenticated and user.account_id is not None)
            return False
        if missing_scope:
            raise KeyScopeTooSmall(required=missing_scope)
        return True

    may = staticmethod(may)  # the pages ask this for buttons

    def may_use(self, user: Any, name: str) -> bool:
        """Return whether the user may use the route of this name by some method."""
        return any(may_send(user, name, method) for method in routes().get(name, CLOSED).roles)


def may_send(user: Any, name: str, method: str) -> bool:
    """Return whether the user may send the method to the route of this name, with the API key that it has sent."""
    route = routes().get(name, CLOSED)
    return is_in_group(user, route.roles.get(method)) and not find_missing_scope(user, route, method)


def refuse_while_closing(user: Any, route: Route, method: str) -> None:
    """Raise AccountClosing (403) if the user's shop is being closed, unless its owner reads or the route stays open."""
    account = getattr(user, "account", None)
    if account is None or account.closes_at is None or route.stays_open:
        return
    if user.api_key or not user.leads_shop or method not in SAFE_METHODS:
        raise AccountClosing(closes_at=account.closes_at)


def refuse_without_factor(user: Any, route: Route) -> None:
    """Raise SecondFactorSetup (403) if the user's days to set up a second factor are over. API keys go on."""
    if route.needs_factor and user.is_authenticated and not user.api_key and user.must_set_up_factor:
        raise SecondFactorSetup()


def find_missing_scope(user: Any, route: Route, method: str) -> str:
    """Return the scope that the user's key would need for the method, or SIGN_IN if no key may use the route.

    Return an empty text if the key suffices, or if the user has signed in.
    """
    key = getattr(user, "api_key", None)
    group = route.roles.get(method)
    if key is None or group == ANYONE:
        return ""
    if not is_for_keys(route.tag) or (key.is_device and method not in route.devices):
        return SIGN_IN
    if group is None or method in SAFE_METHODS:
        return ""
    required = SCOPES_TO_WRITE.get(group, SIGN_IN)
    return required if RANKS.index(key.scope) < RANKS.index(required) else ""


def is_in_group(user: Any, group: str | None) -> bool:
    """Return whether the user belongs to the group. Return False for an unknown group or role."""
    if group == ANYONE:
        return True
    if not user.is_authenticated:
        return group == NEW_OR_MANAGERS
    if group == NEW_OR_MANAGERS:
        group = Right.MANAGE_USERS
    if group == READERS:
        return user.account_id is None or may(user, Right.READ)
    return group in (SIGNED_IN, WITH_ANY_KEY) or may(user, group or "")


@dataclass(frozen=True)
class Caller:
    """What a service needs to know of the HTTP request. Without arguments it stands for a command."""

    user: User | None = None
    address: str = ""
    network: str = ""
    request_id: str | None = None

    @classmethod
    def of(cls, request: Any) -> "Caller":
        """Return the caller of a request. It has a user if the user is signed in."""
        return replace(cls.anonymous(request), user=request.user if request.user.is_authenticated else None)

    @classmethod
    def anonymous(cls, request: Any) -> "Caller":
        """Return the caller without its user, for sign-in and refresh. This does not load the user of a session."""
        request_id = request.META.get("HTTP_X_REQUEST_ID")
        return cls(address=client_address(request), network=client_network(request), request_id=request_id)

    @property
    def user_id(self) -> int | None:
        return self.user.pk if self.user else None
