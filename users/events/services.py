"""Record security events. They are rows that a user and its owner can read, and lines in the log."""

import logging
from functools import partial
from typing import Any

from django.db import transaction

from users.access.permissions import Caller
from users.models import ApiKey, EventKind, SecurityEvent, User

logger = logging.getLogger("users.events")

# A stranger has probably caused these events, so they have no actor, even if the request has a user. They are logged as
# warnings.
SUSPICIOUS = {EventKind.SIGN_IN_FAILED, EventKind.SIGN_IN_LOCKED, EventKind.TOKENS_REUSED}


def record_security_event(*, by: Caller, user: User, kind: EventKind, api_key: ApiKey | None = None) -> None:
    """Append an event of the user, which may concern one of its keys. Log it when the transaction commits."""
    event = SecurityEvent.objects.create(
        user=user,
        account_id=user.pk if user.owns_shop else user.employer_id,
        kind=kind,
        actor_id=None if kind in SUSPICIOUS or by.user_id == user.pk else by.user_id,
        api_key=api_key,
        address=by.address,
    )
    fields: dict[str, Any] = {"event": event.kind, "user": event.user_id, "actor": event.actor_id}
    if api_key:
        fields["key"] = api_key.prefix
    if by.request_id:
        fields["request_id"] = by.request_id
    level = logging.WARNING if kind in SUSPICIOUS else logging.INFO
    transaction.on_commit(partial(logger.log, level, "security event", extra={"fields": fields}))
