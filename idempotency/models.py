"""Idempotency keys of clients, with the stored responses."""

from typing import Any

from django.db import connection, models

from core.ownership import OwnedModel, OwnedQuerySet

REPLACE_IN_BODIES = """
UPDATE idempotency_idempotencykey
SET body = convert_to(
    regexp_replace(convert_from(body, 'UTF8'), %(pattern)s::text, %(replacement)s::text, 'g'), 'UTF8'
)
WHERE owner_id = %(owner)s::bigint AND convert_from(body, 'UTF8') ~ %(pattern)s::text
"""


class IdempotencyKey(OwnedModel):
    """The key of a client for one request, and the response. Like the effect of the request, it is never deleted.

    Erasing a person is the only change of a stored response.
    """

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

    @classmethod
    def forget(cls, owner_id: int, person: Any) -> None:
        cls.replace_in_bodies(owner_id, person.list_stored_copies())

    @classmethod
    def replace_in_bodies(cls, owner_id: int, replacements: dict[str, str]) -> None:
        """Replace what the regular expressions match in the stored responses of the account."""
        with connection.cursor() as cursor:
            for pattern, replacement in replacements.items():
                values: Any = {"owner": owner_id, "pattern": pattern, "replacement": replacement}
                cursor.execute(REPLACE_IN_BODIES, values)
