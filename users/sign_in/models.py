"""What the service stores about sign-ins: those that can be refreshed, attempts that have a limit, known networks."""

from uuid import uuid4

from django.conf import settings
from django.db import models


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
