"""The authentication backend of the API, the browsable API and the admin."""

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend


class AccountBackend(ModelBackend):
    """Django's backend; also refuses workers of a closed account."""

    def authenticate(
        self, request: Any, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Any:
        """Return the user, or None. Rejects the demo password outside demo mode: a copied database may hold it."""
        user = super().authenticate(request, username, password, **kwargs)
        return user if settings.DEMO or password != settings.DEMO_PASSWORD else None

    def get_user(self, user_id: Any) -> Any:
        """Return the user of a session with its employer, in one statement; None if it may not sign in."""
        user = get_user_model().objects.get_with_employer(user_id)
        return user if self.user_can_authenticate(user) else None

    def user_can_authenticate(self, user: Any) -> bool:
        return user is not None and user.may_sign_in
