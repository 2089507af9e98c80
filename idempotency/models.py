"""The idempotency keys that clients sent, with the responses they got."""

from django.db import models

from core.ownership import OwnedModel, OwnedQuerySet


class IdempotencyKey(OwnedModel):
    """A client's name for one request, and the response to it. Kept for ever, as its effect is."""

    is_data = False

    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.SmallIntegerField()
    body = models.BinaryField()
    created_at = models.DateTimeField()

    objects = OwnedQuerySet.as_manager()

    class Meta:
        # The names that the table was created with, as a part of the app `stock`.
        db_table = "stock_idempotencykey"
        constraints = [
            models.UniqueConstraint(fields=["owner", "id"], name="stock_idempotencykey_owner_row"),
            models.UniqueConstraint(fields=["owner", "key"], name="stock_idempotencykey_key"),
        ]

    def __str__(self) -> str:
        return self.key
