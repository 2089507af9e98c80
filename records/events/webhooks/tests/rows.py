"""The rows of a shop with a row of every model: a webhook that is off, with an attempt."""

from records.events.webhooks.models import DeliveryAttempt, OffReason, Webhook, WebhookState
from records.events.webhooks.services import make_secret


def create_rows(shop):
    return create_webhook(shop.word, shop.owner)


def create_webhook(word, owner):
    """Create a webhook that is off, with an attempt. Return both by their models."""
    off = {"state": WebhookState.OFF, "off_reason": OffReason.SWITCHED_OFF, "position": 0, "secret": make_secret()}
    webhook = Webhook.objects.create(owner=owner, url=f"https://{word}.example.org/", **off)
    texts = {"type": "stock.low", "error": f"{word} error", "answer": f"{word} answer"}
    attempt = DeliveryAttempt.objects.create(owner=owner, webhook=webhook, position=1, ms=1, **texts)
    return {Webhook: webhook, DeliveryAttempt: attempt}
