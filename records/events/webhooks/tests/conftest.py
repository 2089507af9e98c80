"""A webhook of Alice with a receiver on this machine."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models.functions import Now

from products.models import Product
from records.events.services import number_all_events
from records.events.webhooks import services
from records.events.webhooks.jobs import take_turn
from records.events.webhooks.models import Webhook
from records.events.webhooks.tests.receivers import run_receiver
from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.models import MovementType, OperationReason
from testing.cast.people import make_product
from trade.selling.services import book


@pytest.fixture
def receiver() -> Any:
    with run_receiver() as running:
        yield running


@pytest.fixture
def kettle(alice: Any) -> Product:
    """Return a product of Alice whose quantity is large, so that selling a few does not make it low."""
    return make_product(alice, quantity=100)


@pytest.fixture
def webhook(alice: Any, kettle: Product, receiver: Any) -> Webhook:
    """Return a webhook of Alice that begins after the events of her kettle."""
    return make_webhook(alice, receiver.url)


def make_webhook(owner: Any, url: str, **fields: Any) -> Webhook:
    number_all_events(owner.pk)
    return services.create_webhook(by=owner, url=url, **fields)


@pytest.fixture
def sell(alice: Any, kettle: Product) -> Callable[..., None]:
    """Return a function that sells one kettle after the other. Each sale is an event of the type operation.booked."""

    def sell_kettles(count: int = 1, quantity: int = 1) -> None:
        for _ in range(count):
            line = BookingLine(by_id(kettle.pk), MovementType.OUT, quantity)
            book(draft=OperationDraft(by=alice, reason=OperationReason.SALE), lines=[line])

    return sell_kettles


def send_all(webhook: Webhook, is_stopping: Callable[[], bool] = lambda: False) -> list[str]:
    """Give the webhook one turn. Return the verdict on each attempt."""
    verdicts: list[str] = []
    take_turn(webhook.owner_id, webhook.pk, is_stopping, lambda verdict: verdicts.append(verdict.name))
    webhook.refresh_from_db()
    return verdicts


def make_due(webhook: Webhook) -> None:
    """Let the time of the next attempt come."""
    Webhook.objects.filter(pk=webhook.pk).update(next_attempt_at=Now())
