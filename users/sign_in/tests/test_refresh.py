"""Each refresh token has one successor, and works only while its user may sign in."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from testing.cast.people import PASSWORD, client_of
from testing.tables import all_cases
from users.access.permissions import Caller
from users.models import RefreshFamily, SecurityEvent, User
from users.sign_in import password_services, tokens


def refresh(client, token, address="/api/auth/refresh/"):
    return client.post(address, {"refresh": token})


def let_time_pass(monkeypatch, **passed):
    """Set the clock of the tokens forward."""
    now = timezone.now() + timedelta(**passed)
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)


@pytest.fixture
def token(alice):
    return tokens.issue_tokens(alice)["refresh"]


@all_cases("address", ["/api/auth/refresh/", "/api/token/refresh/"])
def test_exchanges_a_refresh_token_for_a_new_pair(as_nobody, token, address):
    response = refresh(as_nobody, token, address)
    assert response.status_code == 200
    pair = response.json()
    assert set(pair) == {"access", "refresh", "token"}
    assert pair["token"] == pair["access"]
    assert pair["refresh"] != token
    as_nobody.credentials(HTTP_AUTHORIZATION=f"Bearer {pair['access']}")
    assert as_nobody.get("/api/").status_code == 200


def test_lifetimes_are_those_of_the_settings(as_nobody, token):
    pair = refresh(as_nobody, token).json()
    access, fresh = AccessToken(pair["access"]), RefreshToken(pair["refresh"])
    lifetimes = [access["exp"] - access["iat"], fresh["exp"] - fresh["iat"]]
    wanted = [settings.ACCESS_TOKEN_MINUTES * 60, settings.REFRESH_TOKEN_DAYS * 24 * 3600]
    assert lifetimes == pytest.approx(wanted, abs=1)  # a second may end between the two times


def test_a_second_use_returns_the_same_successor(as_nobody, token, monkeypatch):
    first = refresh(as_nobody, token).json()
    let_time_pass(monkeypatch, seconds=590)
    again = refresh(as_nobody, token).json()
    assert again["refresh"] == first["refresh"]
    as_nobody.credentials(HTTP_AUTHORIZATION=f"Bearer {again['access']}")
    assert as_nobody.get("/api/").status_code == 200
    assert refresh(as_nobody, again["refresh"]).status_code == 200


def use_the_successor(token, fresh):
    refresh(client_of(None), fresh)


def use_two_successors(token, fresh):
    refresh(client_of(None), refresh(client_of(None), fresh).json()["refresh"])


def wait_longer(token, fresh):
    RefreshFamily.objects.update(rotated_at=timezone.now() - timedelta(seconds=601))


@all_cases("happens", [use_the_successor, use_two_successors, wait_longer])
def test_a_later_second_use_ends_its_sign_in_only(as_nobody, alice, token, happens):
    on_the_phone, fresh = tokens.issue_tokens(alice)["refresh"], refresh(as_nobody, token).json()["refresh"]
    happens(token, fresh)
    again = refresh(as_nobody, token)
    assert again.status_code == 401
    assert again.json() == {
        "detail": "This refresh token has been used or has ended. Sign in again.",
        "code": "token_not_valid",
    }
    assert again.headers["WWW-Authenticate"] == 'Bearer realm="api"'
    assert [str(family.pk) for family in RefreshFamily.objects.all()] == [RefreshToken(on_the_phone)["family"]]
    assert [event.kind for event in SecurityEvent.objects.all()] == ["tokens_reused"]
    assert refresh(as_nobody, on_the_phone).status_code == 200


def test_the_operator_may_allow_no_second_use(as_nobody, token, settings):
    settings.REFRESH_RETRY_SECONDS = 0
    assert [refresh(as_nobody, token).status_code for _ in range(2)] == [200, 401]


def test_a_second_use_keeps_the_times_of_the_sign_in_and_of_the_proof(alice, as_nobody):
    token = tokens.issue_tokens(alice, proved_at=1_700_000_000)["refresh"]
    pairs = [refresh(as_nobody, token).json() for _ in range(2)]
    assert [AccessToken(pair["access"])["proved_at"] for pair in pairs] == [1_700_000_000] * 2
    assert {AccessToken(pair["access"])["auth_time"] for pair in pairs} == {RefreshToken(token)["auth_time"]}


def test_a_token_of_an_ended_sign_in_does_not_end_others(as_alice, as_nobody, alice, token, monkeypatch):
    assert as_alice.post("/api/auth/logout/").status_code == 204
    fresh = tokens.issue_tokens(alice)["refresh"]
    let_time_pass(monkeypatch, seconds=31)
    assert refresh(as_nobody, token).status_code == 401
    assert refresh(as_nobody, fresh).status_code == 200


def test_refuses_a_deactivated_user(as_nobody, alice, token):
    User.objects.filter(pk=alice.pk).update(is_active=False)
    response = refresh(as_nobody, token)
    assert (response.status_code, response.json()["code"]) == (401, "user_inactive")


def test_refuses_a_worker_of_a_closed_account(as_nobody, alice, bob):
    token = tokens.issue_tokens(bob)["refresh"]
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert refresh(as_nobody, token).status_code == 401
    User.objects.filter(pk=alice.pk).update(is_active=True)
    assert refresh(as_nobody, token).status_code == 200


def test_a_changed_password_ends_refresh_tokens(as_nobody, alice, token):
    password_services.change_password(
        by=Caller(alice), user=alice, old_password=PASSWORD, new_password="another-horse-8"
    )
    response = refresh(as_nobody, token)
    assert response.status_code == 401
    assert response.json()["code"] == "token_revoked"


def test_refuses_a_token_of_an_unknown_user(as_nobody, alice):
    token = RefreshToken.for_user(alice)
    token["user_id"] = "999999999"
    response = refresh(as_nobody, str(token))
    assert (response.status_code, response.json()["code"]) == (401, "user_not_found")


@all_cases("junk", ["x", "a.b.c", "Bearer x", "ключ", "x" * 4096])
def test_junk_is_a_401(as_nobody, junk):
    response = refresh(as_nobody, junk)
    assert response.status_code == 401
    assert response.json()["code"] == "token_not_valid"


@all_cases("junk", [None, "", [], {}, True, "x" * 4097])
def test_a_value_that_is_not_a_text_is_a_400(as_nobody, junk):
    response = refresh(as_nobody, junk)
    assert response.status_code == 400
    assert list(response.json()) == ["refresh"]


def test_ignores_a_bad_authorization_header(token):
    client = client_of(None)
    client.credentials(HTTP_AUTHORIZATION="Bearer expired")
    assert refresh(client, token).status_code == 200


# --- The table ------------------------------------------------------------------------------------------


def test_runs_two_statements_and_adds_no_row(as_nobody, token, django_assert_num_queries):
    for statements in (2, 3):  # a retry compares the previous token, too
        with django_assert_num_queries(statements):
            assert refresh(as_nobody, token).status_code == 200
    assert RefreshFamily.objects.count() == 1


def test_a_sign_in_deletes_the_users_expired_ones(alice, charlie):
    for user in (alice, charlie):
        tokens.issue_tokens(user)
    for family in RefreshFamily.objects.all():
        family.expires_at -= timedelta(days=15)
        family.save()
    tokens.issue_tokens(alice)
    assert [family.user for family in RefreshFamily.objects.order_by("expires_at")] == [charlie, alice]


def test_a_refresh_extends_its_sign_in(as_nobody, token):
    RefreshFamily.objects.update(expires_at=timezone.now())
    fresh = refresh(as_nobody, token).json()["refresh"]
    assert RefreshFamily.objects.get().expires_at.timestamp() == RefreshToken(fresh)["exp"]


def test_the_database_contains_no_token(as_nobody, token):
    pair = refresh(as_nobody, token).json()
    row = str(RefreshFamily.objects.values().get())
    for text in (token, *pair.values()):
        assert text.split(".")[2] not in row
