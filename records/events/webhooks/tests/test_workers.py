"""Several workers, and workers that are killed. One of them at a time sends for a webhook, and nothing is lost."""

import time
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection as database
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from records.events.models import Event
from records.events.webhooks import connection, jobs, services
from records.events.webhooks.jobs import find_due
from records.events.webhooks.models import DeliveryAttempt, Webhook
from records.events.webhooks.tests.conftest import make_webhook, send_all
from records.events.webhooks.tests.receivers import reply, run_receiver
from records.events.webhooks.tests.test_delivery import change_during, list_attempts
from testing.races import run_concurrently


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("has_lease", [True, False])
def test_of_four_workers_one_sends(alice, kettle, sell, monkeypatch, has_lease):
    """Without the lease, which is the negative control, events are sent twice."""
    with run_receiver(slowly) as receiver:
        webhook = make_webhook(alice, receiver.url)
        sell(5)
        send_by_four(webhook, monkeypatch, has_lease)
        positions = receiver.get_positions()
    assert (positions == sorted(set(positions))) == has_lease
    assert set(positions) <= {*range(webhook.position + 1, webhook.position + 6)}
    assert not has_lease or len(positions) == 5


def slowly(handler):
    time.sleep(0.1)
    reply(204)(handler)


def send_by_four(webhook, monkeypatch, has_lease):
    """Give the webhook a turn by each of four workers at the same time."""
    if not has_lease:
        monkeypatch.setattr(jobs, "claim", lambda owner_id, pk, _: Webhook.objects.get(owner_id=owner_id, pk=pk))
        monkeypatch.setattr(
            jobs, "find_leased", lambda row, _: Webhook.objects.filter(owner_id=row.owner_id, pk=row.pk)
        )
    turn = partial(jobs.take_turn, webhook.owner_id, webhook.pk, lambda: False, lambda _: None)
    run_concurrently(*[turn] * 4)


class Killed(BaseException):
    """The end of a worker. It is no Exception, so code that handles exceptions does not run."""


@pytest.mark.quick
def test_a_worker_that_is_killed_after_sending_leaves_the_event_to_another(webhook, receiver, sell, monkeypatch):
    sell(2)
    with monkeypatch.context() as killed:
        killed.setattr(jobs, "record_attempt", lambda *_: (_ for _ in ()).throw(Killed))
        killed.setattr(jobs, "release_lease", lambda *_: None)
        with pytest.raises(Killed):
            send_all(webhook)
    assert send_all(webhook) == []  # another worker holds the lease
    assert find_due() == []
    Webhook.objects.filter(pk=webhook.pk).update(leased_until=Now() - timedelta(seconds=1))
    assert send_all(webhook) == ["NEXT", "NEXT"]
    first, second = webhook.position - 1, webhook.position
    assert receiver.get_positions() == [first, first, second]


def test_a_worker_whose_lease_was_taken_moves_nothing(webhook, receiver, sell, monkeypatch):
    sell(2)
    start = webhook.position
    stolen = {"lease": "00000000-0000-0000-0000-000000000000"}
    change_during(monkeypatch, lambda: Webhook.objects.filter(pk=webhook.pk).update(**stolen))
    send_all(webhook)
    assert (webhook.position, len(receiver.requests)) == (start, 1)
    assert list_attempts(webhook) == []
    assert str(webhook.lease) == stolen["lease"]


def test_the_position_does_not_move_if_the_attempt_can_not_be_written(webhook, sell, monkeypatch):
    sell()
    start = webhook.position
    monkeypatch.setattr(DeliveryAttempt.objects, "create", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        send_all(webhook)
    webhook.refresh_from_db()
    assert webhook.position == start


def test_no_request_is_made_inside_a_transaction(alice, kettle, receiver, sell, monkeypatch):
    states = []

    def note_state(*_):
        states.append(len(database.savepoint_ids))
        return connection.DeliveryResult(1, 204)

    monkeypatch.setattr(services, "post", note_state)
    depth = len(database.savepoint_ids)
    webhook = make_webhook(alice, receiver.url)
    sell()
    send_all(webhook)
    services.send_ping(webhook=webhook)
    assert states == [depth, depth]


def test_the_statements_of_an_event_do_not_depend_on_the_attempts_that_are_kept(webhook, sell, monkeypatch):
    monkeypatch.setattr(jobs, "MAX_ATTEMPTS", 2)
    counts = []
    for _ in range(6):
        sell()
        with CaptureQueriesContext(database) as captured:
            send_all(webhook)
        counts.append(len(captured))
    assert counts[2:] == [counts[2]] * 4
    assert counts[-1] <= 24


def test_events_are_never_written_by_sending(webhook, receiver, sell):
    sell(2)
    count = Event.objects.count()
    send_all(webhook)
    assert Event.objects.count() == count
