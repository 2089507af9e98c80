"""The rule by which all doors of the service admit a user."""

from users.factors.errors import SecondFactorRequired
from users.models import User


def admit(user: User, proved_at: float | None) -> None:
    """Raise SecondFactorRequired (401) if the user has a second factor and has not proven it since it has one."""
    since = user.second_factor_since
    if since is not None and (proved_at or 0) < since.timestamp():
        raise SecondFactorRequired()
