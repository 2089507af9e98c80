"""A text names one user at sign-in: nobody takes the e-mail address of another user as user name, nor the reverse."""

from functools import partial

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client

from testing.cast.namesakes import accept_namesakes
from testing.cast.people import PASSWORD, client_of, make_user
from testing.races import run_behind_lock, try_concurrently
from testing.tables import all_cases
from users.models import AttemptCounter, User

EMAIL = "alice@example.org"
TAKEN_NAME = {"username": ["A user with that username already exists."]}
TAKEN_ADDRESS = {"email": ["A user with that email already exists."]}
FUNCTION = "users_refuse_taken_text()"


@pytest.fixture
def alice(alice):
    User.objects.filter(pk=alice.pk).update(email=EMAIL)
    alice.refresh_from_db()
    return alice


def find_signed_in(name, password=PASSWORD):
    answer = client_of(None).post("/api/login/", {"username": name, "password": password})
    return answer.json()["user"]["id"] if answer.status_code == 200 else None


# --- The address of another user -------------------------------------------------------------------------------


@pytest.mark.quick
@all_cases("name", [EMAIL, "Alice@Example.org", "alice\uff20example.org"])
@all_cases("address", ["/api/register/", "/api/auth/register/", "/api/users/"])
def test_nobody_signs_up_with_the_address_of_another_user(alice, address, name):
    refused = client_of(None).post(address, {"username": name, "password": PASSWORD})
    assert (refused.status_code, refused.json()) == (400, TAKEN_NAME)
    assert find_signed_in(EMAIL) == alice.pk


def test_nobody_is_renamed_to_the_address_of_another_user(alice, as_alice, as_charlie, charlie):
    worker = as_alice.post("/api/users/", {"username": "erin", "password": PASSWORD}).json()["id"]
    renamed = [
        as_charlie.patch("/api/users/me/", {"username": EMAIL}),
        as_alice.patch(f"/api/users/{worker}/", {"username": EMAIL}),
        as_charlie.post("/api/users/", {"username": EMAIL, "password": PASSWORD}),
    ]
    assert [(one.status_code, one.json()) for one in renamed] == [(400, TAKEN_NAME)] * 3


def test_the_pages_and_the_command_refuse_the_address_of_another_user(alice):
    form = {"username": EMAIL, "password": PASSWORD, "shop_name": "Corner shop", "time_zone": "UTC"}
    page = Client().post("/accounts/signup/", form)
    assert "A user with that username already exists." in page.text
    with pytest.raises(CommandError):
        call_command("create_owner", EMAIL, "--invite", "--email=other@example.org")
    assert not User.objects.named(EMAIL).exists()


def test_the_support_desk_refuses_the_address_of_another_user(alice, charlie, settings):
    settings.STAFF_SECOND_FACTOR = False
    browser = Client()
    browser.force_login(User.objects.create_superuser("helen", password=PASSWORD))
    form = {"username": EMAIL, "usable_password": "true", "password1": PASSWORD, "password2": PASSWORD, "role": "owner"}
    assert browser.post("/admin/users/user/add/", form).status_code == 302
    assert not User.objects.named(EMAIL).exists()


def test_the_address_of_a_deactivated_user_is_not_free(alice):
    """It signs in again when the user is active again."""
    User.objects.filter(pk=alice.pk).update(is_active=False)
    refused = client_of(None).post("/api/register/", {"username": EMAIL, "password": PASSWORD})
    assert refused.json() == TAKEN_NAME


def test_a_stranger_learns_no_more_than_from_a_taken_name(alice):
    """The response is the same, and both are counted: a taken address is refused as an address, too."""
    answers, counts = [], []
    for name in (EMAIL, "alice"):
        answers.append(client_of(None).post("/api/register/", {"username": name, "password": PASSWORD}))
        counts.append(AttemptCounter.objects.get(key__startswith="sign-up").count)
    assert answers[0].content == answers[1].content
    assert counts == [1, 2]


# --- The user name of another user -----------------------------------------------------------------------------


def test_nobody_takes_the_name_of_another_user_as_address(as_charlie):
    make_user("mira@example.org")
    refused = [
        client_of(None).post("/api/register/", {"username": "m", "password": PASSWORD, "email": "Mira@example.org"}),
        as_charlie.patch("/api/users/me/", {"email": "mira@example.org"}),
    ]
    assert [(one.status_code, one.json()) for one in refused] == [(400, TAKEN_ADDRESS)] * 2


# --- What goes on ----------------------------------------------------------------------------------------------


@all_cases("email", ["mira@example.org", "", "other@example.org"])
def test_an_address_that_nobody_has_is_a_user_name_with_any_address(db, email):
    body = {"username": "mira@example.org", "password": PASSWORD, "email": email}
    made = client_of(None).post("/api/register/", body)
    assert (made.status_code, made.json()["email"]) == (201, email)
    assert find_signed_in("mira@example.org") == made.json()["id"]


def test_a_user_gives_its_own_name_as_address_and_its_own_address_as_name(as_charlie, charlie):
    user = make_user("mira@example.org")
    assert client_of(user).patch("/api/users/me/", {"email": "mira@example.org"}).status_code == 200
    assert as_charlie.patch("/api/users/me/", {"email": "c@example.org"}).status_code == 200
    assert as_charlie.patch("/api/users/me/", {"username": "C@example.org"}).status_code == 200
    assert find_signed_in("c@example.org") == charlie.pk


def test_a_user_from_before_keeps_its_name_and_signs_in(alice):
    with accept_namesakes():
        namesake = make_user(EMAIL, phone="1")
    assert find_signed_in(EMAIL) == namesake.pk
    assert find_signed_in("alice") == alice.pk
    for user, kept in ((namesake, {"username": EMAIL}), (alice, {"email": EMAIL})):
        assert client_of(user).patch("/api/users/me/", {**kept, "phone": "2"}).status_code == 200


# --- At the same time ------------------------------------------------------------------------------------------


def set_address(user):
    return User.objects.filter(pk=user.pk).update(email="new@example.org")


@pytest.mark.django_db(transaction=True)
def test_a_name_and_an_address_of_the_same_text_wait_for_each_other(charlie):
    with pytest.raises(IntegrityError):
        run_behind_lock(partial(make_user, "new@example.org"), partial(set_address, charlie))


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_both_are_taken(charlie):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_get_functiondef('{FUNCTION}'::regprocedure)")
        [definition] = cursor.fetchone()
        cursor.execute(definition.replace("PERFORM pg_advisory_xact_lock", "PERFORM pg_try_advisory_xact_lock"))
        try:
            with transaction.atomic():
                make_user("new@example.org")
                [changed] = try_concurrently(partial(set_address, charlie))
        finally:
            cursor.execute(definition)
    assert changed == 1
