"""Forged tokens are refused as access tokens, by refresh and by sign-out, and do not end a real token."""

import base64
import hashlib
import hmac
import json
import time

import jwt
import pytest
from django.conf import settings

from testing.cast.people import client_of
from testing.tables import all_cases
from users.models import RefreshFamily
from users.sign_in import tokens

KEY = settings.SIMPLE_JWT["SIGNING_KEY"]


def sign(claims, key=KEY, algorithm="HS256"):
    return jwt.encode(claims, key, algorithm)


def sign_with_header(claims, algorithm):
    """Return a token with a valid signature and a header that names another algorithm: a key confusion attack."""
    head, body = (encode_part(json.dumps(part).encode()) for part in ({"alg": algorithm, "typ": "JWT"}, claims))
    signature = hmac.new(KEY.encode(), f"{head}.{body}".encode(), hashlib.sha256).digest()
    return f"{head}.{body}.{encode_part(signature)}"


def encode_part(text):
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def without(claims, name):
    return {key: value for key, value in claims.items() if key != name}


FORGERIES = {
    "without signature": lambda claims: sign(claims, None, "none"),
    "by another key": lambda claims: sign(claims, "x" * 64),
    "by the secret key": lambda claims: sign(claims, settings.SECRET_KEY.rjust(64)),
    "by another algorithm": lambda claims: sign(claims, algorithm="HS512"),
    "with RS256 in the header": lambda claims: sign_with_header(claims, "RS256"),
    "with ES256 in the header": lambda claims: sign_with_header(claims, "ES256"),
    "by an algorithm in lower case": lambda claims: sign_with_header(claims, "hs256"),
    "expired": lambda claims: sign(claims | {"exp": int(time.time()) - 1}),
    "without expiry": lambda claims: sign(without(claims, "exp")),
    "of another issuer": lambda claims: sign(claims | {"iss": "somebody-else"}),
    "of no issuer": lambda claims: sign(without(claims, "iss")),
    "of another type": lambda claims: sign(claims | {"token_type": "sliding"}),
    "of no type": lambda claims: sign(without(claims, "token_type")),
    "without id": lambda claims: sign(without(claims, "jti")),
}
REVOKED = {
    "of an older version": lambda claims: sign(claims | {"version": -1}),
    "of a newer version": lambda claims: sign(claims | {"version": 1}),
    "without version": lambda claims: sign(without(claims, "version")),
    "of a user that joined at another time": lambda claims: sign(claims | {"joined": claims["joined"] - 60}),
    "without the time at which its user joined": lambda claims: sign(without(claims, "joined")),
}


def forge(forgery, token):
    return forgery(jwt.decode(token, options={"verify_signature": False}))


def get_status(access):
    return client_of(None).get("/api/", headers={"Authorization": f"Bearer {access}"}).status_code


def refresh(token):
    return client_of(None).post("/api/auth/refresh/", {"refresh": token}).status_code


@pytest.fixture
def pair(alice):
    return tokens.issue_tokens(alice)


@all_cases("forgery", [*FORGERIES, *REVOKED])
def test_refuses_a_forged_access_token(pair, forgery):
    assert get_status(forge((FORGERIES | REVOKED)[forgery], pair["access"])) == 401


@all_cases("forgery", [*FORGERIES, *REVOKED])
def test_refuses_a_forged_refresh_token_and_keeps_the_real_one_valid(pair, forgery):
    assert refresh(forge((FORGERIES | REVOKED)[forgery], pair["refresh"])) == 401
    assert refresh(pair["refresh"]) == 200


@all_cases("forgery", FORGERIES)
def test_refuses_to_sign_out_by_a_forged_refresh_token(as_alice, pair, forgery):
    response = as_alice.post("/api/auth/logout/", {"refresh": forge(FORGERIES[forgery], pair["refresh"])})
    assert (response.status_code, list(response.json())) == (400, ["refresh"])
    assert refresh(pair["refresh"]) == 200


def test_accepts_the_same_claims_signed_with_the_right_key(pair):
    """This is the negative control: the tests above fail only because of the forgery."""
    assert get_status(forge(sign, pair["access"])) == 200
    assert refresh(forge(sign, pair["refresh"])) == 200


@all_cases("part", [0, 1, 2])
def test_refuses_a_token_combined_from_parts_of_two(pair, charlie, part):
    mixed = {}
    for kind, other in tokens.issue_tokens(charlie).items():
        parts = pair[kind].split(".")
        parts[part] = other.split(".")[part][:-4] + "AAAA" if part == 0 else other.split(".")[part]
        mixed[kind] = ".".join(parts)
    assert (get_status(mixed["access"]), refresh(mixed["refresh"])) == (401, 401)


def test_refuses_an_access_token_as_refresh_token_and_the_reverse(pair):
    assert (get_status(pair["refresh"]), refresh(pair["access"])) == (401, 401)


def test_another_users_refresh_token_stays_that_users(as_charlie, charlie, pair, alice):
    """Charlie can neither sign Alice out by her token nor get another user than Alice by a refresh."""
    assert as_charlie.post("/api/auth/logout/", {"refresh": pair["refresh"]}).status_code == 400
    fresh = as_charlie.post("/api/auth/refresh/", {"refresh": pair["refresh"]}).json()
    assert as_charlie.get("/api/users/me/").json()["id"] == charlie.pk
    me = client_of(None).get("/api/users/me/", headers={"Authorization": f"Bearer {fresh['access']}"})
    assert me.json()["id"] == alice.pk
    assert as_charlie.post("/api/auth/logout/", {"refresh": fresh["refresh"]}).status_code == 400
    assert RefreshFamily.objects.filter(user=alice).count() == 1


def test_a_token_can_not_end_a_family_of_another_user(charlie, pair):
    """This holds even with a valid signature: the family in the token must belong to the user in the token."""
    mixed = forge(lambda claims: sign(claims | {"user_id": str(charlie.pk)}), pair["refresh"])
    assert client_of(charlie).post("/api/auth/logout/", {"refresh": mixed}).status_code == 204
    assert refresh(mixed) == 401
    assert refresh(pair["refresh"]) == 200
