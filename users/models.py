"""Users: owners, and the workers they employ. An owner and its workers are one account."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower


class Role(models.TextChoices):
    OWNER = "owner"
    WORKER = "worker"


class AccountManager(UserManager):
    """Finds users by name ignoring case."""

    def get_by_natural_key(self, username: str | None) -> Any:
        return self.get(username__lower=Lower(models.Value(self.model.normalize_username(username or ""))))

    def visible_to(self, user: "User") -> Any:
        """Oneself and, for an owner, its workers."""
        return self.filter(Q(pk=user.pk) | Q(employer_id=user.pk))


class User(AbstractUser):
    """Somebody who signs in. Without a role that says otherwise a user is a worker of nobody: it may do nothing."""

    email = models.EmailField("email address", blank=True)
    phone = models.CharField(max_length=64, blank=True)
    role = models.CharField(max_length=6, choices=Role, default=Role.WORKER)
    employer = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="workers",
        limit_choices_to={"role": Role.OWNER},
    )  # fmt: skip

    objects: ClassVar[AccountManager] = AccountManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("username"), name="users_user_username",
                violation_error_message="A user with that username already exists.",
            ),
            models.UniqueConstraint(
                Lower("email"), name="users_user_email", condition=~Q(email=""),
                violation_error_message="A user with that email already exists.",
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="users_user_role"),
            models.CheckConstraint(
                condition=Q(employer=None) | Q(role=Role.WORKER), name="users_user_owner_unemployed",
                violation_error_message="An owner has no employer.",
            ),
        ]  # fmt: skip

    @property
    def account_id(self) -> int | None:
        """The owner whose rows this user works on; None for a worker without employer."""
        return self.pk if self.role == Role.OWNER else self.employer_id

    @property
    def may_sign_in(self) -> bool:
        """An active user whose employer, if any, is active."""
        return self.is_active and (self.employer is None or self.employer.is_active)


class Attempt(models.Model):
    """How often something was tried that may be tried so often. The table is UNLOGGED: a crash may forget it."""

    key = models.CharField(max_length=255, primary_key=True)
    count = models.IntegerField()
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.key}: {self.count}"
