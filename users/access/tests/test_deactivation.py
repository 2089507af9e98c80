"""DELETE deactivates a user. Its tokens end, and its name stays.

An owner that deactivates itself closes the account.
"""

from functools import partial

import pytest

from testing.cast.people import PASSWORD, client_of, make_product
from testing.races import run_behind_lock, run_concurrently
from testing.tables import all_cases
from users import services
from users.access import services as access_services
from users.access.permissions import Caller
from users.models import EventKind, SecurityEvent, User
from users.sign_in import tokens


def sign_in(name):
    return client_of(None).post("/api/login/", {"username": name, "password": PASSWORD}).status_code


def refresh(token):
    return client_of(None).post("/api/auth/refresh/", {"refresh": token}).status_code


def test_an_owner_deactivates_a_worker_and_its_tokens_stop_at_once(as_alice, as_bob, bob):
    token = tokens.issue_tokens(bob)["refresh"]
    assert as_bob.get("/api/products/").status_code == 200
    response = as_alice.delete(f"/api/users/{bob.pk}/")
    assert (response.status_code, response.content) == (204, b"")
    assert as_bob.get("/api/products/").status_code == 401
    assert (refresh(token), sign_in("bob")) == (401, 401)
    assert as_alice.get(f"/api/users/{bob.pk}/").json()["is_active"] is False


@all_cases("who", ["bob", "dora"])
def test_a_worker_deactivates_itself(as_bob, as_dora, who):
    client = {"bob": as_bob, "dora": as_dora}[who]
    assert client.delete("/api/users/me/").status_code == 204
    assert client.get("/api/users/me/").status_code == 401
    assert sign_in(who) == 401
    assert User.objects.filter(username=who).exists()


@pytest.mark.quick
@pytest.mark.django_db(transaction=True)
def test_a_user_without_a_shop_is_deactivated_once(dora):
    deactivate = partial(access_services.deactivate, by=Caller(), user=dora)
    assert run_behind_lock(deactivate, deactivate) is False
    assert SecurityEvent.objects.get(user=dora).kind == EventKind.DEACTIVATED


def test_an_owner_that_deactivates_itself_deactivates_its_workers(as_alice, as_bob, as_charlie, alice, bob):
    refreshes = [tokens.issue_tokens(user)["refresh"] for user in (alice, bob)]
    assert as_alice.delete(f"/api/users/{alice.pk}/").status_code == 204
    for client in (as_alice, as_bob):
        assert client.get("/api/").status_code == 401
    assert [refresh(token) for token in refreshes] == [401, 401]
    assert (sign_in("alice"), sign_in("bob")) == (401, 401)
    assert as_charlie.get("/api/").status_code == 200


def test_a_worker_that_deactivates_itself_affects_no_other_user(as_alice, as_bob, bob):
    assert as_bob.delete("/api/users/me/").status_code == 204
    assert as_alice.get("/api/").status_code == 200


def test_the_history_keeps_the_name_of_a_deactivated_user(as_alice, as_bob, bob, kettle):
    as_bob.post("/api/stock/", {"product": kettle.pk, "movement_type": "OUT", "quantity": 1})
    assert as_alice.delete(f"/api/users/{bob.pk}/").status_code == 204
    newest = as_alice.get(f"/api/stock/history/{kettle.pk}/").json()["results"][0]
    assert (newest["performed_by"], newest["performed_by_username"]) == (bob.pk, "bob")


def test_keeps_the_rows_of_a_closed_account(as_alice, alice):
    product = make_product(alice, "Teapot", quantity=3)
    as_alice.delete("/api/users/me/")
    product.refresh_from_db()
    assert (product.quantity, product.owner) == (3, alice)


def test_a_second_delete_changes_nothing(as_alice, bob):
    assert [as_alice.delete(f"/api/users/{bob.pk}/").status_code for _ in range(2)] == [204, 204]


def test_reactivating_an_owner_does_not_reactivate_its_workers(alice, bob):
    services.deactivate(by=Caller(), user=alice)
    services.change_user(by=Caller(), user=alice, is_active=True)
    assert (sign_in("alice"), sign_in("bob")) == (200, 401)
    response = client_of(alice).patch(f"/api/users/{bob.pk}/", {"is_active": True})
    assert response.status_code == 200
    assert sign_in("bob") == 200


@pytest.mark.django_db(transaction=True)
def test_a_worker_added_while_the_account_is_closed_can_not_sign_in(as_alice):
    new = {"username": "erin", "password": PASSWORD}
    added, closed = run_concurrently(
        lambda: as_alice.post("/api/users/", new).status_code,
        lambda: as_alice.delete("/api/users/me/").status_code,
    )
    assert (added in (201, 401), closed) == (True, 204)
    assert sign_in("erin") == 401
