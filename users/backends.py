"""The authentication backend of the API, the browsable API and the admin, and the password hash."""

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.views.decorators.debug import sensitive_variables

from users.models import User


class AccountBackend(ModelBackend):
    """Django's backend. It also refuses workers of a closed account.

    Each session stores the path of this class, so a new path would sign everybody out.
    """

    def authenticate(
        self, request: Any, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Any:
        user = self.find_by_password(username, password)
        return user if user is not None and user.may_sign_in else None

    @sensitive_variables("password")
    def find_by_password(self, username: str | None, password: str | None) -> Any:
        """Return the user of these credentials, even if it may not sign in, or None. An unknown name takes as long.

        Outside of demo mode, reject the demo password, which a copied database may have.
        """
        user = super().authenticate(None, username, password)
        return user if settings.DEMO or password != settings.DEMO_PASSWORD else None

    def get_user(self, user_id: Any) -> Any:
        """Return the user of a session with its employer, or None if it may not sign in. Execute one statement."""
        user = User.find(user_id)
        return user if user is not None and user.may_sign_in else None

    def user_can_authenticate(self, user: Any) -> bool:
        """Return True for every user, because the methods above check this."""
        return True


class Argon2(Argon2PasswordHasher):
    """Argon2id with OWASP's minimum of 19 MiB. With Django's 100 MiB, many sign-ins would run out of memory."""

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
