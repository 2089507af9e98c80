"""The rules of the tables, tripped by raw SQL."""

import pytest
from django.db import IntegrityError, connection, transaction

from testing.shops import create_webhook
from webhooks.models import Attempt, Webhook


def execute(statement, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("state = 'may'", "webhooks_webhook_off_reason"),
        ("state = 'on'", "webhooks_webhook_off_reason"),
        ("off_reason = ''", "webhooks_webhook_off_reason"),
        ("off_reason = 'mood'", "webhooks_webhook_off_reason"),
        ("position = -1", "webhooks_webhook_position"),
    ],
)
def test_refuses_a_wrong_webhook(alice, change, constraint):
    webhook = create_webhook("acme", alice)[Webhook]
    with pytest.raises(IntegrityError, match=constraint):
        execute(f"UPDATE webhooks_webhook SET {change} WHERE owner_id = %s AND id = %s", alice.pk, webhook.pk)


def test_refuses_an_attempt_of_another_accounts_webhook(alice, charlie):
    attempt = create_webhook("acme", alice)[Attempt]
    with pytest.raises(IntegrityError, match="webhooks_attempt_webhook"):
        execute("UPDATE webhooks_attempt SET owner_id = %s WHERE id = %s", charlie.pk, attempt.pk)


def test_refuses_to_delete_a_webhook_without_its_attempts(alice):
    webhook = create_webhook("acme", alice)[Webhook]
    with pytest.raises(IntegrityError, match="webhooks_attempt_webhook"):
        execute("DELETE FROM webhooks_webhook WHERE owner_id = %s AND id = %s", alice.pk, webhook.pk)
