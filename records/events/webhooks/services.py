"""The services that change webhooks. Outside of transactions, they resolve names and send requests to receivers."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db.models import Q
from django.utils import timezone

from core.database.transactions import AccountLock, atomic, lock_account
from core.lists.serialization import format_utc
from core.ownership import accept, delete_rows, save_fields
from core.sentences import fill
from records.events.services import find_head
from records.events.webhooks.addresses import NameNotFound, find_addresses, parse_url
from records.events.webhooks.connection import DeliveryResult, post
from records.events.webhooks.errors import TooManyWebhooks
from records.events.webhooks.models import DeliveryAttempt, OffReason, Webhook, WebhookState
from users.sign_in import throttling

SECRET_PREFIX = "whsec_"  # noqa: S105
SECRET_BYTES = 32

MAX_WEBHOOKS = 10  # the limit of an account
OVERLAP_HOURS = 24  # the time during which the previous secret signs as well
RESOLVE_SECONDS = 3  # the limit when a webhook is registered; each attempt resolves the name again
PING_SECONDS = 5  # shorter than for an attempt, because a person waits for the response
MAX_PINGS_PER_MINUTE = 6  # the limit of an account


def make_secret() -> str:
    """Return a new secret: `whsec_` and 32 random bytes in base64."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def make_headers(message_id: str, timestamp: int, body: bytes, signing_secrets: Sequence[str]) -> dict[str, str]:
    """Return the headers of https://www.standardwebhooks.com for a message, with a signature for each secret."""
    signatures = " ".join(sign(message_id, timestamp, body, secret) for secret in signing_secrets)
    return {"webhook-id": message_id, "webhook-timestamp": str(timestamp), "webhook-signature": signatures}


def sign(message_id: str, timestamp: int, body: bytes, secret: str) -> str:
    """Return `v1,` followed by the HMAC-SHA256 of id, timestamp and body in base64."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = b".".join([message_id.encode(), str(timestamp).encode(), body])
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def list_failing(owner: Any) -> Any:
    """Return the webhooks of the shop that are off or have failed."""
    return Webhook.objects.filter(Q(state=WebhookState.OFF) | Q(failures__gt=0), owner=owner)


def switch_off_imported(row: dict[str, Any]) -> dict[str, Any]:
    """Return the changed values of an imported webhook: it is off and has another secret."""
    off = {"state": WebhookState.OFF.value, "off_reason": row["off_reason"] or OffReason.RESTORED.value}
    return {"secret": make_secret(), "previous_secret": "", **off}


def check_address(url: str) -> None:
    """Raise AddressNotPublic (400) if the URL's host has an address that webhooks may not be sent to."""
    with suppress(NameNotFound):  # each attempt resolves the name again
        find_addresses(parse_url(url), RESOLVE_SECONDS)


@atomic
def create_webhook(*, by: Any, url: str, types: Sequence[str] = (), state: str = WebhookState.ON) -> Webhook:
    """Create a webhook that begins at the end of the feed. Raise TooManyWebhooks (400)."""
    owner_id = by.account_id
    lock_account(owner_id, AccountLock.WEBHOOKS)
    if Webhook.objects.filter(owner_id=owner_id).count() >= MAX_WEBHOOKS:
        raise TooManyWebhooks(limit=MAX_WEBHOOKS)
    return Webhook.objects.create(
        owner_id=owner_id,
        url=url,
        types=list(types),
        state=state,
        off_reason="" if state == WebhookState.ON else OffReason.SWITCHED_OFF,
        position=find_head(owner_id),
        next_attempt_at=timezone.now(),
        secret=make_secret(),
    )


@atomic
def change_webhook(*, by: Any, pk: int, check: Callable[[Webhook], None] = accept, **fields: Any) -> Webhook:
    """Set the fields. If the webhook is switched on, it continues immediately where it stopped.

    `check` gets the locked webhook before any change, and refuses the change by an exception. Raise DoesNotExist.
    """
    webhook: Webhook = Webhook.objects.for_user(by).get_locked(pk)
    check(webhook)
    if fields.get("state", webhook.state) != webhook.state:
        is_on = fields["state"] == WebhookState.ON
        fields |= {"off_reason": ""} | forget_failures() if is_on else {"off_reason": OffReason.SWITCHED_OFF}
    elif fields.get("url", webhook.url) != webhook.url:
        fields |= forget_failures()
    save_fields(webhook, fields)
    return webhook


def forget_failures() -> dict[str, Any]:
    """Return the values of the fields of a webhook whose next event has not been tried yet."""
    return {"failures": 0, "refusals": 0, "next_attempt_at": timezone.now()}


@atomic
def switch_off(*, webhook: Webhook, reason: str) -> bool:
    """Switch the webhook off. Return whether it was on."""
    row = Webhook.objects.filter(owner_id=webhook.owner_id).get_locked(webhook.pk)
    was_on: bool = row.state == WebhookState.ON
    if was_on:
        save_fields(row, {"state": WebhookState.OFF, "off_reason": reason})
    return was_on


@atomic
def delete_webhook(*, by: Any, pk: int) -> None:
    """Delete the webhook with its attempts. A worker that is sending for it notices. Raise DoesNotExist."""
    webhook: Webhook = Webhook.objects.for_user(by).get_locked(pk)
    attempts: Any = DeliveryAttempt.objects.filter(owner_id=webhook.owner_id, webhook_id=pk)
    attempts._raw_delete(attempts.db)
    delete_rows(Webhook, webhook.owner_id, [webhook])


@atomic
def roll_secret(*, by: Any, pk: int) -> Webhook:
    """Give the webhook a new secret. The old one signs as well for OVERLAP_HOURS. Raise DoesNotExist."""
    webhook: Webhook = Webhook.objects.for_user(by).get_locked(pk)
    until = timezone.now() + timedelta(hours=OVERLAP_HOURS)
    save_fields(webhook, {"secret": make_secret(), "previous_secret": webhook.secret, "previous_until": until})
    return webhook


@atomic
def redeliver(*, by: Any, pk: int, after: int) -> Webhook:
    """Set the position back, so that the events after it are sent again. Raise DoesNotExist, InvalidPosition."""
    webhook: Webhook = Webhook.objects.for_user(by).get_locked(pk)
    if after > webhook.position:
        raise InvalidPosition(webhook.position)
    save_fields(webhook, {"position": after, **forget_failures()})
    return webhook


class InvalidPosition(ValueError):
    """The webhook has not reached this position yet."""

    def __init__(self, position: int) -> None:
        super().__init__(fill("Write a position from 0 to {position}, where the webhook is now.", position=position))


def send_ping(*, webhook: Webhook) -> DeliveryResult:
    """Send a `ping` and return the result. Raise Throttled (429). Call this outside of a transaction."""
    throttling.consume(f"ping:{webhook.owner_id}", MAX_PINGS_PER_MINUTE, window_seconds=60)
    ping = {"type": "ping", "timestamp": format_utc(timezone.now()), "data": {"webhook": webhook.pk}}
    return send_signed(webhook, f"ping_{uuid4().hex}", json.dumps(ping).encode(), PING_SECONDS)


def send_signed(webhook: Webhook, message_id: str, body: bytes, *seconds: float) -> DeliveryResult:
    is_rolling = webhook.previous_until is not None and webhook.previous_until > timezone.now()
    signing_secrets = [webhook.secret, *([webhook.previous_secret] if is_rolling else [])]
    return post(webhook.url, body, make_headers(message_id, int(time.time()), body, signing_secrets), *seconds)
