"""Handing a shop over: a worker becomes its owner, the owner a worker, and the ledger stays as it is."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from stock.proofs.verification import find_breaks
from testing.cast.people import PASSWORD, client_of, make_key, make_product, make_user
from testing.races import run_behind_lock, run_concurrently
from testing.reading.browser import Browser
from testing.tables import all_cases
from users.access.permissions import Caller
from users.access.services import deactivate
from users.access.services import hand_over as hand_over_by_service
from users.models import EventKind, SecurityEvent, User
from users.sign_in import rate_limits

URL = "/api/account/hand-over/"


def hand_over(client, user, password=PASSWORD):
    return client.post(URL, {"user": getattr(user, "pk", user), "password": password})


def sign_in(name):
    return client_of(None).post("/api/login/", {"username": name, "password": PASSWORD})


@pytest.fixture
def handed_over(as_alice, bob):
    """Make Bob the owner of Alice's shop."""
    assert hand_over(as_alice, bob).status_code == 200


@pytest.fixture
def new_clients(handed_over):
    """Return clients of Alice and Bob, who have signed in again."""
    return [client_of(User.objects.get(username=name)) for name in ("alice", "bob")]


def test_the_worker_is_the_owner_and_the_owner_a_worker(as_alice, alice, bob):
    answer = hand_over(as_alice, bob)
    assert (answer.status_code, answer.json()["owner"]) == (200, bob.pk)
    assert [sign_in(name).json()["user"]["role"] for name in ("alice", "bob")] == ["worker", "owner"]


@pytest.mark.quick
def test_sessions_tokens_and_keys_of_both_end(as_alice, as_bob, alice, bob, charlie):
    keys, browsers = [make_key(user)[1] for user in (alice, bob)], [Client(), Client()]
    for browser, user in zip(browsers, (alice, bob), strict=True):
        browser.force_login(user)
    hand_over(as_alice, bob)
    assert [client.get("/api/products/").status_code for client in (as_alice, as_bob, *browsers)] == [401] * 4
    headers = [{"Authorization": f"Bearer {key}"} for key in keys]
    assert [Client().get("/api/products/", headers=one).json()["code"] for one in headers] == ["key_revoked"] * 2


def test_the_page_leads_to_the_sign_in(alice, bob):
    response = Browser(alice).post(URL, user=bob.pk, password=PASSWORD)
    assert (response.status_code, response.headers["Location"]) == (303, "/api-auth/login/")


def test_both_get_a_security_event_by_the_former_owner(as_alice, alice, bob):
    hand_over(as_alice, bob)
    events = SecurityEvent.objects.filter(kind=EventKind.ROLE_CHANGED).order_by("user")
    assert [(event.user_id, event.actor_id, event.account_id) for event in events] == [
        (alice.pk, None, alice.pk), (bob.pk, alice.pk, alice.pk),
    ]  # fmt: skip


def test_the_history_stays_and_goes_on_under_the_names_of_both(as_alice, alice, bob, kettle):
    as_alice.post("/api/stock/", {"product": kettle.pk, "movement_type": "IN", "quantity": 2})
    before = as_alice.get(f"/api/stock/history/{kettle.pk}/").json()["results"]
    hand_over(as_alice, bob)
    sale = {"product": kettle.pk, "movement_type": "OUT", "quantity": 1}
    clients = [client_of(User.objects.get(pk=user.pk)) for user in (alice, bob)]
    assert [client.post("/api/stock/", sale).status_code for client in clients] == [201, 201]
    after = clients[1].get(f"/api/stock/history/{kettle.pk}/").json()["results"]
    assert after[2:] == before
    assert [(row["performed_by"], row["performed_by_username"]) for row in after[:2]] == [
        (bob.pk, "bob"), (alice.pk, "alice"),
    ]  # fmt: skip
    assert find_breaks(alice.pk) == []


def test_the_new_owner_has_the_rights_and_the_former_one_has_not(new_clients, alice, bob, kettle):
    former, owner = new_clients
    price = {"price": "7.00"}
    assert [client.patch(f"/api/products/{kettle.pk}/", price).status_code for client in new_clients] == [403, 200]
    assert [client.patch("/api/account/", {"name": "New"}).status_code for client in new_clients] == [403, 200]
    assert [len(client.get("/api/users/").json()["results"]) for client in new_clients] == [1, 2]
    assert former.get(f"/api/products/{kettle.pk}/").json()["cost_price"] is None
    worker = owner.post("/api/users/", {"username": "erin", "password": PASSWORD})
    assert (worker.status_code, sign_in("erin").status_code) == (201, 200)
    assert User.objects.get(username="erin").account_id == alice.pk
    events = owner.get("/api/users/events/").json()["results"]
    assert {event["user"] for event in events} == {alice.pk, bob.pk}


def test_the_new_owner_deactivates_and_reactivates_the_former_one(new_clients, as_bob, alice, kettle):
    former, owner = new_clients
    assert owner.delete(f"/api/users/{alice.pk}/").status_code == 204
    assert former.get("/api/products/").status_code == 401
    assert sign_in("alice").json()["code"] == "user_inactive"
    assert owner.get(f"/api/users/{alice.pk}/").json()["is_active"] is False
    assert owner.get("/api/products/").json()["count"] == 1
    assert owner.patch(f"/api/users/{alice.pk}/", {"is_active": True}).status_code == 200
    assert sign_in("alice").status_code == 200


@pytest.mark.quick
def test_a_former_owner_that_leaves_does_not_close_the_shop(new_clients, kettle):
    former, owner = new_clients
    assert former.delete("/api/users/me/").status_code == 204
    assert (sign_in("alice").status_code, owner.get("/api/products/").json()["count"]) == (401, 1)


def test_a_new_owner_that_leaves_closes_the_shop(new_clients, alice):
    assert new_clients[1].delete("/api/users/me/").status_code == 204
    assert not User.objects.filter(is_active=True).exists()
    assert deactivate(by=Caller(), user=read_again(alice)) is False


def test_the_page_to_leave_says_who_closes_the_shop(handed_over):
    pages = []
    for user in User.objects.order_by("pk"):
        browser = Client()
        browser.force_login(user)
        pages.append(browser.get("/accounts/close/").text)
    assert "Deactivate your user?" in pages[0]
    assert "the owner of your shop" in pages[0]
    assert "Close the shop" in pages[1]
    assert "1 worker" in pages[1]


def test_the_shop_is_handed_back_and_on(new_clients, alice, bob):
    assert hand_over(new_clients[1], alice).status_code == 200
    alice.refresh_from_db()
    assert (alice.led_by_id, sign_in("alice").json()["user"]["role"]) == (None, "owner")
    carol = make_user("carol", role="worker")
    carol.employer = alice
    carol.save(update_fields=["employer"])
    assert hand_over(client_of(alice), carol).json()["owner"] == carol.pk
    assert sign_in("bob").json()["user"]["role"] == "worker"


def test_the_role_that_is_shown_can_be_sent_back(new_clients, alice, bob):
    for client, role in zip(new_clients, ("worker", "owner"), strict=True):
        assert client.patch("/api/users/me/", {"role": role}).json()["role"] == role
    assert new_clients[0].patch("/api/users/me/", {"role": "owner"}).status_code == 400


@all_cases("who", ["alice", "charlie", "dora", "missing"])
def test_the_shop_goes_to_its_own_workers_only(as_alice, alice, charlie, dora, who):
    user = {"alice": alice, "charlie": charlie, "dora": dora}.get(who, 999_999)
    answer = hand_over(as_alice, user)
    assert (answer.status_code, list(answer.json())) == (400, ["user"])


def test_the_shop_does_not_go_to_a_deactivated_worker(as_alice, bob):
    as_alice.delete(f"/api/users/{bob.pk}/")
    assert hand_over(as_alice, bob).status_code == 400


def test_a_wrong_password_counts_as_a_wrong_sign_in(as_alice, bob, settings):
    settings.LOGIN_TRIES_PER_USER = 2
    answers = [hand_over(as_alice, bob, "wrong-horse-7") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [400, 400, 429]
    assert answers[0].json() == {"password": ["This is not your password."]}


@pytest.mark.quick
def test_a_worker_and_a_key_can_not_hand_over(as_bob, alice, bob):
    assert hand_over(as_bob, bob).status_code == 403
    key = make_key(alice, scope="manage")[1]
    refused = Client().post(URL, {"user": bob.pk}, headers={"Authorization": f"Bearer {key}"})
    assert refused.json()["code"] == "key_scope"


@pytest.mark.quick
@pytest.mark.django_db(transaction=True)
def test_of_two_hand_overs_at_once_one_succeeds(alice, bob):
    carol = make_user("carol", role="worker")
    carol.employer = alice
    carol.save(update_fields=["employer"])
    clients = [client_of(alice) for _ in range(2)]
    answers = run_concurrently(lambda: hand_over(clients[0], bob), lambda: hand_over(clients[1], carol))
    assert [answer.status_code for answer in answers].count(200) == 1
    assert SecurityEvent.objects.filter(kind=EventKind.ROLE_CHANGED).count() == 2


def read_again(user):
    return User.objects.select_related("employer").get(pk=user.pk)


def delete_during_hand_over(client, address, new_owner):
    """Send a DELETE that has read the users before the shop goes to the new owner, and ends after it."""
    hand_over_now = lambda: hand_over_by_service(by=Caller(), user=read_again(new_owner))  # noqa: E731
    return run_behind_lock(hand_over_now, lambda: client.delete(address))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("deleted", ["me", "bob"])
def test_a_former_owner_closes_nothing_by_a_request_that_began_before(as_alice, alice, bob, deleted):
    answer = delete_during_hand_over(as_alice, f"/api/users/{bob.pk if deleted == 'bob' else deleted}/", bob)
    assert (answer.status_code, read_again(bob).leads_shop) == (403, True)
    assert [read_again(user).may_sign_in for user in (alice, bob)] == [True, True]


@pytest.mark.django_db(transaction=True)
def test_the_first_owner_is_not_deactivated_while_it_gets_its_shop_back(as_alice, alice, bob):
    hand_over(as_alice, bob)
    answer = delete_during_hand_over(client_of(read_again(bob)), f"/api/users/{alice.pk}/", alice)
    assert (answer.status_code, read_again(alice).leads_shop, read_again(alice).is_admitted) == (403, True, True)


@all_cases("flag", ["is_staff", "is_superuser"])
def test_staff_keeps_its_shop_because_a_new_owner_could_set_its_password(as_alice, alice, bob, support, flag):
    User.objects.filter(pk=alice.pk).update(**{flag: True})
    answer = hand_over(as_alice, bob)
    assert (answer.status_code, "a new owner could set its password" in answer.text) == (400, True)
    assert "No user was changed." in submit(support, bob, "Alice left")
    assert not read_again(bob).leads_shop


def test_a_former_owner_does_not_become_staff(handed_over, alice, support):
    page = support.post(
        f"/admin/users/user/{alice.pk}/change/",
        {"username": "alice", "role": "owner", "is_active": "on", "is_staff": "on"}, follow=True,
    )  # fmt: skip
    assert "a new owner could set its password" in page.text
    assert not read_again(alice).is_staff


def test_the_desk_reactivates_a_former_owner(handed_over, alice, support):
    for action, said in (("deactivate", "Deactivated: alice."), ("reactivate", "Reactivated: alice.")):
        body = {"action": action, "_selected_action": [alice.pk]}
        assert said in support.post("/admin/users/user/", body, follow=True).text
    assert sign_in("alice").status_code == 200


def submit(client, user, reason):
    body = {"action": "hand_over", "reason": reason, "_selected_action": [user.pk]}
    return client.post("/admin/users/user/", body, follow=True).text


def test_the_desk_hands_over_with_a_reason(alice, bob, dora):
    root = User.objects.create_superuser("root", password=PASSWORD)
    desk = Client()
    desk.force_login(root)
    assert "Enter a reason" in submit(desk, bob, " ")
    assert "No user was changed." in submit(desk, dora, "lost her password")
    assert sign_in("bob").json()["user"]["role"] == "worker"
    assert "Made the owner of its shop (Alice left): bob." in submit(desk, bob, "Alice left")
    assert sign_in("bob").json()["user"]["role"] == "owner"
    assert LogEntry.objects.get().change_message == "Made the owner of its shop (Alice left)."
    assert "Make somebody else its owner first." in desk.post(
        f"/admin/users/user/{bob.pk}/change/", {"username": "bob", "role": "worker", "employer": ""}
    ).text  # fmt: skip


def test_the_limit_of_mails_is_that_of_the_shop_also_after_handing_over(
    as_alice, alice, bob, mails_at_once, monkeypatch
):
    monkeypatch.setattr(rate_limits, "MAX_MAILS_OF_ACCOUNT", 1)
    User.objects.filter(pk=bob.pk).update(email="bob@example.org", confirmed_email="bob@example.org")
    invite = lambda client, name: client.post("/api/users/", {"username": name, "email": f"{name}@example.org"})  # noqa: E731
    assert invite(as_alice, "erin").status_code == 201
    hand_over(as_alice, bob)
    assert invite(client_of(read_again(bob)), "fred").status_code == 429


def test_mail_to_the_owner_goes_to_the_new_one(handed_over, alice, bob):
    alice.refresh_from_db()
    assert alice.leader == bob
    assert make_product(alice).owner_id == alice.pk
