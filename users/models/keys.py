"""The queries that read API keys."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now
from django.db.models.lookups import Exact
from django.utils import timezone

from core.database.constraints import checks
from core.database.postgres.base import fetch, list_columns, make_instance
from users.access.roles import Right, may
from users.querysets import insert_columns

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
        count = len(list_columns(self.model))
        is_writable, *row = rows[0]
        key: Any = make_instance(self.model, *row[:count])
        key.is_writable, key.user = is_writable, users.from_row(row[count:])
        return key


MAX_KEY_NAME_LENGTH = 64
PREFIX_LENGTH = 12
DIGEST_BYTES = 32  # the length of a SHA-256


class KeyScope(models.TextChoices):
    """What a key may do, within the rights of its user: read, write like workers, or write like managers."""

    READ = "read"
    BOOK = "book"
    MANAGE = "manage"


class ApiKey(models.Model):
    """A key with which a program acts for a user. Stores the SHA-256 of its secret, never the secret itself."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=MAX_KEY_NAME_LENGTH)
    scope = models.CharField("may", max_length=6, choices=KeyScope)
    prefix = models.CharField("key begins with", max_length=PREFIX_LENGTH)
    digest = models.BinaryField(max_length=DIGEST_BYTES)
    networks = ArrayField(
        models.CharField(max_length=45),
        default=list,
        editable=False,
        help_text="From which it was created and used; a new one is a security event.",
    )
    created_at = models.DateTimeField("added", auto_now_add=True)
    expires_at = models.DateTimeField("until", null=True)
    last_used_at = models.DateTimeField("last used", null=True)
    revoked_at = models.DateTimeField("revoked", null=True)
    rolled_at = models.DateTimeField(null=True, help_text="When another key was made in its place.")
    is_device = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text="Whether it is of a till's device: pairing the till again replaces it.",
    )

    objects = KeyQuerySet.as_manager()

    is_writable = True  # tells whether the database that the key was read from accepts writes

    class Meta:
        verbose_name = "API key"
        constraints = [
            models.UniqueConstraint(fields=["prefix"], name="users_apikey_prefix"),
            *checks(
                scope=Q(scope__in=KeyScope.values),
                digest=Exact(
                    Func(F("digest"), function="octet_length", output_field=models.IntegerField()), DIGEST_BYTES
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"

    @property
    def has_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @property
    def is_live(self) -> bool:
        return self.revoked_at is None and not self.has_expired
