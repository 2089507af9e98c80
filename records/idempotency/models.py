"""Idempotency keys of clients, with the stored responses."""

import re
from typing import Any

from django.db import models

from core.database.postgres.base import execute, fetch
from core.ownership import OwnedModel, OwnedQuerySet

MAX_REPLACED = 1000  # the most bodies that are read together
FIND_BODIES = """
SELECT id, body FROM idempotency_idempotencykey
WHERE owner_id = %(owner)s::bigint AND id > %(after)s::bigint AND convert_from(body, 'UTF8') ~ %(pattern)s::text
ORDER BY id LIMIT %(limit)s
"""
# Citus refuses to decode a column in an UPDATE, so the bodies are changed here.
REPLACE_BODIES = """
UPDATE idempotency_idempotencykey AS stored SET body = changed.body
FROM unnest(%(ids)s::bigint[], %(bodies)s::bytea[]) AS changed (id, body)
WHERE stored.owner_id = %(owner)s::bigint AND stored.id = changed.id
"""


class IdempotencyKey(OwnedModel):
    """The key of a client for one request, and the response. Only erasing a person changes it. It is never deleted."""

    is_data = False

    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.SmallIntegerField()
    body = models.BinaryField()
    created_at = models.DateTimeField()

    objects = OwnedQuerySet.as_manager()

    class Meta:
        constraints = [
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
        for pattern, replacement in replacements.items():
            after = 0
            search = {"owner": owner_id, "pattern": pattern, "limit": MAX_REPLACED}
            while found := fetch(FIND_BODIES, {**search, "after": after}):
                after = found[-1][0]
                bodies = [re.sub(pattern, replacement, bytes(body).decode()).encode() for _, body in found]
                values: Any = {"owner": owner_id, "ids": [pk for pk, _ in found], "bodies": bodies}
                execute(REPLACE_BODIES, values)
