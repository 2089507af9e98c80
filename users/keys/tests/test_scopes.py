"""Every operation of the schema with a key of every scope. The key restricts what its user may do."""

from itertools import product

import pytest

from testing.cast.people import client_with_key
from testing.cast.tills import Device
from testing.laws.walk import (
    SUCCESS,
    WITHOUT_TOKEN,
    address_of,
    body_of,
    expected_outcome,
    list_calls,
    send_and_roll_back,
)
from testing.tables import all_cases
from users.access.permissions import READERS, SIGNED_IN, WITH_ANY_KEY, Route, find_missing_scope, list_tags, routes
from users.access.roles import Right
from users.models import KeyScope

# Keys may not use these. The list is deliberately repeated here: opening a route to keys requires a change in two
# places.
CLOSED_TAGS = {"users", "auth", "factors", "account", "keys", "webhooks"}
OPEN_ROUTES = {*WITHOUT_TOKEN, "login", "passkey", "refresh"}
RANKS = [KeyScope.READ, KeyScope.BOOK, KeyScope.MANAGE]
SCOPES_TO_WRITE = dict.fromkeys(Right, KeyScope.MANAGE)
SCOPES_TO_WRITE |= {
    WITH_ANY_KEY: KeyScope.READ,
    READERS: KeyScope.READ,
    Right.READ: KeyScope.READ,
    SIGNED_IN: KeyScope.BOOK,
    Right.ENTER_COUNTS: KeyScope.BOOK,
    Right.WORK: KeyScope.BOOK,
    Right.KEEP_TILLS: "sign_in",
}


# What the page of the till sends, and single movements, which programs book under the numbers of tills.
SENT_BY_DEVICES = {
    "till-catalogue": "GET", "till-gaps": "GET", "till-drops": "POST", "operation-list": "POST", "counts": "POST",
    "operation-return": "POST",
    "movement-list": "POST", "product-list": "GET", "kit-list": "GET", "feed": "GET", "scan": "GET",
    "sheet-list": "GET", "sheet-entries": "POST", "product-picture": "GET", "key-self": "GET",
    "closing-list": "POST", "closing-preview": "GET", "cash-list": "POST", "customer-list": "GET",
    "price_group-list": "GET", "price_group-detail": "GET", "product-prices": "GET", "kit-prices": "GET",
    "price-preview": "POST",
}  # fmt: skip

# The scope and the user restrict a key independently, so these pairs show both: what each role may do is tested
# without keys. `make check-long` tries the other pairs.
CHECKED = {*product(["alice"], RANKS), ("bob", KeyScope.MANAGE)}
ROLES_AND_SCOPES = [
    pair if pair in CHECKED else pytest.param(*pair, marks=pytest.mark.long)
    for pair in product(("alice", "bob", "dora", "mona", "cora", "vera"), RANKS)
]


def find_required(call):
    """Return the scope that the contract requires."""
    if routes()[call.route].tag in CLOSED_TAGS:
        return "sign_in"
    return KeyScope.READ if call.method == "GET" else SCOPES_TO_WRITE[routes()[call.route].roles[call.method]]


def expected_with_key(call, role, scope):
    """Return the outcome of the user itself, or the scope that the key lacks."""
    if call.route in OPEN_ROUTES:
        return expected_outcome(call, role), None
    if call.route == "key-self":
        return SUCCESS, None
    required = find_required(call)
    if required == "sign_in":
        return 403, "sign_in"
    of_user = expected_outcome(call, role)
    if of_user != 403 and RANKS.index(required) > RANKS.index(scope):
        return 403, required
    is_other_key = call.route == "till-drops" and call.method == "POST" and of_user == SUCCESS
    return (403, None) if is_other_key else (of_user, None)  # only the key of its device gives a number up


@pytest.mark.usefixtures("shared_world")
@pytest.mark.parametrize(("role", "scope"), ROLES_AND_SCOPES)
def test_a_key_does_what_its_scope_and_its_user_may(world, role, scope):
    client = client_with_key(world.users[role], scope)
    # Workers may change the quantity of a product, and so may their keys and those of the same scope of others.
    sender = "bob" if role in ("alice", "mona") and scope == KeyScope.BOOK else role
    wrong = {}
    for call in list_calls():
        if call.route in OPEN_ROUTES:
            continue  # these routes do not read the header, so the test of the roles has covered them
        answer = send_and_roll_back(client, call.method, address_of(call, role, world), body_of(call, sender, world))
        expected, required = expected_with_key(call, role, scope)
        said = f'"code":"key_scope","required":"{required}"' if required else '"code":"key_scope"'
        if answer.outcome != expected or (said in answer.content) != bool(required):
            wrong[f"{call}"] = (expected, required, answer.outcome, answer.content[:200])
    assert wrong == {}


@pytest.mark.usefixtures("shared_world")
def test_the_key_of_a_device_uses_only_what_its_till_needs(world):
    """It lies in the browser of a counter, and may be that of an owner."""
    alice, wrong = world.users["alice"], {}
    client = Device(alice, "a till of the owner").client
    for call in list_calls():
        if call.route in OPEN_ROUTES:
            continue
        answer = send_and_roll_back(client, call.method, address_of(call, "alice", world), body_of(call, "bob", world))
        is_closed = '"code":"key_scope","required":"sign_in"' in answer.content
        if is_closed == (SENT_BY_DEVICES.get(call.route) == call.method):
            wrong[f"{call}"] = answer
    assert wrong == {}


@all_cases(
    ("method", "address"), [("post", "/mcp"), ("get", "/api/"), ("options", "/api/products/"), ("post", "/api/items/")]
)
def test_the_key_of_a_device_is_refused_beside_the_routes_of_its_till(alice, method, address):
    refused = getattr(Device(alice).client, method)(address)
    assert (refused.status_code, refused.json()["code"]) == (403, "key_scope")


def test_the_walk_tries_every_outcome():
    cases = product(list_calls(), ("alice", "bob"), RANKS)
    outcomes = {expected_with_key(*case) for case in cases}
    assert outcomes >= {(SUCCESS, None), (403, "sign_in"), (403, "book"), (403, "manage"), (403, None)}


def test_every_tag_is_described_and_open_or_closed_to_keys():
    """A new tag is closed until somebody opens it."""
    assert {route.tag for route in routes().values()} == {*list_tags()}
    assert {name for name, tag in list_tags().items() if not tag.for_keys} == CLOSED_TAGS


@all_cases("scope", RANKS)
def test_a_route_with_an_unknown_tag_or_group_is_closed_to_keys(scope):
    user = type("User", (), {"api_key": type("Key", (), {"scope": scope, "is_device": False})})
    assert find_missing_scope(user, Route("new", {"GET": SIGNED_IN}), "GET") == "sign_in"
    assert find_missing_scope(user, Route("stock", {"POST": "everybody"}), "POST") == "sign_in"


@all_cases("method", ["HEAD", "OPTIONS"])
def test_a_key_that_reads_may_ask_for_head_and_options(alice, method):
    client = client_with_key(alice, KeyScope.READ)
    assert client.generic(method, "/api/products/").status_code == 200
    assert client.generic(method, "/api/users/me/").status_code == 403


def test_a_method_that_a_route_does_not_have_is_a_405_for_keys(alice):
    for scope in RANKS:
        assert client_with_key(alice, scope).put("/api/stock/", {}).status_code == 405


def test_keys_do_not_sign_in_or_make_keys(alice):
    client = client_with_key(alice, KeyScope.MANAGE)
    posts = [("post", f"/api/{name}/") for name in ("keys", "auth/password", "auth/logout", "users")]
    for method, address in [*posts, ("get", "/api/keys/"), ("patch", "/api/account/")]:
        response = getattr(client, method)(address)
        assert (response.status_code, response.json()["required"]) == (403, "sign_in")
