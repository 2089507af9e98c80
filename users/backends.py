"""Who may sign in with a password, for the API, the browsable API and the admin alike."""

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend

from demo.credentials import DEMO_PASSWORD


class AccountBackend(ModelBackend):
    """Django's backend, in which a worker of a closed account counts as inactive."""

    def authenticate(
        self, request: Any, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Any:
        """Nobody, for the demo's printed password outside of the demo, as in a copy of its database."""
        user = super().authenticate(request, username, password, **kwargs)
        return user if settings.DEMO or password != DEMO_PASSWORD else None

    def user_can_authenticate(self, user: Any) -> bool:
        return user is not None and user.may_sign_in
