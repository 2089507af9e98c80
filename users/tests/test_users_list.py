"""GET of /api/users/ and /api/users/me/: which users see which users."""

import pytest

from testing.cast.people import make_user
from testing.tables import all_cases
from users import services
from users.access.permissions import Caller
from users.access.roles import Role

FIELDS = {"id", "username", "email", "phone", "role", "is_active", "date_joined", "notices", "language", "developer"}


def list_names(client):
    return [user["username"] for user in client.get("/api/users/").json()["results"]]


def test_an_owner_sees_itself_and_its_workers(as_alice, bob, charlie, dora):
    assert list_names(as_alice) == ["alice", "bob"]
    assert as_alice.get(f"/api/users/{bob.pk}/").json()["username"] == "bob"


@pytest.mark.quick
@all_cases("who", ["bob", "dora"])
def test_a_worker_sees_only_itself(as_bob, as_dora, alice, charlie, who):
    assert list_names({"bob": as_bob, "dora": as_dora}[who]) == [who]


def test_a_worker_does_not_see_its_employer_and_colleagues(as_bob, alice):
    colleague = services.employ(by=Caller(alice), username="ben", password="correct-horse-7")
    for person in (alice, colleague):
        assert as_bob.get(f"/api/users/{person.pk}/").status_code == 404


@all_cases("method", ["get", "put", "patch", "delete"])
def test_a_user_of_another_account_is_a_404_like_a_missing_one(as_charlie, as_dora, bob, method):
    for client in (as_charlie, as_dora):
        theirs = getattr(client, method)(f"/api/users/{bob.pk}/", {"username": "bob"})
        missing = getattr(client, method)("/api/users/999999/", {"username": "bob"})
        assert (theirs.status_code, theirs.content) == (404, missing.content)
    bob.refresh_from_db()
    assert bob.is_active


def test_returns_401_without_credentials(as_nobody, alice):
    for address in ("/api/users/", f"/api/users/{alice.pk}/", "/api/users/me/"):
        assert as_nobody.get(address).status_code == 401


def test_pages_are_in_id_order(as_alice, alice):
    for number in range(11):
        services.employ(by=Caller(alice), username=f"w{number}", password="correct-horse-7")
    page = as_alice.get("/api/users/?page=2").json()
    assert set(page) == {"count", "next", "previous", "results"}
    assert (page["count"], [user["username"] for user in page["results"]]) == (12, ["w9", "w10"])


def test_returns_exactly_these_fields(as_alice, alice, bob):
    for user in as_alice.get("/api/users/").json()["results"]:
        assert set(user) == FIELDS
    assert set(as_alice.get("/api/users/me/").json()) == FIELDS


@all_cases("who", ["alice", "bob", "dora"])
def test_me_is_the_caller(as_alice, as_bob, as_dora, who):
    client = {"alice": as_alice, "bob": as_bob, "dora": as_dora}[who]
    me = client.get("/api/users/me/").json()
    assert me["username"] == who
    assert me == client.get(f"/api/users/{me['id']}/").json()


def test_an_owners_list_contains_deactivated_workers(as_alice, bob):
    services.deactivate(by=Caller(), user=bob)
    people = as_alice.get("/api/users/").json()["results"]
    assert [(user["username"], user["is_active"]) for user in people] == [("alice", True), ("bob", False)]


def test_a_superuser_sees_only_itself(alice, bob, dora, as_dora):
    make_user("eve", role=Role.WORKER)
    dora.is_staff = dora.is_superuser = True
    dora.save(update_fields=["is_staff", "is_superuser"])
    assert list_names(as_dora) == ["dora"]
