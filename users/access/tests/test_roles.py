"""Managers, counters and viewers: who becomes one, what follows at the next request, and what their keys may do."""

import pytest
from django.core import mail
from django.test import Client

from desk.agents.tests.calling import Agent
from testing.cast.people import PASSWORD, client_of, client_with_key, make_key, make_product, make_user
from testing.cast.tills import Device
from testing.reading.browser import Browser
from testing.tables import all_cases
from users.access.roles import Role
from users.models import EventKind, SecurityEvent, User

NEW = ("manager", "counter", "viewer")


@pytest.fixture
def set_role(as_alice, bob):
    """Return a function by which Alice gives Bob a role."""
    return lambda role: as_alice.patch(f"/api/users/{bob.pk}/", {"role": role})


@pytest.fixture
def vera(alice):
    """Return Vera, who only reads the shop of Alice."""
    return make_user("vera", role=Role.VIEWER, employer=alice)


# --- Who gets which role ----------------------------------------------------------------------------------


@pytest.mark.quick
@all_cases("role", NEW)
def test_the_owner_gives_a_role_and_takes_it_back(set_role, bob, role):
    assert (set_role(role).status_code, set_role(role).json()["role"]) == (200, role)
    assert set_role("staff").json()["role"] == "worker"
    kinds = SecurityEvent.objects.filter(user=bob, kind=EventKind.ROLE_CHANGED)
    assert kinds.count() == 2


def test_a_role_is_in_the_history_of_the_user(set_role, as_alice, bob):
    set_role("viewer")
    [change] = as_alice.get(f"/api/users/{bob.pk}/changes/").json()["results"]
    assert change["changes"]["role"] == ["worker", "viewer"]


def test_the_owner_makes_nobody_an_owner_by_a_role(set_role):
    refused = set_role("owner")
    assert (refused.status_code, refused.json()["code"], refused.json()["role"]) == (400, "role_not_given", "owner")


@pytest.mark.quick
@all_cases("role", NEW)
def test_nobody_signs_up_with_a_role_that_an_owner_gives(as_nobody, role):
    for address in ("/api/register/", "/api/users/"):
        refused = as_nobody.post(address, {"username": "erin", "password": PASSWORD, "role": role})
        assert (refused.status_code, refused.json()["code"]) == (400, "role_not_given")


def test_nobody_changes_its_own_role(bob, dora, alice):
    for user, role in [*((bob, role) for role in NEW), (dora, "worker"), (alice, "owner")]:
        User.objects.filter(pk=user.pk).update(role=role)
        others = {*NEW, "worker", "owner"} - {role} - ({"owner"} if user == dora else set())
        for wanted in others:
            assert client_of(user).patch("/api/users/me/", {"role": wanted}).status_code == 400, (user, wanted)


@pytest.mark.usefixtures("mails_at_once")
@all_cases("role", NEW)
def test_an_invitation_names_the_role(as_alice, role):
    invited = as_alice.post("/api/users/", {"username": "erin", "email": "erin@example.org", "role": role})
    assert (invited.status_code, invited.json()["role"]) == (201, role)
    assert f"has added you as a {role} at" in mail.outbox[-1].body


def test_the_pages_offer_the_roles_that_can_be_given(alice, bob):
    browser = Browser(alice)
    for address in ("/shop/form/users/", f"/shop/form/users/{bob.pk}/"):
        page = browser.get_page(address)
        assert [role for role in (*NEW, "worker", "owner") if f'<option value="{role}"' in page] == [*NEW, "worker"]


def test_the_support_desk_gives_a_role(support, bob):
    address = f"/admin/users/user/{bob.pk}/change/"
    form = {"username": "bob", "role": "manager", "employer": bob.employer_id, "is_active": "on", "email": ""}
    assert support.post(address, form).status_code == 302
    assert User.objects.get(pk=bob.pk).role == "manager"


# --- Handing over -----------------------------------------------------------------------------------------


@all_cases("role", NEW)
def test_a_shop_is_handed_over_to_a_user_of_any_role_which_is_a_worker_later(as_alice, alice, bob, role):
    User.objects.filter(pk=bob.pk).update(role=role)
    for client, successor in ((as_alice, bob), (None, alice)):
        client = client or client_of(User.objects.get(pk=bob.pk))
        body = {"user": successor.pk, "password": PASSWORD}
        assert client.post("/api/account/hand-over/", body).status_code == 200
    roles = {user.username: user.acting_role for user in User.objects.select_related("employer")}
    assert roles == {"alice": "owner", "bob": "worker"}


def test_the_others_keep_their_roles_when_the_shop_is_handed_over(as_alice, bob, vera):
    as_alice.post("/api/account/hand-over/", {"user": bob.pk, "password": PASSWORD})
    assert client_of(User.objects.get(pk=vera.pk)).get("/api/users/me/").json()["role"] == "viewer"


def test_a_former_owner_stays_a_worker(as_alice, alice, bob):
    as_alice.post("/api/account/hand-over/", {"user": bob.pk, "password": PASSWORD})
    as_bob = client_of(User.objects.get(pk=bob.pk))
    assert as_bob.patch(f"/api/users/{alice.pk}/", {"role": "worker"}).status_code == 200
    assert as_bob.patch(f"/api/users/{alice.pk}/", {"role": "viewer"}).status_code == 400


# --- At the next request ----------------------------------------------------------------------------------


def test_tokens_sessions_and_keys_are_judged_by_the_new_role(set_role, bob, as_bob, kettle):
    session, key = Client(), client_with_key(bob, "manage")
    session.force_login(bob)
    address, sale = f"/api/products/{kettle.pk}/", {"product": kettle.pk, "movement_type": "OUT", "quantity": 1}
    for role, read, booked, changed in (
        ("worker", 200, 201, 403), ("manager", 200, 201, 200), ("viewer", 200, 403, 403), ("counter", 403, 403, 403),
        ("worker", 200, 201, 403),
    ):  # fmt: skip
        set_role(role)
        assert [client.get(address).status_code for client in (as_bob, session, key)] == [read] * 3, role
        assert [client.post("/api/stock/", sale).status_code for client in (as_bob, key)] == [booked] * 2, role
        named = [client.patch(address, {"name": f"{role} pot"}).status_code for client in (as_bob, key)]
        assert named == [changed] * 2, role


def test_a_till_is_judged_by_the_new_role(set_role, bob, kettle):
    device = Device(bob)
    set_role("counter")
    assert device.client.get("/api/tills/catalogue/").status_code == 403
    set_role("worker")
    assert device.client.get("/api/tills/catalogue/").status_code == 200


def test_a_repeated_request_shows_a_lowered_user_no_cost(set_role, as_bob, alice):
    pot = make_product(alice, "Pot", cost_price="7919.13")
    set_role("manager")
    key, body = {"Idempotency-Key": "one"}, {"product": pot.pk, "movement_type": "IN", "quantity": 1}
    first = as_bob.post("/api/stock/", body, headers=key)
    set_role("worker")
    again = as_bob.post("/api/stock/", body, headers=key)
    assert ("7919.13" in first.text, "7919.13" in again.text, again.status_code) == (True, False, 201)


# --- Keys and agents --------------------------------------------------------------------------------------


@pytest.mark.quick
def test_a_viewer_has_keys_that_read(vera, kettle):
    as_vera = client_of(vera)
    assert as_vera.post("/api/keys/", {"name": "audit", "scope": "read"}).status_code == 201
    for scope in ("book", "manage"):
        refused = as_vera.post("/api/keys/", {"name": "audit", "scope": scope})
        assert (refused.status_code, [*refused.json()]) == (400, ["scope"])
    assert 'value="book"' not in Browser(vera).get_page("/shop/agents/")


def test_a_viewer_rolls_no_key_that_it_had_as_a_worker(set_role, bob, as_bob):
    key, _ = make_key(bob, scope="book")
    set_role("viewer")
    assert as_bob.post(f"/api/keys/{key.pk}/roll/").status_code == 400


def test_a_key_of_a_viewer_compares_and_prints_labels(vera, alice):
    key, kettle = client_with_key(vera, "read"), make_product(alice, sku="KETTLE")
    compared = key.post("/api/stock/comparisons/", {"source": "shop", "lines": [{"product": kettle.pk, "quantity": 1}]})
    printed = key.post("/api/labels/", {"lines": [{"product": kettle.pk}]})
    assert (compared.status_code, printed.status_code) == (200, 200)


def test_agents_have_the_tools_of_the_role(set_role, as_bob):
    found = {}
    for role in NEW:
        set_role(role)
        found[role] = Agent(as_bob).list_tools()
    reading = ["shop", "find", "product", "report", "events", "changes"]
    assert found == {"manager": [*reading, "book", "count", "draft_order"], "counter": [], "viewer": reading}
