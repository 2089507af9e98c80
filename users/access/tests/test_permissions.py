"""All views declare rights. They are checked before the row is read. test_walk*.py send the requests of each role."""

import re

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ImproperlyConfigured
from django.urls import path
from django.utils import timezone

from inventory_api.start_views import RootView
from testing.laws.routes import list_api_routes
from testing.laws.sources import read_sources
from testing.tables import all_cases
from trade.sheets.views import SheetViewSet
from users.access import permissions
from users.access.permissions import (
    ANYONE,
    READ,
    READERS,
    SIGNED_IN,
    RolePermission,
    Route,
    is_in_group,
    list_tags,
    read_route,
    routes,
)
from users.access.roles import RIGHTS, Right, Role, may
from users.models import User
from web.view_bases import ApiView

# These routes are open to more users than owners. The list is deliberately repeated here: opening a route requires a
# change in two places.
OPEN_TO_ANYONE = {
    (name, "POST")
    for name in (
        "register", "login", "passkey-options", "passkey", "refresh", "password-reset", "password-reset-confirm",
        "email-confirm",
    )
}  # fmt: skip
WRITTEN_BY_WORKERS = {
    ("movement-list", "POST"), ("product-detail", "PUT"), ("product-detail", "PATCH"), ("item-detail", "PUT"),
    ("item-detail", "PATCH"), ("operation-list", "POST"), ("counts", "POST"),
    ("transfers", "POST"), ("makings", "POST"), ("reservation-list", "POST"), ("reservation-detail", "PATCH"),
    ("reservation-fulfil", "POST"),
    ("reservation-release", "POST"), ("reservation-extend", "POST"), ("purchase-order-receive", "POST"),
    ("till-drops", "POST"), ("operation-return", "POST"), ("closing-list", "POST"), ("cash-list", "POST"),
    ("customer-payment-list", "POST"),
    ("sale-payment-list", "POST"), ("sale-payment-reverse", "POST"), ("sale-receipt-mail", "POST"),
    ("customer-list", "POST"), ("customer-detail", "PUT"), ("customer-detail", "PATCH"),
    ("sale-invoice-list", "POST"), ("invoice-detail", "PATCH"), ("invoice-mail", "POST"),
    ("quote-list", "POST"), ("quote-detail", "PATCH"), ("quote-accept", "POST"), ("quote-decline", "POST"),
    ("quote-copy", "POST"), ("quote-mail", "POST"),
}  # fmt: skip
# Keys of one's own, and what stores nothing.
WRITTEN_BY_READERS = {
    ("key-list", "POST"), ("key-detail", "PUT"), ("key-detail", "PATCH"), ("key-detail", "DELETE"),
    ("key-roll", "POST"), ("labels", "POST"),
}  # fmt: skip
ONESELF = {(name, method) for name in ("user-me", "user-detail") for method in ("PUT", "PATCH", "DELETE")}
ONESELF |= {("user-erase", "POST"), ("factor-detail", "DELETE")}
ONESELF |= {(f"factor-{name}", "POST") for name in ("totp", "confirm", "options", "passkeys", "recovery")}
WRITTEN_BY_ALL = {(name, "POST") for name in ("logout", "password", "proof", "user-confirm-email")} | ONESELF
# What workers do not read, by the right that it needs.
CLOSED_TO_WORKERS = {
    Right.SEE_COSTS: {
        "evidence-detail", "evidence-file", "evidence-late", "evidence-list", "evidence-paper", "offer-detail",
        "offer-list", "price-list-changed", "price-list-detail", "price-list-list", "price-list-unknown",
        "product-purchases", "refused-import-detail", "refused-import-file", "refused-import-list", "report-accounts",
        "report-costs-changed", "report-kits", "report-losses", "report-margins", "seal-file",
    },
    Right.SEE_COUNTS: {"sheet-differences"},
    Right.MANAGE_PRODUCTS: {"product-import-progress"},
    Right.MANAGE_USERS: {"user-changes"},
    Right.MANAGE_SHOP: {
        "account-closing", "account-export-detail", "account-export-file", "account-export-list", "webhook-attempts",
        "webhook-detail", "webhook-list",
    },
}  # fmt: skip


# These files show, set and store the role itself. All others ask for rights, or for the owner of the rows.
KNOW_ROLES = {
    f"users/{name}.py"
    for name in (
        "admin",
        "forms",
        "access/services",
        "models/users",
        "querysets",
        "leaving/services",
        "access/roles",
        "serializers",
        "services",
    )
}
ASKS_FOR_ROLE = re.compile(r"\bRole\.\w+|\.role [=!]= (?!MakingRole)|\"role\", \"\"")


def test_code_asks_for_rights_and_not_for_roles():
    asking = {path for path, code in read_sources().items() if ASKS_FOR_ROLE.search(code)}
    assert asking - KNOW_ROLES == set()
    assert asking & KNOW_ROLES


def test_every_right_is_asked_for():
    code = "".join(code for path, code in read_sources().items() if path != "users/access/roles.py")
    assert [right.name for right in Right if f"Right.{right.name}" not in code] == []


@pytest.mark.quick
def test_a_user_has_a_right_by_its_role_while_it_is_active_and_in_a_shop(alice, bob, dora, monkeypatch):
    assert may(alice, Right.MANAGE_USERS)
    assert may(bob, Right.WORK)
    assert not may(bob, Right.MANAGE_USERS)
    assert not may(dora, Right.WORK)
    assert not may(AnonymousUser(), Right.WORK)
    monkeypatch.setitem(RIGHTS, Role.WORKER, {Right.MANAGE_USERS})
    assert may(bob, Right.MANAGE_USERS)
    assert not may(bob, Right.WORK)
    alice.closes_at = bob.employer.closes_at = timezone.now()
    assert (may(alice, Right.MANAGE_USERS), may(bob, Right.MANAGE_USERS)) == (True, False)
    bob.employer.closes_at, bob.is_active = None, False
    assert not may(bob, Right.MANAGE_USERS)


@pytest.mark.quick
def test_a_user_may_use_a_route_of_which_it_may_use_one_method(bob):
    may_use = RolePermission().may_use
    assert [may_use(bob, name) for name in ("supplier-list", "webhook-list", "nothing")] == [True, False, False]


def list_route_methods(routes):
    return {(route.name, method) for route in routes for method in route.methods}


def list_table_entries():
    return {(name, method) for name, route in routes().items() for method in route.roles}


def test_every_route_and_method_is_in_the_table():
    assert list_route_methods(list_api_routes()) - list_table_entries() == set()


def test_every_entry_of_the_table_has_a_route():
    outside_of_the_schema = {("mcp", "POST")}
    assert list_table_entries() - list_route_methods(list_api_routes()) == outside_of_the_schema


def test_a_view_names_no_action_that_it_lacks():
    """READ is for all views, so it names actions that some of them lack."""
    views = {view for view in (route.view for route in list_api_routes()) if hasattr(view, "rights")}
    named = {(view, name) for view in views for name in {*view.rights, *view.stays_open, *view.devices} - READ.keys()}
    assert [(view.__name__, name) for view, name in named if not hasattr(view, name)] == []


def test_what_a_view_does_not_declare_is_closed():
    class Undeclared(ApiView):
        def get(self, request):
            """Return nothing."""

    assert read_route(Undeclared.as_view()) == Route("", {})


def test_a_route_has_the_attributes_that_its_address_gives_it():
    actions = {"get": "entries", "post": "entries"}
    route = read_route(SheetViewSet.as_view(actions, tag="elsewhere", root_link="here", devices=("post",)))
    assert route == Route("elsewhere", dict.fromkeys(("GET", "POST"), Right.SEE_SHOP), link="here", devices=("POST",))


@pytest.mark.quick
def test_routes_of_one_name_have_the_same_rights(monkeypatch):
    views = [("twin", SheetViewSet.as_view({"get": action})) for action in ("lines", "differences")]
    monkeypatch.setattr(permissions, "list_views", lambda _: iter(views))
    with pytest.raises(ImproperlyConfigured, match="twin"):
        routes.__wrapped__()


def list_writes_open_to(group):
    return {
        (name, method)
        for name, method in list_table_entries()
        if method != "GET" and routes()[name].roles[method] == group
    }


@pytest.mark.needs
@pytest.mark.quick
def test_the_public_routes_and_the_workers_writes_are_exactly_these():
    assert list_writes_open_to(ANYONE) == OPEN_TO_ANYONE
    assert list_writes_open_to(Right.WORK) == WRITTEN_BY_WORKERS
    assert list_writes_open_to(Right.READ) == WRITTEN_BY_READERS
    assert list_writes_open_to(READERS) == {("comparisons", "POST"), ("price-preview", "POST")}
    assert list_writes_open_to(Right.ENTER_COUNTS) == {("sheet-entries", "POST")}
    assert [right for right in (Right.SEE_SHOP, Right.SEE_COSTS, Right.SEE_COUNTS) if list_writes_open_to(right)] == []
    assert list_writes_open_to(SIGNED_IN) == WRITTEN_BY_ALL
    assert not any(route.roles.get("GET") == ANYONE for route in routes().values())


@pytest.mark.quick
def test_the_docs_name_what_workers_write_down():
    [said] = re.findall(r"^\| `book` \| (.+) \|$", (settings.BASE_DIR / "docs/authentication.md").read_text(), re.M)
    written = {f"{name.removesuffix('-list')}s" for name, _ in list_writes_open_to(Right.WORK)} & list_tags().keys()
    assert written >= {"customers", "reservations"}
    assert [name for name in written if name not in said] == []


@pytest.mark.needs
@pytest.mark.quick
def test_the_routes_that_workers_do_not_read_are_exactly_these():
    closed = set(Right) - RIGHTS[Role.WORKER]
    found = {right: {name for name, route in routes().items() if route.roles.get("GET") == right} for right in closed}
    assert {right: names for right, names in found.items() if names} == CLOSED_TO_WORKERS


def test_every_route_ends_with_a_slash():
    assert [route.address for route in list_api_routes() if not route.address.endswith("/")] == []


def test_finds_a_route_that_is_not_in_the_table():
    hidden = path("api/deep/<int:id>/hidden/", RootView.as_view(), name="hidden")
    assert list_route_methods(list_api_routes([hidden])) - list_table_entries() == {("hidden", "GET")}


def test_finds_a_plain_view_with_every_method():
    hidden = path("api/plain/", lambda _: None, name="plain")
    assert {method for _, method in list_route_methods(list_api_routes([hidden]))} == {
        "GET",
        "POST",
        "PUT",
        "PATCH",
        "DELETE",
    }


@all_cases("group", [SIGNED_IN, *Right, None])
def test_refuses_routes_and_methods_that_are_not_in_the_table(as_alice, monkeypatch, group):
    monkeypatch.setitem(routes(), "supplier-list", Route("suppliers", {} if group is None else {"GET": group}))
    assert as_alice.post("/api/suppliers/", {"name": "Acme"}).status_code == 403
    assert as_alice.get("/api/suppliers/").status_code == (403 if group is None else 200)


def test_an_unknown_role_belongs_to_no_group(alice):
    stranger = User(pk=7, role="boss", employer=alice)
    assert [is_in_group(stranger, group) for group in (*Right, None, "everybody")] == [False] * (len(Right) + 2)
    assert is_in_group(User(role=Role.OWNER, pk=7), Right.WORK)
    assert not is_in_group(User(role=Role.WORKER, pk=7), Right.WORK)


@all_cases("method", ["PUT", "DELETE", "TRACE"])
def test_a_method_that_the_route_does_not_have_is_a_405_for_every_signed_in_user(
    as_alice, as_bob, as_dora, as_nobody, method
):
    for client in (as_alice, as_bob, as_dora):
        response = client.generic(method, "/api/stock/")
        assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
    assert as_nobody.generic(method, "/api/stock/").status_code == 401
    assert as_nobody.generic(method, "/api/login/").status_code == 405


@pytest.mark.quick
def test_refuses_a_role_before_looking_for_the_row(as_bob, as_dora, as_nobody):
    for client, status, said in [
        (as_bob, 403, "Only the shop's owner or manager may do this."),
        (as_dora, 403, "Only the users of a shop may do this, and you belong to none."),
        (as_nobody, 401, "Authentication credentials were not provided."),
    ]:
        for answer in (client.delete("/api/suppliers/999/"), client.post("/api/suppliers/", {})):
            assert (answer.status_code, answer.json()["detail"]) == (status, said)


def test_head_is_allowed_where_get_is(as_bob, as_dora, as_nobody):
    assert as_bob.head("/api/products/").status_code == 200
    assert as_dora.head("/api/products/").status_code == 200
    assert as_nobody.head("/api/products/").status_code == 401


def test_options_is_allowed_for_every_signed_in_user(as_dora, as_nobody):
    response = as_dora.options("/api/products/")
    assert response.status_code == 200
    assert "POST" in response.headers["Allow"]
    assert as_nobody.options("/api/products/").status_code == 401
