"""What the service stores about sign-ins: tokens, attempts, known networks, second factors, and challenges."""

from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class RefreshFamily(models.Model):
    """A sign-in that can be refreshed. It stores the id of the current refresh token, not the token itself."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
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

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
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

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
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
            models.CheckConstraint(condition=Q(kind__in=FactorKind.values), name="users_factor_kind"),
            models.CheckConstraint(
                condition=Q(kind=FactorKind.PASSKEY, credential__isnull=False)
                | (~Q(kind=FactorKind.PASSKEY) & Q(credential=None)),
                name="users_factor_passkey_credential",
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
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    token_version = models.PositiveIntegerField(
        null=True, help_text="The user's at that time: a new password ends the challenge."
    )
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.purpose} of user {self.user_id}"
