"""Tokens between hosts whose clocks differ, and tokens of an earlier user of the same id."""

from datetime import timedelta

import jwt
from django.utils import timezone

from testing.cast.people import PASSWORD, client_of
from testing.tables import all_cases
from users.models import User
from users.sign_in import tokens
from users.sign_in.tests.test_forged_tokens import forge, get_status, refresh, sign


def shift_times(seconds):
    """Return a forgery, which is the same token issued `seconds` later."""
    return lambda claims: sign(claims | {name: claims[name] + seconds for name in ("iat", "exp")})


def set_joined(user, moment):
    User.objects.filter(pk=user.pk).update(date_joined=moment)
    user.refresh_from_db()


# --- Issued by a clock that is ahead ------------------------------------------------------------------------


@all_cases(("ahead", "status"), [(25, 200), (60, 401)])
def test_accepts_a_token_from_a_clock_up_to_thirty_seconds_ahead(alice, ahead, status):
    pair = tokens.issue_tokens(alice)
    assert get_status(forge(shift_times(ahead), pair["access"])) == status
    assert refresh(forge(shift_times(ahead), pair["refresh"])) == status


@all_cases("ago", [0, 1, 29])
def test_the_leeway_does_not_extend_the_expiry(alice, ago):
    pair = tokens.issue_tokens(alice)
    for name, read_status in [("access", get_status), ("refresh", refresh)]:
        claims = jwt.decode(pair[name], options={"verify_signature": False})
        past = int(timezone.now().timestamp()) - ago
        assert read_status(sign(claims | {"exp": past})) == 401


# --- A user with a future date of joining --------------------------------------------------------------------------


@all_cases("ahead", [timedelta(seconds=20), timedelta(hours=1)])
def test_a_user_with_a_future_date_of_joining_signs_in(alice, ahead):
    set_joined(alice, timezone.now() + ahead)
    pair = client_of(None).post("/api/login/", {"username": "alice", "password": PASSWORD}).json()
    assert get_status(pair["access"]) == 200
    assert refresh(pair["refresh"]) == 200


# --- Another user of the same id -----------------------------------------------------------------------------


@all_cases("apart", [timedelta(milliseconds=1), timedelta(seconds=-1), timedelta(days=1)])
def test_refuses_a_token_for_another_user_of_the_same_id(alice, apart):
    pair = tokens.issue_tokens(alice)
    set_joined(alice, alice.date_joined + apart)
    assert (get_status(pair["access"]), refresh(pair["refresh"])) == (401, 401)
    assert get_status(tokens.issue_tokens(alice)["access"]) == 200
