"""A shop requires second factors: 14 days, then everything but setting one up is refused. API keys go on."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from testing.cast.factors import LOGIN, add_app, add_passkey, begin_sign_in
from testing.cast.people import PASSWORD, client_of, client_with_key, make_user
from testing.laws.routes import list_api_routes
from testing.reading.browser import Browser
from testing.tables import all_cases
from users.access import support_group
from users.access.permissions import routes
from users.models import Factor, User

pytestmark = pytest.mark.django_db
FACTORS = "/api/users/me/factors/"
DAYS = 14
OPEN = {
    "user-me", "proof", "logout", "factor-list", "factor-detail", "factor-totp", "factor-confirm", "factor-options",
    "factor-passkeys", "factor-recovery",
}  # fmt: skip


def require(owner, days_ago=0):
    """Let the shop require second factors since so many days."""
    moment = timezone.now() - timedelta(days=days_ago)
    User.objects.filter(pk=owner.pk).update(second_factor_required_at=moment)
    User.objects.with_workers(owner).update(date_joined=moment - timedelta(days=99))


def read_code(answer):
    return answer.json().get("code") if answer.status_code == 403 else None


def fresh_client(user):
    return client_of(User.objects.get(pk=user.pk))


def test_the_owner_requires_it_and_everybody_sees_until_when(as_alice, as_bob):
    assert as_alice.patch("/api/account/", {"second_factor": "required"}).json()["second_factor"] == "required"
    due = as_bob.get("/api/users/me/").json()["second_factor_due"]
    assert abs(timezone.datetime.fromisoformat(due) - timezone.now() - timedelta(days=DAYS)) < timedelta(minutes=1)
    assert as_bob.get("/api/products/").status_code == 200
    as_alice.patch("/api/account/", {"second_factor": "optional"})
    assert "second_factor_due" not in as_bob.get("/api/users/me/").json()


def test_the_days_of_a_new_worker_begin_when_it_joins(as_alice, alice):
    require(alice, days_ago=100)
    worker = make_user("erin", role="worker")
    User.objects.filter(pk=worker.pk).update(employer=alice)
    assert fresh_client(worker).get("/api/products/").status_code == 200


def test_a_repeated_setting_does_not_begin_the_days_again(as_alice, alice):
    as_alice.patch("/api/account/", {"second_factor": "required"})
    alice.refresh_from_db()
    as_alice.patch("/api/account/", {"second_factor": "required", "name": "Tea"})
    assert User.objects.get(pk=alice.pk).second_factor_required_at == alice.second_factor_required_at


@pytest.mark.quick
@all_cases(("days_ago", "status"), [(DAYS - 1, 200), (DAYS, 403)])
def test_before_the_last_day_is_over_nothing_is_closed(alice, bob, days_ago, status):
    require(alice, days_ago=days_ago)
    assert [fresh_client(bob).get(page).status_code for page in ("/api/products/", "/api/account/")] == [status] * 2


def test_after_the_days_every_route_is_closed_but_those_to_set_one_up(alice, bob):
    require(alice, days_ago=DAYS)
    client, refused = fresh_client(bob), set()
    for route in list_api_routes():
        for method in route.methods:
            address = route.address_for(1)
            if method == "DELETE" and route.name == "user-me":
                continue
            answer = client.generic(method, address, "{", content_type="application/json")
            refused |= {route.name} if read_code(answer) == "second_factor_setup" else set()
    public = {name for name, route in routes().items() if {"anyone"} == {*route.roles.values()}}
    everything = {route.name for route in list_api_routes()}
    assert refused == everything - OPEN - public


def test_the_pages_of_a_user_without_one_show_nothing_of_the_shop_after_the_days(alice, kettle):
    require(alice, days_ago=DAYS)
    browser = Browser(User.objects.get(pk=alice.pk))
    for address in ("/", "/api/", "/api/products/", "/shop/", "/shop/sell/", f"/api/products/{kettle.pk}/"):
        assert "Kettle" not in browser.client.get(address, follow=True).text


def test_an_api_key_goes_on(alice, kettle):
    client = client_with_key(alice)
    require(alice, days_ago=DAYS)
    assert client.get("/api/products/").status_code == 200
    assert client.post("/api/stock/", {"product": kettle.pk, "movement_type": "OUT", "quantity": 1}).status_code == 201


def test_a_user_with_one_goes_on(alice, bob):
    add_app(bob)
    require(alice, days_ago=DAYS)
    bob = User.objects.get(pk=bob.pk)
    assert client_of(bob).get("/api/products/").status_code == 200
    assert "second_factor_due" not in client_of(bob).get("/api/users/me/").json()


def test_a_user_signs_in_sets_one_up_and_goes_on(alice, bob):
    require(alice, days_ago=DAYS)
    answer = begin_sign_in(bob)
    assert answer["user"]["second_factor_due"]
    add_passkey(bob)
    assert client_of(bob).get("/api/products/").status_code == 200


def test_the_last_factor_stays_while_it_is_required(alice, bob):
    add_app(bob)
    add_passkey(bob)
    require(alice)
    client = fresh_client(bob)
    app, _recovery, passkey = (row["id"] for row in client.get(FACTORS).json()["results"])
    assert client.delete(f"{FACTORS}{app}/").status_code == 204
    answer = client.delete(f"{FACTORS}{passkey}/")
    assert (answer.status_code, answer.json()["code"]) == (409, "last_factor")
    assert Factor.objects.filter(user=bob).count() == 2


def test_other_shops_are_not_asked_for_one(alice, as_charlie, as_dora):
    require(alice, days_ago=DAYS)
    assert as_charlie.get("/api/products/").status_code == as_dora.get("/api/products/").status_code == 200


# --- Support staff ------------------------------------------------------------------------------------------


@all_cases("flag", ["is_staff", "is_superuser"])
def test_staff_that_leads_a_shop_needs_a_factor_at_once(alice, settings, flag):
    settings.STAFF_SECOND_FACTOR = True
    User.objects.filter(pk=alice.pk).update(**{flag: True})
    for asked in ((), [alice]):  # the shop requires none, and then one
        for owner in asked:
            require(owner, days_ago=0)
        user = User.objects.get(pk=alice.pk)
        assert (user.needs_second_factor, user.second_factor_due) == (True, user.date_joined)


@pytest.fixture
def sam(settings):
    """Return a member of the support staff, which needs a factor at once."""
    settings.STAFF_SECOND_FACTOR = True
    user = User.objects.create_user("sam", "sam@desk.example", PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name=support_group.NAME))
    return user


@pytest.mark.quick
def test_staff_without_a_factor_reads_nothing_at_the_desk(sam, alice):
    client = Client()
    client.post("/admin/login/", {"username": "sam", "password": PASSWORD})
    for address in ("/admin/", "/admin/users/user/", "/admin/search/?q=alice", f"/admin/accounts/{alice.pk}/"):
        answer = client.get(address)
        assert answer.status_code == 302, address
    assert "alice" not in client.get("/admin/users/user/", follow=True).text


def test_staff_with_a_factor_reads_the_desk(sam, alice):
    add_app(sam)
    client = Client()
    client.force_login(User.objects.get(pk=sam.pk))
    assert "alice" in client.get("/admin/users/user/").text


@pytest.mark.quick
def test_staff_can_not_remove_its_last_factor(sam):
    add_passkey(sam)
    client = client_of(sam)
    [passkey, _recovery] = client.get(FACTORS).json()["results"]
    assert client.delete(f"{FACTORS}{passkey['id']}/").json()["code"] == "last_factor"


def test_in_a_demo_staff_needs_none(settings, sam):
    settings.STAFF_SECOND_FACTOR = False
    assert "user" in client_of(None).post(LOGIN, {"username": "sam", "password": PASSWORD}).json()
    client = Client()
    client.force_login(sam)
    assert client.get("/admin/").status_code == 200
