"""Every way to sign in, every kind of user and every kind of proof: no session and no token without a proof."""

import base64
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from testing.cast.authenticator import authenticator_of
from testing.cast.factors import add_app, add_passkey, answer_challenge, find_secret, show_code
from testing.cast.people import PASSWORD, make_user
from testing.tables import all_cases, each_value
from users.models import Challenge, Purpose, SecurityEvent, User
from users.sign_in import password_services, tokens
from users.sign_in.factors.passkeys import issue_challenge
from users.sign_in.factors.tests.visitor import PASSKEY_WAYS, Visitor, send_passkey

pytestmark = pytest.mark.django_db
TYPED = re.compile(r'name="challenge" value="([^"]+)"')
WRONG_RECOVERY_CODE = "AAAA-AAAA-AAAA-AAAA"
PROOFS = ("right", "wrong", "missing", "replayed", "other's", "expired")
# Returns a code or a credential for the user and the challenge.
Answer = Callable[[User, str], dict[str, Any]]


# --- Signing in by two steps ----------------------------------------------------------------------------------


def enter_by_api(visitor: Visitor, user: User, password: str, answer: Answer | None, *, address: str) -> None:
    first = visitor.post(address, {"username": user.username, "password": password}, content_type="application/json")
    challenge = first.json().get("challenge")
    if challenge and answer:
        visitor.post(address, {"challenge": challenge, **answer(user, challenge)}, content_type="application/json")


def enter_by_page(visitor: Visitor, user: User, password: str, answer: Answer | None, *, address: str) -> None:
    first = visitor.post(address, {"username": user.username, "password": password})
    shown = TYPED.search(first.text)
    if shown and answer:
        sent = answer(user, shown[1])
        if "credential" in sent:
            sent = {"credential": json.dumps(sent["credential"])}
        visitor.post("/accounts/second-step/", {"challenge": shown[1], **sent})


WAYS: dict[str, Any] = {
    "/api/auth/login/": enter_by_api, "/api/login/": enter_by_api, "/api-auth/login/": enter_by_page,
    "/admin/login/": enter_by_page,
}  # fmt: skip


def answer_by_code(user: User, challenge: str) -> dict[str, Any]:
    return {"code": show_code(user)}


def answer_by_passkey(user: User, challenge: str) -> dict[str, Any]:
    return {"credential": authenticator_of(user).answer(challenge)}


def make_person(kind: str, name: str) -> tuple[User, Answer]:
    """Return a user of this kind, who is also staff so that the desk may admit it, and its right answer."""
    user = make_user(name)
    User.objects.filter(pk=user.pk).update(is_staff=True)
    user.refresh_from_db()
    if kind == "passkey":
        add_passkey(user)
        return user, answer_by_passkey
    recovery_codes = add_app(user)
    if kind == "recovery":
        return user, lambda *_: {"code": recovery_codes[0]}
    return user, answer_by_code


def try_proof(way: str, kind: str, proof: str) -> bool:
    """Return whether this proof gets a user of this kind in."""
    user, right = make_person(kind, f"user-{kind}")
    stranger, strangers_answer = make_person(kind, "stranger")
    enter = WAYS[way]

    def replay(user: User, challenge: str) -> dict[str, Any]:
        former = issue_challenge(Purpose.SECOND_STEP, user)
        sent = right(user, former)
        used = Visitor()
        used.post("/api/login/", {"challenge": former, **sent}, content_type="application/json")
        assert used.is_in
        return sent

    def expire(user: User, challenge: str) -> dict[str, Any]:
        Challenge.objects.update(expires_at=Now())
        return right(user, challenge)

    wrong: dict[str, Answer] = {
        "totp": lambda user, _: {"code": show_code(user, steps=20)},
        "staff": lambda user, _: {"code": show_code(user, steps=20)},
        "recovery": lambda *_: {"code": WRONG_RECOVERY_CODE},
        "passkey": lambda user, text: {"credential": authenticator_of(user).answer(text, breaks_signature=True)},
    }
    answers: dict[str, Answer | None] = {
        "right": right, "wrong": wrong[kind], "missing": None, "replayed": replay, "expired": expire,
        "other's": lambda _user, challenge: strangers_answer(stranger, challenge),
    }  # fmt: skip
    visitor = Visitor()
    enter(visitor, user, PASSWORD, answers[proof], address=way)
    return visitor.is_in


@each_value(("way", "kind"), WAYS, ["totp", "passkey", "recovery", "staff"])
def test_a_user_with_a_factor_gets_in_by_the_right_proof_alone(settings, way, kind):
    settings.STAFF_SECOND_FACTOR = kind == "staff"
    got_in = set()
    for proof in PROOFS:
        with transaction.atomic():
            got_in |= {proof} if try_proof(way, kind, proof) else set()
            transaction.set_rollback(True)
    assert got_in == {"right"}


@all_cases("way", WAYS)
@all_cases("is_required", [False, True])
def test_a_user_without_a_factor_gets_in_by_the_right_password_alone(way, is_required):
    user = make_user("erin")
    required_at = timezone.now() if is_required else None
    User.objects.filter(pk=user.pk).update(is_staff=True, second_factor_required_at=required_at)
    got_in = set()
    for password in (PASSWORD, "wrong-horse-7", "", " "):
        visitor = Visitor()
        WAYS[way](visitor, user, password, None, address=way)
        got_in |= {password} if visitor.is_in else set()
    assert got_in == {PASSWORD}


def test_a_challenge_without_an_answer_opens_nothing(alice):
    add_app(alice)
    for empty in (
        {},
        {"code": ""},
        {"code": None},
        {"credential": None},
        {"credential": {}},
        {"code": [show_code(alice)]},
    ):
        visitor, challenge = Visitor(), issue_challenge(Purpose.SECOND_STEP, alice)
        visitor.post("/api/login/", {"challenge": challenge, **empty}, content_type="application/json")
        visitor.post("/api/login/", {"challenge": challenge, "password": PASSWORD}, content_type="application/json")
        assert not visitor.is_in


def test_a_challenge_of_another_purpose_or_user_opens_nothing(alice, charlie):
    add_app(alice)
    add_passkey(charlie)
    for challenge in (
        issue_challenge(Purpose.PASSKEY), issue_challenge(Purpose.NEW_PASSKEY, alice),
        issue_challenge(Purpose.SECOND_STEP, charlie), "", "x" * 43,
    ):  # fmt: skip
        visitor = Visitor()
        body = {"challenge": challenge, "code": show_code(alice)}
        visitor.post("/api/login/", body, content_type="application/json")
        assert not visitor.is_in


# --- Signing in by one step -----------------------------------------------------------------------------------


@pytest.mark.quick
def test_a_mailed_link_sets_the_password_and_signs_nobody_in(alice):
    add_app(alice)
    body = {
        "uid": password_services.encode_uid(alice),
        "token": password_services.RESET.make_token(alice),
        "new_password": "coffee-at-noon-7",
    }
    visitor = Visitor()
    answer = visitor.post("/api/auth/password/reset/confirm/", body, content_type="application/json")
    assert (answer.status_code, visitor.is_in) == (204, False)
    alice.refresh_from_db()
    address = (
        f"/accounts/password/reset/{password_services.encode_uid(alice)}/{password_services.RESET.make_token(alice)}/"
    )
    form = visitor.client.get(address).headers["Location"]
    answer = visitor.post(form, {"new_password": PASSWORD, "again": PASSWORD})
    assert (answer.status_code, visitor.is_in) == (302, False)


@pytest.mark.quick
def test_a_refresh_token_from_before_the_first_factor_ends(alice):
    pair = tokens.issue_tokens(alice)
    add_app(alice)
    visitor = Visitor()
    answer = visitor.post("/api/auth/refresh/", {"refresh": pair["refresh"]}, content_type="application/json")
    assert (answer.status_code, visitor.is_in) == (401, False)


def test_no_service_issues_tokens_without_a_proof(alice):
    add_app(alice)
    since = alice.second_factor_since.timestamp()
    for proved_at in (None, 0.0, since - 1):
        for issue in (tokens.issue_tokens, tokens.issue_access_token):
            with pytest.raises(Exception, match="second factor"):
                issue(alice, proved_at)
    assert tokens.issue_tokens(alice, since + 1)


# --- The limits and the log, which all ways share -------------------------------------------------------------
def test_wrong_codes_lock_every_door_even_for_the_right_proof(settings, alice):
    settings.LOGIN_TRIES_PER_USER = 3
    add_app(alice)
    add_passkey(alice)
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    challenge = issue_challenge(Purpose.SECOND_STEP, alice)
    for _ in range(3):
        Visitor().post("/api/login/", {"challenge": challenge, "code": WRONG_RECOVERY_CODE})
    for way, enter in WAYS.items():
        visitor = Visitor()
        enter(visitor, alice, PASSWORD, answer_by_passkey, address=way)
        assert not visitor.is_in
    for proof in ({"code": show_code(alice)}, answer_by_passkey(alice, challenge)):
        visitor = Visitor()
        visitor.post("/api/login/", {"challenge": challenge, **proof}, content_type="application/json")
        assert not visitor.is_in
    assert not any(send_passkey(way, answer_challenge(alice)) for way in PASSKEY_WAYS)
    assert [event.kind for event in SecurityEvent.objects.filter(user=alice)].count("sign_in_locked") == 1


def test_no_line_of_the_log_has_a_code_a_challenge_or_a_secret(alice, caplog):
    with caplog.at_level("DEBUG"):
        recovery_code = add_app(alice)[0]
        code, challenge = show_code(alice), issue_challenge(Purpose.SECOND_STEP, alice)
        for typed in (show_code(alice, 20), recovery_code, code):
            Visitor().post("/api/login/", {"challenge": challenge, "code": typed}, content_type="application/json")
            Visitor().post("/accounts/second-step/", {"challenge": challenge, "code": typed})
    lines = "".join(
        f"{record.getMessage()} {record.__dict__}" for record in caplog.records if record.name != "django.db"
    )
    assert "request" in lines
    secret = base64.b32encode(find_secret(alice)).decode()
    for text in (code, challenge, recovery_code, recovery_code.replace("-", ""), secret):
        assert text not in lines
