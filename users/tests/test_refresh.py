"""Refreshing: every refresh token is spent once, and only while its user may sign in."""

from datetime import timedelta

import jwt
import pytest
from django.conf import settings
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from conftest import PASSWORD, client_of
from users import services, tokens
from users.models import User


def refresh(client, token, address="/api/auth/refresh/"):
    return client.post(address, {"refresh": token})


@pytest.fixture
def token(alice):
    return tokens.issue(alice)["refresh"]


@pytest.mark.parametrize("address", ["/api/auth/refresh/", "/api/token/refresh/"])
def test_a_refresh_token_is_traded_for_a_new_pair(as_nobody, token, address):
    answer = refresh(as_nobody, token, address)
    assert answer.status_code == 200
    pair = answer.json()
    assert set(pair) == {"access", "refresh", "token"}
    assert pair["token"] == pair["access"]
    assert pair["refresh"] != token
    as_nobody.credentials(HTTP_AUTHORIZATION=f"Bearer {pair['access']}")
    assert as_nobody.get("/api/").status_code == 200


def test_tokens_live_as_long_as_the_settings_say(as_nobody, token):
    pair = refresh(as_nobody, token).json()
    access, fresh = AccessToken(pair["access"]), RefreshToken(pair["refresh"])
    assert access["exp"] - access["iat"] == settings.ACCESS_TOKEN_MINUTES * 60
    assert fresh["exp"] - fresh["iat"] == settings.REFRESH_TOKEN_DAYS * 24 * 3600


def test_a_second_use_within_the_grace_is_only_refused(as_nobody, token):
    fresh = refresh(as_nobody, token).json()["refresh"]
    again = refresh(as_nobody, token)
    assert again.status_code == 401
    assert again.json() == {
        "detail": "This refresh token has been used or ended already: sign in again.",
        "code": "token_not_valid",
    }
    assert again.headers["WWW-Authenticate"] == 'Bearer realm="api"'
    assert refresh(as_nobody, fresh).status_code == 200


def test_a_later_second_use_ends_all_refresh_tokens_of_the_user_and_nobody_elses(as_nobody, alice, charlie, token):
    fresh = refresh(as_nobody, token).json()["refresh"]
    on_the_phone, of_charlie = tokens.issue(alice)["refresh"], tokens.issue(charlie)["refresh"]
    BlacklistedToken.objects.update(blacklisted_at=timezone.now() - tokens.REUSE_GRACE - timedelta(seconds=1))
    assert refresh(as_nobody, token).status_code == 401
    assert refresh(as_nobody, fresh).status_code == 401
    assert refresh(as_nobody, on_the_phone).status_code == 401
    assert refresh(as_nobody, of_charlie).status_code == 200


def test_the_grace_ends_after_thirty_seconds(as_nobody, token):
    fresh = refresh(as_nobody, token).json()["refresh"]
    BlacklistedToken.objects.update(blacklisted_at=timezone.now() - timedelta(seconds=28))
    assert refresh(as_nobody, token).status_code == 401
    assert refresh(as_nobody, fresh).status_code == 200


def test_a_deactivated_user_does_not_refresh(as_nobody, alice, token):
    User.objects.filter(pk=alice.pk).update(is_active=False)
    answer = refresh(as_nobody, token)
    assert (answer.status_code, answer.json()["code"]) == (401, "no_active_account")


def test_a_worker_of_a_closed_account_does_not_refresh(as_nobody, alice, bob):
    token = tokens.issue(bob)["refresh"]
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert refresh(as_nobody, token).status_code == 401
    User.objects.filter(pk=alice.pk).update(is_active=True)
    assert refresh(as_nobody, token).status_code == 200


def test_a_deactivation_ends_refresh_tokens_for_good(as_nobody, alice, token):
    services.deactivate(alice)
    User.objects.filter(pk=alice.pk).update(is_active=True)
    assert refresh(as_nobody, token).status_code == 401
    assert refresh(as_nobody, tokens.issue(alice)["refresh"]).status_code == 200


def test_a_changed_password_ends_refresh_tokens(as_nobody, alice, token):
    services.change_password(alice, old_password=PASSWORD, new_password="another-horse-8")
    answer = refresh(as_nobody, token)
    assert answer.status_code == 401
    assert answer.json()["code"] == "password_changed"


def test_an_expired_token_is_refused(as_nobody, alice):
    old = RefreshToken.for_user(alice)
    old.set_exp(from_time=timezone.now() - timedelta(days=20))
    answer = refresh(as_nobody, str(old))
    assert answer.status_code == 401
    assert answer.json() == {"detail": "Token is expired", "code": "token_not_valid"}


@pytest.mark.parametrize("key", ["", settings.SECRET_KEY, "x" * 64])
@pytest.mark.parametrize("algorithm", ["HS256", "none"])
def test_a_forged_token_is_refused(as_nobody, token, key, algorithm):
    claims = jwt.decode(token, options={"verify_signature": False})
    forged = jwt.encode(claims, None if algorithm == "none" else key.rjust(64), algorithm)
    answer = refresh(as_nobody, forged)
    assert answer.status_code == 401
    assert answer.json() == {"detail": "Token is invalid", "code": "token_not_valid"}


def test_a_tampered_token_is_refused(as_nobody, charlie, token):
    head, _, signature = token.split(".")
    claims = tokens.issue(charlie)["refresh"].split(".")[1]
    assert refresh(as_nobody, f"{head}.{claims}.{signature}").status_code == 401


def test_an_access_token_is_no_refresh_token(as_nobody, alice):
    answer = refresh(as_nobody, tokens.issue(alice)["access"])
    assert answer.status_code == 401
    assert answer.json()["code"] == "token_not_valid"


def test_a_token_of_a_user_that_is_gone_is_refused(as_nobody, alice):
    token = RefreshToken.for_user(alice)
    token["user_id"] = "999999999"
    answer = refresh(as_nobody, str(token))
    assert (answer.status_code, answer.json()["code"]) == (401, "no_active_account")


@pytest.mark.parametrize("junk", ["x", "a.b.c", "Bearer x", "ключ", "x" * 4096])
def test_junk_is_a_401(as_nobody, junk):
    answer = refresh(as_nobody, junk)
    assert answer.status_code == 401
    assert answer.json()["code"] == "token_not_valid"


@pytest.mark.parametrize("junk", [None, "", [], {}, True, "x" * 4097])
def test_what_is_no_text_at_all_is_a_400(as_nobody, junk):
    answer = refresh(as_nobody, junk)
    assert answer.status_code == 400
    assert list(answer.json()) == ["refresh"]


def test_a_bad_header_does_not_matter_where_no_token_is_needed(token):
    client = client_of(None)
    client.credentials(HTTP_AUTHORIZATION="Bearer expired")
    assert refresh(client, token).status_code == 200
