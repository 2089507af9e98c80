"""Idempotency keys of clients, with the stored responses."""

from django.db import models

from core.ownership import OwnedModel, OwnedQuerySet


class IdempotencyKey(OwnedModel):
    """The key of a client for one request, and the response. Like the effect of the request, it is never deleted."""

    is_data = False

    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.SmallIntegerField()
    body = models.BinaryField()
    created_at = models.DateTimeField()

    objects = OwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "id"], name="idempotency_idempotencykey_owner_row"),
            models.UniqueConstraint(fields=["owner", "key"], name="idempotency_idempotencykey_key"),
        ]

    def __str__(self) -> str:
        return self.key
