"""The queries that read API keys."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.database.postgres.base import fetch
from users.access.roles import Right, may
from users.querysets import insert_columns, list_columns

# Returns an API key with its user and the user's employer, and whether this database accepts writes.
KEY_WITH_USER = """
SELECT current_setting('transaction_read_only') = 'off', {columns}
FROM users_apikey AS key
    JOIN users_user AS users ON users.id = key.user_id
    LEFT JOIN users_user AS employer ON employer.id = users.employer_id
WHERE key.prefix = %(prefix)s
"""


class KeyQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Any:
        """Return the user's own keys, and those of its workers if it may manage users."""
        own = Q(user=user.pk)
        shop = user.account_id
        return self.filter(Q(user=shop) | Q(user__employer=shop) if may(user, Right.MANAGE_USERS) else own)

    def live(self) -> Any:
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=Now()), revoked_at=None)

    def find(self, prefix: str) -> Any:
        """Return the key of this prefix with its user and the user's employer, or None. Execute one statement."""
        users: Any = self.model._meta.get_field("user").related_model
        tables = ("key", self.model), ("users", users), ("employer", users)
        rows = fetch(insert_columns(KEY_WITH_USER, *tables), {"prefix": prefix})
        if not rows:
            return None
        names = list_columns(self.model)
        is_writable, *row = rows[0]
        key: Any = self.model.from_db(self.db, names, row[: len(names)])
        key.is_writable, key.user = is_writable, users.from_row(row[len(names) :])
        return key
