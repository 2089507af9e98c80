"""Tests, new secrets, redelivery and attempts of webhooks."""

import pytest
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from records.events.webhooks import services
from records.events.webhooks.models import Webhook
from records.events.webhooks.tests.conftest import make_webhook, send_all
from records.events.webhooks.tests.receivers import hang, reply, run_receiver
from testing.tables import all_cases
from users.models import AttemptCounter as Counter

URL = "https://shop.example.org/events"
FIELDS = [
    "id", "url", "types", "state", "off_reason", "position", "behind", "failures", "last_status", "last_attempt_at",
    "next_attempt_at", "created_at",
]  # fmt: skip


def test_a_test_sends_a_signed_ping_and_returns_what_came_back(alice, as_alice):
    with run_receiver(reply(418, b"teapot")) as receiver:
        webhook = make_webhook(alice, receiver.url)
        result = as_alice.post(f"/api/webhooks/{webhook.pk}/test/").json()
    assert {**result, "ms": 0} == {
        "webhook": webhook.pk, "status": 418, "ms": 0, "error": "", "answer": "teapot"
    }  # fmt: skip
    [(headers, body)] = receiver.requests
    sent = Verifier(webhook.secret).verify(body, {name.lower(): value for name, value in headers.items()})
    assert (sent["type"], sent["data"]) == ("ping", {"webhook": webhook.pk})
    assert headers["webhook-id"].startswith("ping_")
    webhook.refresh_from_db()
    assert (webhook.failures, webhook.last_status) == (0, None)


@pytest.mark.quick
def test_a_test_of_a_receiver_that_hangs_says_so(alice, as_alice, monkeypatch):
    monkeypatch.setattr(services, "PING_SECONDS", 0.2)
    with run_receiver(hang(1)) as receiver:
        webhook = make_webhook(alice, receiver.url)
        result = as_alice.post(f"/api/webhooks/{webhook.pk}/test/").json()
    assert (result["status"], result["error"]) == (None, "There was no answer in time.")


def test_tests_are_limited(webhook, as_alice):
    statuses = [as_alice.post(f"/api/webhooks/{webhook.pk}/test/").status_code for _ in range(7)]
    assert statuses == [200] * 6 + [429]
    assert Counter.objects.filter(key=f"ping:{webhook.owner_id}").exists()


@pytest.mark.quick
def test_after_rolling_both_secrets_sign_for_a_day(webhook, as_alice, sell, receiver):
    old = webhook.secret
    rolled = as_alice.post(f"/api/webhooks/{webhook.pk}/roll-secret/")
    new = rolled.json()["secret"]
    assert (rolled.status_code, new == old) == (201, False)
    sell()
    send_all(webhook)
    verify(receiver, new, old)
    webhook.previous_until = webhook.created_at
    webhook.save(update_fields=["previous_until"])
    sell()
    send_all(webhook)
    assert receiver.requests[-1][0]["webhook-signature"].count("v1,") == 1
    verify(receiver, new)


def test_a_second_roll_ends_the_first_secret_at_once(webhook, as_alice, sell, receiver):
    first = webhook.secret
    second, third = (as_alice.post(f"/api/webhooks/{webhook.pk}/roll-secret/").json()["secret"] for _ in range(2))
    sell()
    webhook.refresh_from_db()
    send_all(webhook)
    verify(receiver, second, third)
    with pytest.raises(WebhookVerificationError):
        verify(receiver, first)


def verify(receiver, *secrets):
    headers, body = receiver.requests[-1]
    for secret in secrets:
        Verifier(secret).verify(body, {name.lower(): value for name, value in headers.items()})


def test_rolling_with_the_same_key_rolls_once(webhook, as_alice):
    address = f"/api/webhooks/{webhook.pk}/roll-secret/"
    first, again = (as_alice.post(address, headers={"Idempotency-Key": "one"}) for _ in range(2))
    assert first.content == again.content
    webhook.refresh_from_db()
    assert webhook.secret == first.json()["secret"]


@pytest.mark.quick
def test_redelivery_sets_the_position_back_and_never_forward(webhook, as_alice, sell):
    sell(2)
    send_all(webhook)
    address = f"/api/webhooks/{webhook.pk}/redeliver/"
    back = as_alice.post(address, {"after": 1}).json()
    assert (back["position"], back["behind"]) == (1, webhook.position - 1)
    refused = as_alice.post(address, {"after": 2})
    assert refused.status_code == 400
    assert refused.json() == {"after": ["Write a position from 0 to 1, where the webhook is now."]}
    assert as_alice.post(address, {"after": 1}).status_code == 200  # where it is now
    assert as_alice.post(address, {}).status_code == 400
    assert as_alice.post(address, {"after": -1}).status_code == 400


def test_lists_the_attempts_newest_first(alice, as_alice, kettle, sell):
    with run_receiver(204, reply(500, b"broken")) as receiver:
        webhook = make_webhook(alice, receiver.url)
        sell(2)
        send_all(webhook)
    last, first = as_alice.get(f"/api/webhooks/{webhook.pk}/attempts/").json()["results"]
    assert list(first) == ["position", "type", "status", "ms", "error", "dead", "answer", "at"]
    assert [(row["position"], row["status"], row["answer"]) for row in (first, last)] == [
        (webhook.position, 204, ""), (webhook.position + 1, 500, "broken")
    ]  # fmt: skip


@all_cases(("action", "body"), [("roll-secret", {}), ("redeliver", {"after": 0})])
def test_a_repeated_request_with_a_key_gets_the_first_response(webhook, as_alice, action, body):
    address = f"/api/webhooks/{webhook.pk}/{action}/"
    first, again = (as_alice.post(address, body, headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert first.status_code in (200, 201)
    assert again.content == first.content
    assert again.headers["Idempotent-Replayed"] == "true"


def test_the_failing_webhooks_of_a_shop_are_its_own(alice, charlie):
    failing, _fine, foreign = (make_webhook(owner, "https://a.example/") for owner in (alice, alice, charlie))
    Webhook.objects.filter(pk__in=[failing.pk, foreign.pk]).update(failures=1)
    assert [*services.list_failing(alice)] == [failing]
