"""Refreshing at the same moment as somebody else: once is once, and the end is the end."""

import threading
import time

import pytest
from django.db import connections, transaction

from testing.cast import client_of, make_user
from testing.races import run_behind_lock
from users import services, tokens
from users.callers import Caller
from users.models import RefreshFamily, SecurityEvent, User

pytestmark = pytest.mark.django_db(transaction=True)
TWINS = 10


def at_once(*tasks):
    """What the tasks answer or raise, each run in a thread of its own."""
    answers, barrier = [None] * len(tasks), threading.Barrier(len(tasks))

    def one(number, task):
        try:
            barrier.wait(5)
            answers[number] = task()
        except Exception as error:
            answers[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=numbered) for numbered in enumerate(tasks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def refresh(token):
    return client_of(None).post("/api/auth/refresh/", {"refresh": token}).status_code


def successes_of_twins():
    token = tokens.issue(make_user("erin"))["refresh"]
    statuses = at_once(*[lambda: refresh(token)] * TWINS)
    assert set(statuses) <= {200, 401}
    return statuses.count(200)


def test_one_of_ten_concurrent_refreshes_of_a_token_succeeds():
    assert successes_of_twins() == 1


def test_all_succeed_if_the_token_is_read_before_it_is_replaced(monkeypatch):
    all_have_looked = threading.Barrier(TWINS)

    def look_then_spend(token, family, successor):
        fresh = family.filter(current=token["jti"]).exists()
        all_have_looked.wait(5)
        family.update(current=successor["jti"])
        return fresh

    monkeypatch.setattr(tokens, "spend_token", look_then_spend)
    assert successes_of_twins() == TWINS


def test_records_one_event_for_concurrent_reuses_of_a_token():
    token = tokens.issue(make_user("erin"))["refresh"]
    assert refresh(token) == 200
    RefreshFamily.objects.update(rotated_at="2026-01-01T00:00Z")
    assert at_once(*[lambda: refresh(token)] * TWINS) == [401] * TWINS
    assert [event.kind for event in SecurityEvent.objects.all()] == ["tokens_reused"]


def test_several_succeed_if_the_condition_is_on_a_joined_row(monkeypatch):
    """Negative control: the ORM writes it as a subquery, which is not looked at again after the wait for the row."""

    def spend_by_join(token, family, successor):
        with transaction.atomic():
            spent = family.filter(current=token["jti"], user__is_active=True).update(current=successor["jti"])
            time.sleep(0.05)  # the others come to wait for the row
        return spent == 1

    monkeypatch.setattr(tokens, "spend_token", spend_by_join)
    assert successes_of_twins() > 1


def survives(monkeypatch, end, spend=tokens.spend_token):
    """Whether the new token of a refresh works after `end`, which came between its reading and its writing."""
    erin = make_user("erin")
    token, has_read, has_ended = tokens.issue(erin)["refresh"], threading.Event(), threading.Event()

    def spend_late(*args):
        has_read.set()
        has_ended.wait(5)
        return spend(*args)

    def end_meanwhile():
        has_read.wait(5)
        end(erin)
        has_ended.set()

    with monkeypatch.context() as patch:
        patch.setattr(tokens, "spend_token", spend_late)
        answer, _ = at_once(lambda: client_of(None).post("/api/auth/refresh/", {"refresh": token}), end_meanwhile)
    User.objects.update(is_active=True)
    return answer.status_code == 200 and refresh(answer.json()["refresh"]) == 200


def deactivate(user):
    services.deactivate(by=Caller(), user=user)


def close_and_reopen(user):
    deactivate(user)
    services.change_user(by=Caller(), user=user, is_active=True)


@pytest.mark.parametrize("end", [tokens.end_all_sign_ins, deactivate, close_and_reopen])
def test_ending_tokens_also_ends_one_that_is_being_issued(monkeypatch, end):
    assert not survives(monkeypatch, end)


def test_the_new_token_survives_if_the_refresh_recreates_its_family(monkeypatch):
    def spend_and_begin_anew(token, family, successor):
        user = User.objects.get()
        RefreshFamily.objects.create(
            pk=token["family"], user=user, current=successor["jti"], expires_at="2100-01-01T00:00Z"
        )
        return True

    assert survives(monkeypatch, tokens.end_all_sign_ins, spend_and_begin_anew)


def test_concurrent_sign_outs_of_one_and_of_all_sign_ins_succeed():
    erin = make_user("erin")
    token = tokens.issue(erin)["refresh"]
    assert run_behind_lock(lambda: tokens.end_sign_in(token, erin), lambda: tokens.end_all_sign_ins(erin)) == 0
    assert refresh(token) == 401


def test_signing_out_everywhere_waits_for_a_refresh_and_ends_its_token():
    erin = make_user("erin")
    token, pairs = tokens.issue(erin)["refresh"], []
    run_behind_lock(
        lambda: pairs.append(tokens.rotate(by=Caller(), refresh=token)), lambda: tokens.end_all_sign_ins(erin)
    )
    assert refresh(pairs[0]["refresh"]) == 401
