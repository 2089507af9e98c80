"""What concerns the security of a user, written down: for the user, for its owner, and as a line in the log."""

import logging
from functools import partial
from typing import Any

from django.db import transaction

from core.http.client_address import client_address
from users.models import EventKind, Role, SecurityEvent, User

logger = logging.getLogger("users.events")

# Nobody knows who did it, whoever the request says it is; the log warns of it.
SUSPICIOUS = {EventKind.SIGN_IN_LOCKED, EventKind.TOKENS_REUSED}


def record(kind: EventKind, user: User, request: Any = None) -> None:
    """Append an event. The request says from where it came, and by whom if that is not the user itself."""
    event = SecurityEvent.objects.create(
        user=user,
        account_id=user.pk if user.role == Role.OWNER else user.employer_id,
        kind=kind,
        actor_id=None if kind in SUSPICIOUS else somebody_else(user, request),
        address=client_address(request) if request else "",
    )
    fields = {"event": event.kind, "user": event.user_id, "actor": event.actor_id}
    level = logging.WARNING if kind in SUSPICIOUS else logging.INFO
    extra = {"fields": fields, "request": request}
    transaction.on_commit(partial(logger.log, level, "security event", extra=extra))


def somebody_else(user: User, request: Any) -> int | None:
    """The id of the caller, unless it is the user."""
    caller = request.user.pk if request else None
    return caller if caller != user.pk else None


def sign_in_locked(username: str, request: Any) -> None:
    """A name was closed. If nobody has it there is nobody to tell."""
    user: User | None = User.objects.named(username).first()
    if user:
        record(EventKind.SIGN_IN_LOCKED, user, request)
