"""Concurrent uses of one link. The first sets the password, and the others are refused."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import pytest
from django.db import transaction
from django.db.models import QuerySet

from testing.cast.people import make_user
from testing.races import TIMEOUT_SECONDS, let_meet, run_and_disconnect, try_concurrently, wait_until_blocking
from users import services
from users.access.permissions import Caller
from users.errors import ResetInvalid
from users.models import SecurityEvent, User
from users.sign_in import password_services, throttling

pytestmark = pytest.mark.django_db(transaction=True)
CONCURRENT = 6


@pytest.fixture(autouse=True)
def no_slots(monkeypatch):
    """Hash in parallel, as several processes do.

    The slots of one process would run the requests one after the other.
    """
    monkeypatch.setattr(throttling, "hashing_slot", nullcontext)


def use_link_concurrently():
    """Return how many of several concurrent uses of one link succeed."""
    erin = make_user("erin", email="erin@example.org")
    link = {"uid": password_services.encode_uid(erin), "token": password_services.RESET.make_token(erin)}
    jobs = [
        lambda number=number: password_services.reset_password(
            by=Caller(), **link, new_password=f"horse-number-{number}"
        )
        for number in range(CONCURRENT)
    ]
    results = try_concurrently(*jobs)
    assert all(isinstance(result, User | ResetInvalid) for result in results), results
    return sum(isinstance(result, User) for result in results)


def test_one_of_several_concurrent_uses_of_a_link_succeeds():
    assert use_link_concurrently() == 1
    assert [event.kind for event in SecurityEvent.objects.all()] == ["password_reset"]


def test_several_succeed_without_the_row_lock(monkeypatch):
    """This is the negative control: each one checks the token on a row that was read before the others' commit."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **_: self)
    let_meet(monkeypatch, password_services, "check_password_rules", CONCURRENT)
    assert use_link_concurrently() == CONCURRENT


def test_a_link_waits_for_a_deactivation_and_is_refused():
    erin = make_user("erin", email="erin@example.org")
    link = {"uid": password_services.encode_uid(erin), "token": password_services.RESET.make_token(erin)}
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            services.deactivate(by=Caller(), user=erin)
            use = lambda: password_services.reset_password(by=Caller(), **link, new_password="another-horse-8")  # noqa: E731
            running = pool.submit(run_and_disconnect, use)
            wait_until_blocking(running)
        with pytest.raises(ResetInvalid):
            running.result(TIMEOUT_SECONDS)
