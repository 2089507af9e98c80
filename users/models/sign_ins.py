"""What the service stores about sign-ins: tokens, attempts, known networks, second factors, challenges, and events.

The operators' list of removed shops has no names, and no row of it belongs to a shop.
"""

from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.database.constraints import checks
from users.access.roles import Right, may
from users.models.keys import ApiKey


def key_to_user(**options: Any) -> models.ForeignKey:
    """Return the foreign key of rows that are deleted with their user."""
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", **options)


class RefreshFamily(models.Model):
    """A sign-in that can be refreshed. It stores the id of the current refresh token, not the token itself."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    user = key_to_user()
    current = models.UUIDField()
    previous = models.UUIDField(null=True)
    rotated_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "refresh families"

    def __str__(self) -> str:
        return f"{self.id} of user {self.user_id}"


class AttemptCounter(models.Model):
    """A counter of attempts that have a limit. The table is UNLOGGED, so a crash may empty it."""

    key = models.CharField(max_length=255, primary_key=True)
    count = models.IntegerField()
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = "attempt"

    def __str__(self) -> str:
        return f"{self.key}: {self.count}"


class KnownNetwork(models.Model):
    """A network from which a user has signed in lately. Wrong sign-ins from others do not lock the name there."""

    user = key_to_user(db_index=False)
    network = models.CharField(max_length=45)
    token_version = models.PositiveIntegerField(
        help_text="The user's at that time: after a new password it is unknown."
    )
    used_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "network"], name="users_knownnetwork_user_network")]
        indexes = [models.Index(fields=["used_at"], name="users_knownnetwork_used_at")]

    def __str__(self) -> str:
        return f"{self.network} of user {self.user_id}"


MAX_FACTOR_NAME_LENGTH = 64


class FactorKind(models.TextChoices):
    TOTP = "totp"  # an authenticator app, which shows a code of six digits (RFC 6238)
    PASSKEY = "passkey"  # a WebAuthn credential with user verification
    RECOVERY = "recovery"  # codes on paper, in one row; they count only beside another factor


class Factor(models.Model):
    """A second factor of a user. Only services.py of this folder changes it."""

    user = key_to_user(db_index=False)
    kind = models.CharField(max_length=8, choices=FactorKind)
    name = models.CharField(max_length=MAX_FACTOR_NAME_LENGTH)
    secret = models.BinaryField(default=bytes, help_text="Of totp: the encrypted secret. Of a passkey: its public key.")
    credential = models.BinaryField(null=True, help_text="The id that the authenticator gave to a passkey.")
    spent = models.BigIntegerField(
        default=0, help_text="Of totp: the step of the last code. Of a passkey: its last signature counter."
    )
    codes = ArrayField(models.BinaryField(), default=list, help_text="The digests of the recovery codes that are left.")
    created_at = models.DateTimeField("added", auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True, help_text="Empty until the first code was right.")
    last_used_at = models.DateTimeField("last used", null=True)
    ends_at = models.DateTimeField(null=True, help_text="When the support desk lets it end, unless it is used before.")

    class Meta:
        indexes = [models.Index(fields=["user", "id"], name="users_factor_user")]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind"],
                condition=~Q(kind=FactorKind.PASSKEY) & Q(confirmed_at__isnull=False),
                name="users_factor_kind_once",
            ),
            models.UniqueConstraint(fields=["credential"], name="users_factor_credential"),
            *checks(
                kind=Q(kind__in=FactorKind.values),
                passkey_credential=Q(kind=FactorKind.PASSKEY, credential__isnull=False)
                | (~Q(kind=FactorKind.PASSKEY) & Q(credential=None)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of user {self.user_id}"

    @property
    def left(self) -> int | None:
        """Return how many recovery codes are left, or None for another kind."""
        return len(self.codes) if self.kind == FactorKind.RECOVERY else None


class Purpose(models.TextChoices):
    SECOND_STEP = "second step"  # after the right password of a user with a factor
    PASSKEY = "passkey"  # a passkey alone, or as a fresh proof
    NEW_PASSKEY = "new passkey"


class Challenge(models.Model):
    """A random text that a sign-in or a passkey answers once. The table stores its SHA-256."""

    digest = models.CharField(max_length=64, primary_key=True)
    purpose = models.CharField(max_length=11, choices=Purpose)
    user = key_to_user(null=True)
    token_version = models.PositiveIntegerField(
        null=True, help_text="The user's at that time: a new password ends the challenge."
    )
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.purpose} of user {self.user_id}"


class EventQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Any:
        """Return the user's own events, or all events of its account if it may manage users.

        A user does not see its events in an account that it has left, because they name users of that account.
        """
        own = Q(user=user.pk) & (Q(account=None) | Q(account__in=[user.pk, user.account_id or user.pk]))
        return self.filter(own | Q(account=user.account_id) if may(user, Right.MANAGE_USERS) else own)


class EventKind(models.TextChoices):
    SIGN_IN_FAILED = "sign_in_failed"  # several wrong sign-ins in a row, but too few to lock the name
    SIGN_IN_LOCKED = "sign_in_locked"
    UNLOCKED = "unlocked"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105
    TOKENS_REUSED = "tokens_reused"
    DEACTIVATED = "deactivated"
    REACTIVATED = "reactivated"
    ROLE_CHANGED = "role_changed"
    SIGNED_OUT_EVERYWHERE = "signed_out_everywhere"
    RESET_REQUESTED = "reset_requested"
    PASSWORD_RESET = "password_reset"  # noqa: S105
    INVITED = "invited"
    EMAIL_CHANGED = "email_changed"
    API_KEY_CREATED = "api_key_created"
    API_KEY_REVOKED = "api_key_revoked"
    API_KEY_USED_FROM_NEW_NETWORK = "api_key_used_from_new_network"
    SHOP_EXPORTED = "shop_exported"
    PERSON_ERASED = "person_erased"
    CLOSING_STARTED = "closing_started"
    CLOSING_UNDONE = "closing_undone"
    FACTOR_ADDED = "factor_added"
    FACTOR_REMOVED = "factor_removed"
    RECOVERY_CODE_USED = "recovery_code_used"
    PASSKEY_USED = "passkey_used"


class SecurityEvent(models.Model):
    """An event about a user's security. Only record_security_event() in users/events/services.py creates it.

    Events do not change, except that erasing a user empties the addresses.
    """

    user = key_to_user(db_index=False)
    account = key_to_user(
        null=True, db_index=False,
        help_text="The owner in whose account it happened; empty where the user belonged to none.",
    )  # fmt: skip
    kind = models.CharField(max_length=32, choices=EventKind)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        help_text="Who did it, if not the user itself.",
    )
    api_key = models.ForeignKey(
        ApiKey, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False, help_text="The key it is about."
    )
    address = models.CharField(max_length=45, blank=True, help_text="From where it came; of IPv6, the network.")
    created_at = models.DateTimeField("when", auto_now_add=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["user", "id"], name="users_securityevent_user"),
            models.Index(fields=["account", "id"], name="users_securityevent_account"),
        ]
        constraints = checks(kind=Q(kind__in=EventKind.values))

    def __str__(self) -> str:
        return f"{self.kind} of user {self.user_id}"


MAX_REASON_LENGTH = 255


class ClosedAccount(models.Model):
    """A shop whose rows were removed, or are being removed."""

    account_number = models.BigIntegerField(help_text="Id of the user to whom the rows belonged.")
    due_at = models.DateTimeField(help_text="When its time was over.")
    started_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField("closed", null=True, help_text="Empty while rows remain.")
    reason = models.CharField(max_length=MAX_REASON_LENGTH, blank=True, help_text="Empty if its owner closed it.")
    counts = models.JSONField(default=dict, help_text="The removed rows of each table.")

    def __str__(self) -> str:
        return f"account {self.account_number}"
