"""The security events that a user sees."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from users.access.roles import Right, may
from users.models.keys import ApiKey


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
    """An event about a user's security. Only record_security_event() in services.py creates it.

    Events do not change, except that erasing a user empties the addresses.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+", db_index=False,
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
        constraints = [models.CheckConstraint(condition=Q(kind__in=EventKind.values), name="users_securityevent_kind")]

    def __str__(self) -> str:
        return f"{self.kind} of user {self.user_id}"
