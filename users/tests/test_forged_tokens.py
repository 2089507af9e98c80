"""Tokens that are not what they seem: at all three doors nothing opens, and nothing ends."""

import base64
import hashlib
import hmac
import json
import time

import jwt
import pytest
from django.conf import settings

from testing.cast import client_of
from users import tokens
from users.models import RefreshFamily

KEY = settings.SIMPLE_JWT["SIGNING_KEY"]


def signed(claims, key=KEY, algorithm="HS256"):
    return jwt.encode(claims, key, algorithm)


def signed_under_another_name(claims, algorithm):
    """A right signature under a header that names another algorithm, as in an attack by confusion of keys."""
    head, body = (encoded(json.dumps(part).encode()) for part in ({"alg": algorithm, "typ": "JWT"}, claims))
    signature = hmac.new(KEY.encode(), f"{head}.{body}".encode(), hashlib.sha256).digest()
    return f"{head}.{body}.{encoded(signature)}"


def encoded(text):
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def without(claims, name):
    return {key: value for key, value in claims.items() if key != name}


FORGERIES = {
    "without signature": lambda claims: signed(claims, None, "none"),
    "by another key": lambda claims: signed(claims, "x" * 64),
    "by the secret key": lambda claims: signed(claims, settings.SECRET_KEY.rjust(64)),
    "by another algorithm": lambda claims: signed(claims, algorithm="HS512"),
    "by RS256 with our key": lambda claims: signed_under_another_name(claims, "RS256"),
    "by ES256 with our key": lambda claims: signed_under_another_name(claims, "ES256"),
    "by a name in other letters": lambda claims: signed_under_another_name(claims, "hs256"),
    "expired": lambda claims: signed(claims | {"exp": int(time.time()) - 1}),
    "without expiry": lambda claims: signed(without(claims, "exp")),
    "of another issuer": lambda claims: signed(claims | {"iss": "somebody-else"}),
    "of no issuer": lambda claims: signed(without(claims, "iss")),
    "of another type": lambda claims: signed(claims | {"token_type": "sliding"}),
    "of no type": lambda claims: signed(without(claims, "token_type")),
    "without id": lambda claims: signed(without(claims, "jti")),
}
REVOKED = {
    "of an older version": lambda claims: signed(claims | {"version": -1}),
    "of a newer version": lambda claims: signed(claims | {"version": 1}),
    "without version": lambda claims: signed(without(claims, "version")),
    "of a user that joined at another time": lambda claims: signed(claims | {"joined": claims["joined"] - 60}),
    "from before its user was there": lambda claims: signed(without(claims, "joined") | {"iat": claims["iat"] - 60}),
    "without any time": lambda claims: signed(without(without(claims, "joined"), "iat")),
}


def forged(forgery, token):
    return forgery(jwt.decode(token, options={"verify_signature": False}))


def opens(access):
    return client_of(None).get("/api/", headers={"Authorization": f"Bearer {access}"}).status_code


def refresh(token):
    return client_of(None).post("/api/auth/refresh/", {"refresh": token}).status_code


@pytest.fixture
def pair(alice):
    return tokens.issue(alice)


@pytest.mark.parametrize("forgery", [*FORGERIES, *REVOKED])
def test_refuses_a_forged_access_token(pair, forgery):
    assert opens(forged((FORGERIES | REVOKED)[forgery], pair["access"])) == 401


@pytest.mark.parametrize("forgery", [*FORGERIES, *REVOKED])
def test_refuses_a_forged_refresh_token_and_keeps_the_real_one_valid(pair, forgery):
    assert refresh(forged((FORGERIES | REVOKED)[forgery], pair["refresh"])) == 401
    assert refresh(pair["refresh"]) == 200


@pytest.mark.parametrize("forgery", FORGERIES)
def test_refuses_to_sign_out_by_a_forged_refresh_token(as_alice, pair, forgery):
    answer = as_alice.post("/api/auth/logout/", {"refresh": forged(FORGERIES[forgery], pair["refresh"])})
    assert (answer.status_code, list(answer.json())) == (400, ["refresh"])
    assert refresh(pair["refresh"]) == 200


def test_accepts_the_same_claims_signed_with_the_right_key(pair):
    """Negative control: the same claims under our key are good."""
    assert opens(forged(signed, pair["access"])) == 200
    assert refresh(forged(signed, pair["refresh"])) == 200


@pytest.mark.parametrize("part", [0, 1, 2])
def test_refuses_a_token_combined_from_parts_of_two(pair, charlie, part):
    mixed = {}
    for kind, other in tokens.issue(charlie).items():
        parts = pair[kind].split(".")
        parts[part] = other.split(".")[part][:-4] + "AAAA" if part == 0 else other.split(".")[part]
        mixed[kind] = ".".join(parts)
    assert (opens(mixed["access"]), refresh(mixed["refresh"])) == (401, 401)


def test_refuses_an_access_token_as_refresh_token_and_the_reverse(pair):
    assert (opens(pair["refresh"]), refresh(pair["access"])) == (401, 401)


def test_another_users_refresh_token_stays_that_users(as_charlie, charlie, pair, alice):
    """Not to sign her out, not to refresh as oneself: it is Alice's, whoever sends it."""
    assert as_charlie.post("/api/auth/logout/", {"refresh": pair["refresh"]}).status_code == 400
    fresh = as_charlie.post("/api/auth/refresh/", {"refresh": pair["refresh"]}).json()
    assert as_charlie.get("/api/users/me/").json()["id"] == charlie.pk
    me = client_of(None).get("/api/users/me/", headers={"Authorization": f"Bearer {fresh['access']}"})
    assert me.json()["id"] == alice.pk
    assert as_charlie.post("/api/auth/logout/", {"refresh": fresh["refresh"]}).status_code == 400
    assert RefreshFamily.objects.filter(user=alice).count() == 1


def test_a_token_can_not_end_a_family_of_another_user(charlie, pair):
    """Even under our key: a token that names a family and a user that don't belong together ends and spends nothing."""
    mixed = forged(lambda claims: signed(claims | {"user_id": str(charlie.pk)}), pair["refresh"])
    assert client_of(charlie).post("/api/auth/logout/", {"refresh": mixed}).status_code == 204
    assert refresh(mixed) == 401
    assert refresh(pair["refresh"]) == 200
