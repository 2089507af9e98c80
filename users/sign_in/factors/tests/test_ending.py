"""What ends by second factors, and what ends them: sessions, removals, and the support desk."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client

from testing.cast.factors import (
    LOGIN,
    add_app,
    add_passkey,
    answer_challenge,
    begin_app,
    begin_sign_in,
    fresh,
    show_code,
    sign_in,
)
from testing.cast.people import PASSWORD, client_of, make_tokens
from testing.reading.browser import begin_session
from testing.tables import all_cases
from users.access.permissions import Caller
from users.models import Factor, FactorKind, SecurityEvent
from users.sign_in import tokens
from users.sign_in.factors import services

pytestmark = pytest.mark.django_db
FACTORS = "/api/users/me/factors/"


def events_of(user):
    return [event.kind for event in SecurityEvent.objects.filter(user=user).order_by("pk")]


# --- Sessions and refresh tokens ------------------------------------------------------------------------------


def test_sessions_and_refresh_tokens_from_before_the_first_factor_end(alice):
    earlier, own = Client(), Client()
    begin_session(earlier, alice)
    begin_session(own, alice)
    pair = tokens.issue_tokens(alice)
    begin_app(alice)
    factor = Factor.objects.get()
    body, accept = {"code": show_code(alice)}, {"Accept": "application/json"}
    address = f"{FACTORS}totp/{factor.pk}/confirm/"
    assert own.post(address, body, content_type="application/json", headers=accept).status_code == 200
    assert own.get("/api/users/me/", headers=accept).status_code == 200
    assert earlier.get("/api/users/me/", headers=accept).status_code == 401
    answer = client_of(None).post("/api/auth/refresh/", {"refresh": pair["refresh"]})
    assert (answer.status_code, answer.json()["code"]) == (401, "token_not_valid")


def test_another_factor_ends_no_session_and_no_refresh_token(alice):
    add_app(alice)
    session, pair = Client(), make_tokens(alice)
    begin_session(session, alice)
    add_passkey(alice)
    assert session.get("/api/users/me/").status_code == 200
    assert client_of(None).post("/api/auth/refresh/", {"refresh": pair["refresh"]}).status_code == 200


def test_a_refresh_token_with_a_proof_of_former_factors_ends(alice):
    add_app(alice)
    pair = make_tokens(alice)
    services.remove_all_factors(by=Caller(alice), user=alice)
    add_passkey(alice)
    assert client_of(None).post("/api/auth/refresh/", {"refresh": pair["refresh"]}).status_code == 401


def test_a_new_password_gives_tokens_with_the_same_proof(alice):
    add_app(alice)
    body = {"old_password": PASSWORD, "new_password": "coffee-at-noon-7"}
    pair = client_of(alice).post("/api/auth/password/", body).json()
    assert client_of(None).post("/api/auth/refresh/", {"refresh": pair["refresh"]}).status_code == 200


# --- Removing -------------------------------------------------------------------------------------------------


@pytest.mark.quick
def test_recovery_codes_end_with_the_last_other_factor(alice):
    add_app(alice)
    app, _recovery = client_of(alice).get(FACTORS).json()["results"]
    assert client_of(alice).delete(f"{FACTORS}{app['id']}/").status_code == 204
    assert (Factor.objects.count(), fresh(alice).second_factor_since) == (0, None)
    assert begin_sign_in(alice).keys() == {"access", "refresh", "token", "user"}


def test_recovery_codes_are_removed_alone(alice):
    add_app(alice)
    _app, recovery = client_of(alice).get(FACTORS).json()["results"]
    assert client_of(alice).delete(f"{FACTORS}{recovery['id']}/").status_code == 204
    assert begin_sign_in(alice)["kinds"] == ["totp"]


def test_an_app_that_waits_is_no_factor(as_alice, alice):
    assert as_alice.delete(f"{FACTORS}{begin_app(alice).pk}/").status_code == 404


@pytest.mark.quick
def test_an_owner_removes_the_factors_of_its_workers(as_alice, alice, bob):
    add_app(bob)
    assert as_alice.delete(f"/api/users/{bob.pk}/factors/").status_code == 204
    assert (Factor.objects.filter(user=bob).count(), fresh(bob).second_factor_since) == (0, None)
    [event] = SecurityEvent.objects.filter(user=bob, kind="factor_removed")
    assert event.actor == alice


def test_the_sign_ins_of_a_lost_phone_end_with_the_factors_that_others_remove(as_alice, bob):
    add_app(bob)
    refresh = sign_in(bob, code=show_code(bob)).json()["refresh"]
    as_alice.delete(f"/api/users/{bob.pk}/factors/")
    assert client_of(None).post("/api/auth/refresh/", {"refresh": refresh}).status_code == 401


@pytest.mark.quick
def test_nobody_else_removes_the_factors_of_a_user(as_charlie, alice, bob):
    add_app(bob)
    add_app(alice)
    as_alice, as_bob = client_of(alice), client_of(bob)
    for client, user, status in (
        (as_charlie, bob, 404),
        (as_alice, alice, 404),
        (as_bob, alice, 403),
        (as_bob, bob, 403),
    ):
        assert client.delete(f"/api/users/{user.pk}/factors/").status_code == status
    assert Factor.objects.count() == 4


def test_nobody_sees_or_removes_the_factors_of_others_one_by_one(as_charlie, alice):
    add_passkey(alice)
    factor = Factor.objects.get(kind=FactorKind.PASSKEY)
    assert as_charlie.get(FACTORS).json()["results"] == []
    assert as_charlie.delete(f"{FACTORS}{factor.pk}/").status_code == 404


# --- A removal by the support desk ----------------------------------------------------------------------------


def pass_hours(hours):
    Factor.objects.update(ends_at=F("ends_at") - timedelta(hours=hours))


def test_the_desk_lets_factors_end_after_a_day(alice):
    add_app(alice)
    assert services.let_factors_end(by=Caller(), user=alice)
    pass_hours(23)
    assert begin_sign_in(alice)["code"] == "second_factor_required"
    pass_hours(2)
    assert "access" in begin_sign_in(alice)
    assert (Factor.objects.count(), fresh(alice).second_factor_since) == (0, None)
    assert events_of(alice)[-1] == "factor_removed"


@pytest.mark.quick
@all_cases("kind", ["totp", "recovery", "passkey"])
def test_a_use_within_the_day_keeps_the_factors(alice, kind):
    recovery = add_app(alice)
    add_passkey(alice)
    services.let_factors_end(by=Caller(), user=alice)
    proof = {
        "totp": {"code": show_code(alice)}, "recovery": {"code": recovery[0]},
        "passkey": {"credential": answer_challenge(alice)},
    }[kind]  # fmt: skip
    assert client_of(alice).post("/api/auth/proof/", proof, "json").status_code == 200
    pass_hours(25)
    assert begin_sign_in(alice)["code"] == "second_factor_required"


def test_a_wrong_code_does_not_keep_the_factors(alice):
    add_app(alice)
    services.let_factors_end(by=Caller(), user=alice)
    assert sign_in(alice, code=show_code(alice, 20)).status_code == 401
    pass_hours(25)
    assert "access" in begin_sign_in(alice)


def test_a_second_request_of_the_desk_does_not_begin_the_day_again(alice):
    add_app(alice)
    services.let_factors_end(by=Caller(), user=alice)
    pass_hours(20)
    assert not services.let_factors_end(by=Caller(), user=alice)
    pass_hours(5)
    assert "access" in begin_sign_in(alice)


def test_a_due_removal_waits_for_the_right_password(alice):
    add_app(alice)
    services.let_factors_end(by=Caller(), user=alice)
    pass_hours(25)
    assert client_of(None).post(LOGIN, {"username": "alice", "password": "wrong-horse-7"}).status_code == 401
    assert Factor.objects.count() == 2
