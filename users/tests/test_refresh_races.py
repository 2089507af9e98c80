"""Refreshing at the same moment as somebody else: once is once, and the end is the end."""

import threading

import pytest
from django.db import connections, transaction
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken

from conftest import client_of, make_user
from users import services, tokens
from users.models import User

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


def read_without_lock(token):
    return User.objects.get(pk=token["user_id"])


def test_of_ten_refreshes_of_one_token_one_succeeds():
    assert successes_of_twins() == 1


def test_the_test_above_sees_twins_where_a_token_is_looked_up_before_it_is_spent(monkeypatch):
    all_have_looked = threading.Barrier(TWINS)

    def look_then_spend(token, user):
        fresh = not BlacklistedToken.objects.filter(token__jti=token["jti"]).exists()
        all_have_looked.wait(5)
        tokens.blacklist(token)
        return fresh

    monkeypatch.setattr(tokens, "lock_user", read_without_lock)
    monkeypatch.setattr(tokens, "spend", look_then_spend)
    assert successes_of_twins() == TWINS


def survives(monkeypatch, end):
    """Whether the new token of a refresh that runs works after `end`, which began while it was being issued."""
    erin = make_user("erin")
    token, begun, issue = tokens.issue(erin)["refresh"], threading.Event(), tokens.issue

    def issue_slowly(user):
        begun.set()
        transaction.get_connection().cursor().execute("SELECT pg_sleep(0.3)")
        pairs.append(issue(user))
        return pairs[-1]

    def end_meanwhile():
        begun.wait(5)
        end(erin)

    pairs = []
    with monkeypatch.context() as patch:
        patch.setattr(tokens, "issue", issue_slowly)
        at_once(lambda: refresh(token), end_meanwhile)
    User.objects.update(is_active=True)
    return refresh(pairs[0]["refresh"]) == 200


@pytest.mark.parametrize("end", [tokens.end_all, services.deactivate])
def test_signing_out_everywhere_ends_the_token_that_is_being_issued(monkeypatch, end):
    assert not survives(monkeypatch, end)


def test_the_test_above_sees_a_token_that_slips_through_without_the_lock(monkeypatch):
    monkeypatch.setattr(tokens, "lock_user", read_without_lock)
    assert survives(monkeypatch, tokens.end_all)


def test_signing_out_once_and_everywhere_at_the_same_moment_is_no_error():
    erin = make_user("erin")
    token, begun = tokens.issue(erin)["refresh"], threading.Event()

    def end_slowly():
        with transaction.atomic():
            ended = tokens.end(token, erin)
            begun.set()
            transaction.get_connection().cursor().execute("SELECT pg_sleep(0.3)")
        return ended

    assert at_once(end_slowly, lambda: begun.wait(5) and tokens.end_all(erin)) == [True, None]
    assert refresh(token) == 401
