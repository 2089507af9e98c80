"""The constraints of the tables refuse raw SQL that breaks them."""

import pytest
from django.db import IntegrityError, connection, transaction

from records.events.webhooks.models import DeliveryAttempt, Webhook
from records.events.webhooks.tests.rows import create_webhook
from testing.tables import all_cases


def execute(statement, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


@all_cases(
    ("change", "constraint"),
    [
        ("state = 'may'", "events_webhook_off_reason"),
        ("state = 'on'", "events_webhook_off_reason"),
        ("off_reason = ''", "events_webhook_off_reason"),
        ("off_reason = 'mood'", "events_webhook_off_reason"),
        ("position = -1", "events_webhook_position"),
    ],
)
def test_refuses_a_wrong_webhook(alice, change, constraint):
    webhook = create_webhook("acme", alice)[Webhook]
    with pytest.raises(IntegrityError, match=constraint):
        execute(f"UPDATE events_webhook SET {change} WHERE owner_id = %s AND id = %s", alice.pk, webhook.pk)


def test_refuses_an_attempt_of_another_accounts_webhook(alice, charlie):
    attempt = create_webhook("acme", alice)[DeliveryAttempt]
    with pytest.raises(IntegrityError, match="events_deliveryattempt_webhook"):
        execute("UPDATE events_deliveryattempt SET owner_id = %s WHERE id = %s", charlie.pk, attempt.pk)


def test_refuses_to_delete_a_webhook_without_its_attempts(alice):
    webhook = create_webhook("acme", alice)[Webhook]
    with pytest.raises(IntegrityError, match="events_deliveryattempt_webhook"):
        execute("DELETE FROM events_webhook WHERE owner_id = %s AND id = %s", alice.pk, webhook.pk)
