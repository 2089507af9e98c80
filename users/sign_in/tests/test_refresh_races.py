"""Concurrent refreshes and sign-outs: a token has one successor, and an ended sign-in returns no valid token."""

import itertools
import threading

import pytest
from django.db import transaction

from testing.cast.people import client_of, make_user
from testing.races import TIMEOUT_SECONDS, run_behind_lock, try_concurrently, wait_for_waiting
from users import services
from users.access.permissions import Caller
from users.models import RefreshFamily, SecurityEvent, User
from users.sign_in import tokens

pytestmark = [pytest.mark.django_db(transaction=True)]
REFRESHES = 10


def post(token):
    return client_of(None).post("/api/auth/refresh/", {"refresh": token})


def refresh(token):
    return post(token).status_code


def refresh_concurrently():
    """Return the refresh tokens that ten concurrent uses of one token return. A refused use returns None."""
    token = tokens.issue_tokens(make_user("erin"))["refresh"]
    responses = try_concurrently(*[lambda: post(token)] * REFRESHES)
    return {response.json().get("refresh") for response in responses}


def test_ten_concurrent_refreshes_of_a_token_get_the_same_successor():
    (successor,) = refresh_concurrently()
    assert refresh(successor) == 200


def test_each_gets_another_if_the_token_is_read_before_it_is_replaced(monkeypatch):
    """This is the negative control."""
    all_have_read = threading.Barrier(REFRESHES)

    def select_then_update(token, family, successor):
        fresh = family.filter(current=token["jti"]).exists()
        all_have_read.wait(TIMEOUT_SECONDS)
        family.update(current=successor["jti"])
        return fresh

    monkeypatch.setattr(tokens, "spend_token", select_then_update)
    assert len(refresh_concurrently()) == REFRESHES


@pytest.mark.quick
def test_records_one_event_for_concurrent_reuses_of_a_token():
    token = tokens.issue_tokens(make_user("erin"))["refresh"]
    assert refresh(token) == 200
    RefreshFamily.objects.update(rotated_at="2026-01-01T00:00Z")
    assert try_concurrently(*[lambda: refresh(token)] * REFRESHES) == [401] * REFRESHES
    assert [event.kind for event in SecurityEvent.objects.all()] == ["tokens_reused"]


def test_some_get_another_if_the_condition_is_on_a_joined_row(monkeypatch):
    """The ORM writes a subquery, which PostgreSQL does not check again after a lock wait.

    This is the negative control.
    """

    all_are_ready, calls = threading.Barrier(REFRESHES), itertools.count()

    def update_with_join(token, family, successor):
        all_are_ready.wait(TIMEOUT_SECONDS)
        with transaction.atomic():
            spent = family.filter(current=token["jti"], user__is_active=True).update(current=successor["jti"])
            if next(calls) == 0:
                wait_for_waiting(REFRESHES - 1)
        return spent == 1

    monkeypatch.setattr(tokens, "spend_token", update_with_join)
    assert len(refresh_concurrently() - {None}) > 1


def does_new_token_survive(monkeypatch, end, spend=tokens.spend_token):
    """Return whether the token of a refresh works if `end` runs between the refresh's SELECT and UPDATE."""
    erin = make_user("erin")
    token, has_read, has_ended = tokens.issue_tokens(erin)["refresh"], threading.Event(), threading.Event()

    def spend_after_end(*args):
        has_read.set()
        has_ended.wait(TIMEOUT_SECONDS)
        return spend(*args)

    def end_meanwhile():
        has_read.wait(TIMEOUT_SECONDS)
        end(erin)
        has_ended.set()

    with monkeypatch.context() as patch:
        patch.setattr(tokens, "spend_token", spend_after_end)
        response, _ = try_concurrently(
            lambda: client_of(None).post("/api/auth/refresh/", {"refresh": token}), end_meanwhile
        )
    User.objects.update(is_active=True)
    return response.status_code == 200 and refresh(response.json()["refresh"]) == 200


def deactivate(user):
    services.deactivate(by=Caller(), user=user)


def close_and_reopen(user):
    deactivate(user)
    services.change_user(by=Caller(), user=user, is_active=True)


@pytest.mark.parametrize("end", [tokens.end_all_sign_ins, deactivate, close_and_reopen])
def test_ending_tokens_also_ends_one_that_is_being_issued(monkeypatch, end):
    assert not does_new_token_survive(monkeypatch, end)


def test_the_new_token_survives_if_the_refresh_recreates_its_family(monkeypatch):
    """This is the negative control."""

    def recreate_family(token, family, successor):
        user = User.objects.get()
        RefreshFamily.objects.create(
            pk=token["family"], user=user, current=successor["jti"], expires_at="2100-01-01T00:00Z"
        )
        return True

    assert does_new_token_survive(monkeypatch, tokens.end_all_sign_ins, recreate_family)


def test_concurrent_sign_outs_of_one_and_of_all_sign_ins_succeed():
    erin = make_user("erin")
    token = tokens.issue_tokens(erin)["refresh"]
    assert run_behind_lock(lambda: tokens.end_sign_in(token, erin), lambda: tokens.end_all_sign_ins(erin)) == 0
    assert refresh(token) == 401


def test_signing_out_everywhere_waits_for_a_refresh_and_ends_its_token():
    erin = make_user("erin")
    token, pairs = tokens.issue_tokens(erin)["refresh"], []
    run_behind_lock(
        lambda: pairs.append(tokens.rotate(by=Caller(), refresh=token)), lambda: tokens.end_all_sign_ins(erin)
    )
    assert refresh(pairs[0]["refresh"]) == 401
