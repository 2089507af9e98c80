"""The caller of a service: the user, and the address from which the user calls."""

from dataclasses import dataclass, replace
from typing import Any

from core.http.clients import client_address, client_network
from users.models import User


@dataclass(frozen=True)
class Caller:
    """What a service needs to know of the HTTP request. Without arguments it stands for a command."""

    user: User | None = None
    address: str = ""
    network: str = ""
    request_id: str | None = None

    @classmethod
    def of(cls, request: Any) -> "Caller":
        """Return the caller of a request. It has a user if the user is signed in."""
        return replace(cls.anonymous(request), user=request.user if request.user.is_authenticated else None)

    @classmethod
    def anonymous(cls, request: Any) -> "Caller":
        """Return the caller without its user, for sign-in and refresh. This does not load the user of a session."""
        request_id = request.META.get("HTTP_X_REQUEST_ID")
        return cls(address=client_address(request), network=client_network(request), request_id=request_id)

    @property
    def user_id(self) -> int | None:
        return self.user.pk if self.user else None
