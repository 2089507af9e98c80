"""The worker's part for webhooks: threads, fairness, the effects of a hanging receiver, and the logged figures."""

import logging
import threading
import time
from datetime import timedelta
from functools import partial

import pytest
from django.db import OperationalError, connection
from django.db.models.functions import Now
from django.utils import timezone

from records.events.services import number_all_events
from records.events.webhooks import jobs
from records.events.webhooks.jobs import MAX_THREADS, MAX_THREADS_FOR_SLOW, SLOW_SECONDS, Due, Sender, select_fair
from records.events.webhooks.models import Webhook
from records.events.webhooks.tests.conftest import make_webhook
from records.events.webhooks.tests.receivers import reply, run_receiver
from testing.cast.people import make_product, make_user
from testing.tables import all_cases


@pytest.fixture
def sender():
    """Return a sender with threads, whose turns end with the test."""
    running = Sender(lambda: running.is_over)
    running.is_over = False
    yield running
    running.is_over = True
    running.finish()


def run_until(sender, condition, seconds=60.0):
    """Run rounds until the condition holds. Return the seconds that it took, which are many on a busy machine."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() < started + seconds
        sender.start_turns()
        time.sleep(0.02)
    return time.monotonic() - started


@pytest.mark.django_db(transaction=True)
def test_a_hanging_receiver_delays_no_other_webhook(alice, sender, monkeypatch):
    """Alice's receivers hang. Meanwhile those of Charlie and of Alice's other webhooks get their events."""
    monkeypatch.setattr(jobs, "MAX_THREADS", 4)
    charlie, is_over = make_user("charlie"), threading.Event()
    with run_receiver(lambda _: is_over.wait(60)) as hanging, run_receiver() as good:
        for owner, receiver in ((alice, hanging), (alice, hanging), (alice, hanging), (charlie, good)):
            make_webhook(owner, receiver.url)
        for number in range(20):
            make_product(alice, f"Pot {number}")
            make_product(charlie, f"Pan {number}")
        run_until(sender, lambda: len(good.requests) >= 20)
        assert len(hanging.requests) == 2  # an account has two turns at a time, and both of them still wait
        is_over.set()


@pytest.mark.django_db(transaction=True)
def test_events_arrive_end_to_end_while_shops_book(alice, sender):
    with run_receiver() as receiver:
        webhook = make_webhook(alice, receiver.url)
        for number in range(30):
            make_product(alice, f"Pot {number}", quantity=1)
            sender.start_turns()
        run_until(sender, lambda: len(receiver.requests) >= 60)
        positions = receiver.get_positions()
    assert positions == [webhook.position + number for number in range(1, 61)]


@pytest.mark.quick
@pytest.mark.django_db(transaction=True)
def test_slow_receivers_of_many_accounts_do_not_delay_another_shop(sender, charlie, monkeypatch):
    """Five receivers of each of eight accounts respond with 200 just before the time limit.

    Charlie's webhook was tried before.
    """
    monkeypatch.setattr(jobs, "MAX_QUICK_MS", 100)
    is_over = threading.Event()

    def answer_late(handler):
        is_over.wait(10)
        reply(200)(handler)

    with run_receiver(answer_late) as slow, run_receiver() as good:
        tried = make_webhook(charlie, good.url)
        Webhook.objects.filter(pk=tried.pk).update(last_attempt_at=Now())
        for number in range(8):
            owner = make_user(f"slow-{number}")
            for _ in range(5):
                make_webhook(owner, slow.url)
            make_product(owner)
        run_until(sender, lambda: len(slow.requests) >= MAX_THREADS_FOR_SLOW)
        make_product(charlie)
        run_until(sender, lambda: good.requests)
        assert len(slow.requests) == MAX_THREADS_FOR_SLOW
        is_over.set()


def test_of_an_account_two_turns_run_and_slow_ones_use_half_of_the_threads():
    crowd = [Due(1, number, False) for number in range(5)]
    assert select_fair(crowd, []) == crowd[:2]
    assert select_fair(crowd, crowd[:1]) == [crowd[1]]
    slow = [Due(number, number, True) for number in range(20)]
    good = [Due(number, number, False) for number in range(20, 40)]
    chosen = select_fair(slow + good, [])
    assert len(chosen) == MAX_THREADS
    assert sum(due.is_slow for due in chosen) == MAX_THREADS // 2
    assert select_fair(good, chosen) == []


def test_an_account_without_a_turn_comes_before_the_second_turn_of_another():
    pairs = [Due(owner, 2 * owner + number, False) for owner in range(MAX_THREADS) for number in range(2)]
    assert {due.owner_id for due in select_fair(pairs, [])} == set(range(MAX_THREADS))
    assert select_fair([*pairs[1:4], Due(99, 99, False)], pairs[:1] * (MAX_THREADS - 1)) == [pairs[2]]


def test_the_webhook_that_waited_longest_comes_first(alice, charlie):
    webhooks = []
    for owner in (alice, charlie):
        webhooks.append(make_webhook(owner, "https://shop.example.org/"))
        make_product(owner)
    Webhook.objects.filter(pk=webhooks[1].pk).update(last_attempt_at=Now())
    Webhook.objects.filter(pk=webhooks[0].pk).update(last_attempt_at=Now() + timedelta(seconds=1))
    assert [due.pk for due in jobs.find_due()] == [webhooks[1].pk, webhooks[0].pk]


def test_many_webhooks_of_one_account_or_slow_ones_do_not_hide_those_of_another(alice, charlie, monkeypatch):
    monkeypatch.setattr(jobs, "MAX_FOUND", 2)
    for owner, count in ((alice, 5), (charlie, 1)):
        for _ in range(count):
            make_webhook(owner, "https://shop.example.org/")
        make_product(owner)
    assert {due.owner_id for due in jobs.find_due()} == {alice.pk, charlie.pk}
    Webhook.objects.filter(owner=charlie).update(last_attempt_at=Now())
    assert [due.is_slow for due in jobs.find_due()] == [True, True, False]


@all_cases(
    ("seconds_ago", "slow_seconds_ago", "failures", "is_slow"),
    [
        (None, None, 0, True),  # the webhook was not tried yet
        (1, None, 0, False),
        (1, None, 1, True),
        (1, 1, 0, True),
        (1, SLOW_SECONDS - 60, 0, True),  # it was slow lately
        (1, SLOW_SECONDS + 60, 0, False),
        (2 * SLOW_SECONDS, 2 * SLOW_SECONDS, 0, True),  # the last attempt was slow, however long ago
    ],
)
def test_failing_slow_and_untried_receivers_count_as_slow(
    webhook, sell, seconds_ago, slow_seconds_ago, failures, is_slow
):
    sell()
    now = timezone.now()
    last, slow = (seconds and now - timedelta(seconds=seconds) for seconds in (seconds_ago, slow_seconds_ago))
    Webhook.objects.filter(pk=webhook.pk).update(last_attempt_at=last, slow_at=slow, failures=failures)
    assert [due.is_slow for due in jobs.find_due()] == [is_slow]


def test_finding_what_is_due_is_one_statement(alice, django_assert_num_queries):
    with django_assert_num_queries(1):
        jobs.find_due()


def run_turn(sender, webhook):
    sender.run_turn(Due(webhook.owner_id, webhook.pk, False))


@pytest.fixture
def failing_turn(alice, monkeypatch):
    """Return a function that runs a turn which raises the error, on the test's own connection."""
    monkeypatch.setattr(jobs.connections, "close_all", lambda: None)
    webhook = make_webhook(alice, "https://shop.example.org/")

    def run(sender, error):
        monkeypatch.setattr(jobs, "take_turn", partial(raise_error, error))
        run_turn(sender, webhook)
        before = webhook.next_attempt_at
        webhook.refresh_from_db()
        return webhook.next_attempt_at - before

    return run


def raise_error(error, *_):
    raise error


def test_a_lost_database_is_a_warning_and_the_webhook_stays_due(sender, failing_turn, caplog):
    assert failing_turn(sender, OperationalError("gone")).total_seconds() == 0
    assert [record.levelname for record in caplog.records] == ["WARNING"]


@pytest.mark.quick
def test_a_fault_is_logged_and_the_webhook_waits_a_minute(sender, failing_turn, caplog):
    assert failing_turn(sender, ZeroDivisionError()).total_seconds() > 50
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_logs_figures(webhook, sender, sell, caplog):
    caplog.set_level(logging.INFO, "events.webhooks.sending")
    sell(3)
    jobs.take_turn(webhook.owner_id, webhook.pk, lambda: len(caplog.records) > 0, sender.count)
    sell(2)
    sender.log_figures()
    [record] = caplog.records
    assert (record.fields["sent"], record.fields["failed"], record.fields["dead"]) == (3, 0, 0)
    assert (record.fields["on"], record.fields["behind"]) == (1, 2)


def test_the_figures_are_the_same_before_and_after_the_events_are_numbered(webhook):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO events_event (owner_id, type, created_at)"
            " SELECT %s, 'order.sent', now() - age FROM unnest(ARRAY[interval '1 hour', '1 minute']) AS age",
            [webhook.owner_id],
        )
    assert jobs.measure_backlog() == {"on": 1, "behind": 2, "oldest_seconds": 3600}
    number_all_events(webhook.owner_id)
    assert jobs.measure_backlog() == {"on": 1, "behind": 2, "oldest_seconds": 3600}
