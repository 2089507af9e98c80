"""Turns of a webhook: order, positions, failures, stored attempts, and workers that share the work."""

import json
from functools import partial

import pytest
from django.core import mail
from django.utils import timezone
from standardwebhooks import Webhook as Verifier

from records.events.feed.bodies import read_events
from records.events.models import EventType
from records.events.services import find_head
from records.events.webhooks import connection, jobs, services
from records.events.webhooks.connection import MAX_REFUSALS, RETRY_SECONDS
from records.events.webhooks.jobs import MAX_ATTEMPTS, MAX_EVENTS_A_TURN, find_due
from records.events.webhooks.models import DeliveryAttempt, OffReason, WebhookState
from records.events.webhooks.tests.conftest import make_due, make_webhook, send_all
from records.events.webhooks.tests.receivers import reply, run_receiver
from users.access.roles import Role
from users.models import User


def list_attempts(webhook):
    return list(DeliveryAttempt.objects.filter(webhook=webhook).order_by("id"))


def test_sends_each_event_once_in_order(webhook, receiver, sell):
    start = webhook.position
    sell(5)
    assert send_all(webhook) == ["NEXT"] * 5
    assert receiver.get_positions() == [start + number for number in range(1, 6)]
    assert (webhook.position, webhook.failures, webhook.last_status) == (start + 5, 0, 204)
    assert send_all(webhook) == []


@pytest.mark.quick
def test_the_body_is_the_event_of_the_feed_and_the_signature_verifies(webhook, receiver, sell, as_alice):
    start = webhook.position
    sell()
    send_all(webhook)
    [(headers, body)] = receiver.requests
    [event] = as_alice.get(f"/api/events/?after={start}").json()["events"]
    assert json.loads(body) == event
    assert headers["webhook-id"] == f"evt_{webhook.owner_id}_{start + 1}"
    Verifier(webhook.secret).verify(body, {name.lower(): value for name, value in headers.items()})


@pytest.mark.quick
def test_a_new_webhook_begins_at_the_end_of_the_feed(webhook, receiver):
    assert webhook.position == find_head(webhook.owner_id) > 0
    assert send_all(webhook) == []
    assert receiver.requests == []


@pytest.mark.quick
def test_passes_over_events_of_other_types(alice, receiver, sell):
    webhook = make_webhook(alice, receiver.url, types=[EventType.STOCK_LOW])
    sell(2, quantity=48)  # the second sale leaves four, which is below the threshold
    assert send_all(webhook) == ["NEXT"]
    assert [json.loads(body)["type"] for _, body in receiver.requests] == ["stock.low"]
    assert webhook.position == find_head(webhook.owner_id)
    sell()
    assert send_all(webhook) == []
    assert webhook.position == find_head(webhook.owner_id)


def test_a_failed_event_is_sent_again_with_the_same_id_and_body_before_the_next(alice, sell, kettle):
    with run_receiver(500, 204) as receiver:
        webhook = make_webhook(alice, receiver.url)
        sell(2)
        assert send_all(webhook) == ["AGAIN"]
        assert send_all(webhook) == []  # the webhook is not due yet
        make_due(webhook)
        assert send_all(webhook) == ["NEXT", "NEXT"]
    first, again, _ = receiver.requests
    assert (first[0]["webhook-id"], first[1]) == (again[0]["webhook-id"], again[1])
    assert receiver.get_positions()[1:] == [webhook.position - 1, webhook.position]


def test_the_next_attempt_is_due_after_the_wait(alice, sell, kettle):
    with run_receiver(500) as receiver:
        webhook = make_webhook(alice, receiver.url)
        sell()
        for wait in RETRY_SECONDS:
            send_all(webhook)
            left = (webhook.next_attempt_at - timezone.now()).total_seconds()
            assert wait - 5 < left <= wait
            make_due(webhook)


def test_retry_after_is_respected(alice, sell, kettle):
    with run_receiver(reply(503, Retry_After="900")) as receiver:
        webhook = make_webhook(alice, receiver.url)
        sell()
        send_all(webhook)
    assert 890 < (webhook.next_attempt_at - timezone.now()).total_seconds() <= 900


@pytest.mark.quick
def test_an_event_that_is_refused_three_times_is_given_up_and_the_next_is_sent(alice, sell, kettle):
    with run_receiver(404, 404, 404, 204) as receiver:
        webhook = make_webhook(alice, receiver.url)
        start = webhook.position
        sell(2)
        for verdicts in (["AGAIN"], ["AGAIN"], ["DEAD", "NEXT"]):
            make_due(webhook)
            assert send_all(webhook) == verdicts
    assert webhook.position == start + 2
    dead = [attempt for attempt in list_attempts(webhook) if attempt.dead]
    assert [(attempt.position, attempt.status) for attempt in dead] == [(start + 1, 404)]


def test_the_owner_gets_one_mail_a_day_about_events_that_are_given_up(
    alice, sell, kettle, settings, django_capture_on_commit_callbacks
):
    settings.MAIL_ON = True
    with run_receiver(401) as receiver, django_capture_on_commit_callbacks(execute=True):
        webhook = make_webhook(alice, receiver.url)
        start = webhook.position
        sell(2)
        for _ in range(2 * MAX_REFUSALS):
            make_due(webhook)
            send_all(webhook)
    assert webhook.position == start + 2
    [message] = mail.outbox
    assert message.to == [alice.email]
    assert f"refused the event {start + 1} three times" in message.body
    assert f"after position {start} again" in message.body
    assert f"/api/webhooks/{webhook.pk}/" in message.body


def test_a_receiver_that_is_gone_is_switched_off_at_once_and_the_position_stays(
    alice, sell, kettle, settings, django_capture_on_commit_callbacks
):
    settings.MAIL_ON = True
    with run_receiver(410, 204) as receiver:
        webhook = make_webhook(alice, receiver.url)
        start = webhook.position
        sell()
        with django_capture_on_commit_callbacks(execute=True):
            assert send_all(webhook) == ["GONE"]
        assert (webhook.state, webhook.off_reason, webhook.position) == (WebhookState.OFF, OffReason.GONE, start)
        assert "it wants no more events (410)" in mail.outbox[0].body
        services.change_webhook(by=alice, pk=webhook.pk, state=WebhookState.ON)
        send_all(webhook)
    assert receiver.get_positions()[:2] == [start + 1, start + 1]


def fail_all(webhook):
    """Make each attempt fail until the webhook is off."""
    for _ in range(len(RETRY_SECONDS) + 1):
        make_due(webhook)
        send_all(webhook)


def test_an_unreachable_receiver_is_switched_off_with_an_event_and_a_mail(
    alice, sell, kettle, settings, django_capture_on_commit_callbacks
):
    settings.MAIL_ON = True
    with run_receiver(503) as receiver:
        webhook = make_webhook(alice, receiver.url)
        sell()
        with django_capture_on_commit_callbacks(execute=True):
            fail_all(webhook)
    assert (webhook.state, webhook.off_reason) == (WebhookState.OFF, OffReason.UNREACHABLE)
    [message] = mail.outbox
    assert message.to == [alice.email]
    assert f"/api/webhooks/{webhook.pk}/" in message.body
    event = read_events(alice.pk, webhook.position, 10, [EventType.WEBHOOK_OFF]).events[0]
    assert event["data"] == {"webhook": webhook.pk, "reason": "unreachable", "position": webhook.position}
    make_due(webhook)
    assert find_due() == []


def test_switched_on_again_it_goes_on_where_it_stopped(alice, sell, kettle):
    with run_receiver(*[503] * 10, 204) as receiver:
        webhook = make_webhook(alice, receiver.url)
        start = webhook.position
        sell(3)
        fail_all(webhook)
        assert webhook.state == WebhookState.OFF
        services.change_webhook(by=alice, pk=webhook.pk, state=WebhookState.ON)
        send_all(webhook)
    assert receiver.get_positions()[10:13] == [start + 1, start + 2, start + 3]
    assert (webhook.failures, webhook.off_reason) == (0, "")


def test_redelivery_sends_the_events_after_a_position_again(webhook, receiver, sell, alice):
    start = webhook.position
    sell(3)
    send_all(webhook)
    services.redeliver(by=alice, pk=webhook.pk, after=start + 1)
    send_all(webhook)
    assert receiver.get_positions() == [start + number for number in (1, 2, 3, 2, 3)]
    assert len(set(receiver.get_ids())) == 3


def test_keeps_the_newest_attempts_of_each_webhook(webhook, alice, receiver, sell, monkeypatch):
    monkeypatch.setattr(jobs, "MAX_ATTEMPTS", 3)
    both = make_webhook(alice, receiver.url), webhook
    sell(5)
    for one in both:
        send_all(one)
    assert MAX_ATTEMPTS == 200
    for one in both:
        assert [attempt.position for attempt in list_attempts(one)] == receiver.get_positions()[2:5]


def test_a_turn_ends_after_some_events_so_that_others_have_theirs(webhook, sell, monkeypatch):
    monkeypatch.setattr(jobs, "MAX_EVENTS_A_TURN", 2)
    assert MAX_EVENTS_A_TURN == 50
    sell(3)
    assert [len(send_all(webhook)) for _ in range(3)] == [2, 1, 0]


def test_a_turn_ends_when_its_time_is_over(webhook, sell, monkeypatch):
    monkeypatch.setattr(jobs, "MAX_TURN_SECONDS", 0)
    sell(3)
    assert send_all(webhook) == []


def test_a_slow_answer_ends_the_turn_and_is_kept(webhook, sell, monkeypatch):
    sell(3)
    assert send_all(webhook) == ["NEXT"] * 3
    assert webhook.slow_at is None
    monkeypatch.setattr(jobs, "MAX_QUICK_MS", -1)
    sell(3)
    assert [send_all(webhook) for _ in range(4)] == [["NEXT"]] * 3 + [[]]
    assert webhook.slow_at == webhook.last_attempt_at


def test_a_stop_ends_the_turn_after_the_running_attempt(webhook, receiver, sell):
    sell(3)
    send_all(webhook, is_stopping=lambda: len(receiver.requests) == 1)
    assert len(receiver.requests) == 1
    assert webhook.leased_until is None


def change_during(monkeypatch, change):
    """Call `change` while the first request is on its way."""
    post = connection.post
    calls = []

    def change_and_post(*args):
        calls.append(args)
        if len(calls) == 1:
            change()
        return post(*args)

    monkeypatch.setattr(services, "post", change_and_post)


def test_a_webhook_that_is_switched_off_meanwhile_sends_no_further_event(webhook, receiver, sell, alice, monkeypatch):
    sell(3)
    change_during(monkeypatch, partial(services.change_webhook, by=alice, pk=webhook.pk, state=WebhookState.OFF))
    send_all(webhook)
    assert receiver.get_positions() == [webhook.position]


def test_a_webhook_that_is_set_back_meanwhile_stays_there(webhook, receiver, sell, alice, monkeypatch):
    sell(2)
    change_during(monkeypatch, partial(services.redeliver, by=alice, pk=webhook.pk, after=0))
    send_all(webhook)
    assert webhook.position == 0
    assert len(receiver.requests) == 1


def test_a_webhook_that_is_deleted_meanwhile_leaves_nothing(webhook, receiver, sell, alice, monkeypatch):
    sell(2)
    change_during(monkeypatch, partial(services.delete_webhook, by=alice, pk=webhook.pk))
    jobs.take_turn(alice.pk, webhook.pk, lambda: False, lambda _: None)
    assert len(receiver.requests) == 1
    assert not DeliveryAttempt.objects.filter(owner=alice).exists()


def test_a_new_address_is_used_for_the_next_event(webhook, receiver, sell, alice, monkeypatch):
    with run_receiver() as other:
        sell(2)
        change_during(monkeypatch, partial(services.change_webhook, by=alice, pk=webhook.pk, url=other.url))
        send_all(webhook)
        assert (receiver.get_positions(), other.get_positions()) == ([webhook.position - 1], [webhook.position])


def test_nothing_is_due_without_events_or_for_a_closed_account(webhook, sell, alice):
    assert find_due() == []
    sell()
    assert [due[:2] for due in find_due()] == [(alice.pk, webhook.pk)]
    for change in ({"is_active": False}, {"is_active": True, "role": Role.WORKER}):
        User.objects.filter(pk=alice.pk).update(**change)
        assert find_due() == []
