"""Who may sign in with a password, for the API, the browsable API and the admin alike."""

from typing import Any

from django.contrib.auth.backends import ModelBackend


class AccountBackend(ModelBackend):
    """Django's backend, in which a worker of a closed account counts as inactive."""

    def user_can_authenticate(self, user: Any) -> bool:
        return user is not None and user.may_sign_in
