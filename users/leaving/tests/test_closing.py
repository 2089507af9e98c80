"""The page on which users deactivate themselves asks for the password. A deactivated user who signs in is told so."""

import pytest
from django.test import Client

from testing.cast.people import PASSWORD, client_of
from testing.tables import all_cases
from users import services
from users.access.permissions import Caller
from users.models import User

PAGE, SIGN_IN = "/accounts/close/", "/api-auth/login/"
HTML = {"Accept": "text/html"}


@pytest.fixture
def browser(alice):
    client = Client()
    client.force_login(alice)
    return client


def sign_in(name, password=PASSWORD):
    return client_of(None).post("/api/login/", {"username": name, "password": password})


@all_cases("address", ["/api/users/me/", "/api/users/{}/"])
def test_ones_own_page_deactivates_nobody_without_the_password(browser, alice, bob, address):
    page = browser.get(address.format(alice.pk), headers=HTML).text
    assert "/shop/delete/" not in page
    assert PAGE in page
    assert browser.get(f"/shop/delete/{address.format(alice.pk).removeprefix('/api/')}").status_code == 404
    assert f'href="/shop/delete/users/{bob.pk}/"' in browser.get(f"/api/users/{bob.pk}/", headers=HTML).text


def test_the_page_says_what_closing_the_shop_does(browser, alice, bob):
    page = browser.get(PAGE).text
    assert all(words in page for words in ("Close the shop", "1 worker", "Nothing is deleted", "operator"))


def test_the_page_of_a_worker_says_who_can_undo_it(bob, dora):
    pages = []
    for user in (bob, dora):
        client = Client()
        client.force_login(user)
        pages.append(client.get(PAGE).text)
    assert "Deactivate your user" in pages[0]
    assert "the owner of your shop" in pages[0]
    assert "the owner of your shop" not in pages[1]


def test_a_wrong_password_closes_nothing(browser, alice):
    response = browser.post(PAGE, {"password": "wrong-horse-7"})
    assert "This is not your password." in response.text
    assert User.objects.get().is_active


def test_wrong_passwords_count_as_wrong_sign_ins(browser, settings):
    settings.LOGIN_TRIES_PER_USER = 2
    statuses = [browser.post(PAGE, {"password": "wrong-horse-7"}).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


def test_the_password_closes_the_shop_and_signs_out(browser, alice, bob):
    response = browser.post(PAGE, {"password": PASSWORD})
    assert "The shop is closed" in response.text
    assert not User.objects.filter(is_active=True).exists()
    assert browser.get(PAGE).headers["Location"].startswith(SIGN_IN)


def test_the_page_needs_a_session(db):
    assert Client().get(PAGE).headers["Location"].startswith(SIGN_IN)


# --- Signing in afterwards -----------------------------------------------------------------------------------------


def test_the_right_password_of_a_deactivated_user_is_told_that_it_is_deactivated(alice):
    services.deactivate(by=Caller(), user=alice)
    response = sign_in("alice")
    assert (response.status_code, response.json()["code"]) == (401, "user_inactive")
    assert "deactivated" in response.json()["detail"]


@all_cases("password", [PASSWORD, "wrong-horse-7"])
@all_cases("address", ["/api/login/", "/api/auth/login/", SIGN_IN, "/admin/login/"])
def test_each_address_tells_a_deactivated_user_so_for_the_right_password_only(alice, address, password):
    User.objects.filter(pk=alice.pk).update(is_active=False, is_staff=True)
    response = Client().post(address, {"username": "alice", "password": password})
    assert ("This user is deactivated." in response.text) == (password == PASSWORD)
    assert "sessionid" not in response.cookies


def test_a_worker_of_a_closed_shop_is_told_so(alice, bob):
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert sign_in("bob").json()["code"] == "user_inactive"


def test_a_wrong_password_of_a_deactivated_user_gets_the_response_of_an_unknown_one(alice):
    services.deactivate(by=Caller(), user=alice)
    assert sign_in("alice", "wrong-horse-7").content == sign_in("nobody").content


def test_a_deactivated_user_without_a_password_gets_the_response_of_an_unknown_one(alice):
    User.objects.filter(pk=alice.pk).update(password="!", is_active=False)
    assert sign_in("alice").content == sign_in("nobody").content


def test_the_sign_in_page_tells_a_deactivated_user_so(alice):
    services.deactivate(by=Caller(), user=alice)
    right, wrong = (
        Client().post(SIGN_IN, {"username": "alice", "password": password}).text
        for password in (PASSWORD, "wrong-horse-7")
    )
    assert "This user is deactivated" in right
    assert "This user is deactivated" not in wrong


def test_the_desk_tells_only_staff_that_it_is_deactivated(alice):
    services.deactivate(by=Caller(), user=alice)
    page = {"username": "alice", "password": PASSWORD}
    assert "deactivated" not in Client().post("/admin/login/", page).text
    User.objects.update(is_staff=True)
    assert "deactivated" in Client().post("/admin/login/", page).text


@pytest.mark.quick
def test_the_demo_password_of_a_deactivated_user_is_wrong_outside_a_demo(alice, settings):
    settings.DEMO = False
    alice.set_password(settings.DEMO_PASSWORD)
    alice.is_active = False
    alice.save()
    assert sign_in("alice", settings.DEMO_PASSWORD).json()["code"] == "no_active_account"
