"""Sign-in on the pages of the browsable API and of the support desk has the same limits as on the API."""

from threading import BoundedSemaphore

import pytest
from django.test import Client

from testing.cast.people import PASSWORD, client_of
from testing.tables import all_cases
from users.models import AttemptCounter, User
from users.sign_in import throttling
from users.sign_in.view_bases import describe_throttling

WRONG = "wrong-horse-7"


@pytest.fixture(autouse=True)
def low_limit(settings):
    """Set a limit that a test can reach with few requests."""
    settings.LOGIN_TRIES_PER_USER = 3


PAGES = ["/api-auth/login/", "/admin/login/"]


def submit(page, password=WRONG, name="support", client=None):
    return (client or Client()).post(page, {"username": name, "password": password, "next": "/api/"})


@pytest.fixture
def support(db):
    return User.objects.create_superuser("support", password=PASSWORD)


@all_cases("page", PAGES)
def test_a_page_counts_wrong_sign_ins_and_shows_its_form_again(support, page):
    assert [submit(page).status_code for _ in range(3)] == [200, 200, 200]
    response = submit(page, PASSWORD)
    assert response.status_code == 429
    assert 29 <= int(response.headers["Retry-After"]) <= 30
    assert "Too many wrong sign-ins. Try again in " in response.text
    assert 'name="password"' in response.text


@all_cases("page", PAGES)
def test_a_page_signs_in_and_right_sign_ins_do_not_count(support, page):
    assert [submit(page, PASSWORD).status_code for _ in range(7)] == [302] * 7
    client = Client()
    submit(page, PASSWORD, client=client)
    assert client.get("/api/").status_code == 200


def test_the_pages_and_the_api_share_one_count(support):
    assert submit(PAGES[0]).status_code == 200
    assert submit(PAGES[1]).status_code == 200
    responses = [client_of(None).post("/api/login/", {"username": "support", "password": WRONG}) for _ in range(2)]
    assert [response.status_code for response in responses] == [401, 429]


@pytest.mark.quick
def test_the_right_password_of_a_user_who_is_not_staff_counts_as_wrong_at_the_desk(alice):
    statuses = [submit("/admin/login/", PASSWORD, "alice").status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]


@all_cases("page", PAGES)
def test_an_empty_form_does_not_count(support, page):
    assert [submit(page, "").status_code for _ in range(5)] == [200] * 5
    assert not AttemptCounter.objects.exists()


@all_cases("page", PAGES)
def test_a_page_returns_503_if_too_many_users_are_signing_in(support, page, monkeypatch):
    monkeypatch.setattr(throttling, "hashing_slots", BoundedSemaphore(1))
    monkeypatch.setattr(throttling, "MAX_SLOT_WAIT_SECONDS", 0.01)
    with throttling.hashing_slot():
        response = submit(page, PASSWORD)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
    assert "Too many users are signing in at this moment." in response.text
    assert submit(page, PASSWORD).status_code == 302


def test_the_desk_counts_wrong_old_passwords_as_wrong_sign_ins(support):
    page, client = "/admin/password_change/", Client()
    client.force_login(support)
    form = {"old_password": WRONG, "new_password1": "otter-gold-57", "new_password2": "otter-gold-57"}
    assert [client.post(page, form).status_code for _ in range(3)] == [200, 200, 200]
    response = client.post(page, form | {"old_password": PASSWORD})
    assert response.status_code == 429
    assert 29 <= int(response.headers["Retry-After"]) <= 30
    assert "Too many wrong sign-ins. Try again in " in response.text
    assert submit("/admin/login/", PASSWORD).status_code == 429
    AttemptCounter.objects.all().delete()
    assert client.post(page, form | {"old_password": PASSWORD}).status_code == 302


def test_a_right_old_password_does_not_count_even_if_the_new_one_is_refused(support):
    client = Client()
    client.force_login(support)
    form = {"old_password": PASSWORD, "new_password1": "short", "new_password2": "short"}
    assert [client.post("/admin/password_change/", form).status_code for _ in range(5)] == [200] * 5


@all_cases(
    ("seconds", "words"),
    [(1, "1 second"), (30, "30 seconds"), (60, "1 minute"), (61, "2 minutes"), (900, "15 minutes")],
)
def test_describes_the_time_to_wait(seconds, words):
    assert describe_throttling(seconds) == f"Too many wrong sign-ins. Try again in {words}."
