"""Issue, check, roll and revoke API keys.

A key is `inv_<prefix>_<secret>`. The prefix finds its row. The secret has 256 random bits, and only their SHA-256 is
stored. Nobody can guess them, so a slow hash would protect no better, but delay each request. A wrong secret
and an unknown prefix take the same statement and the same comparison, and get the same response.
"""

import hmac
import re
import secrets
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256

from django.conf import settings
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from rest_framework.exceptions import AuthenticationFailed

from core.database.postgres.base import read_with_reconnect
from core.database.transactions import atomic
from users.access.permissions import Caller
from users.errors import KeyEnded, KeyOfDevice, TooManyKeys
from users.events import services as events
from users.models import DIGEST_BYTES, PREFIX_LENGTH, ApiKey, EventKind, User

MARK = "inv_"  # every key begins with it, and no token does
SECRET_BYTES = 32
TEXT = re.compile(rf"{MARK}([A-Za-z0-9]{{{PREFIX_LENGTH}}})_([A-Za-z0-9_-]{{43}})")
NO_DIGEST = bytes(DIGEST_BYTES)  # no secret has this digest

MAX_LIVE_KEYS = 50  # the limit of a user's keys that are neither revoked nor expired
MAX_NETWORKS = 100  # the networks of a key that are stored; a use from a further network is no event
NOTE_INTERVAL = timedelta(minutes=1)


@sensitive_variables("text", "secret")
def authenticate(*, by: Caller, text: str) -> User:
    """Return the key's user with the key as `api_key`, and record the use. Raise AuthenticationFailed (401)."""
    parts = TEXT.fullmatch(text)
    prefix, secret = parts.groups() if parts else ("", "")
    key: ApiKey | None = read_with_reconnect(partial(ApiKey.objects.find, prefix)) if parts else None
    is_right = hmac.compare_digest(hash_secret(secret), bytes(key.digest) if key else NO_DIGEST)
    # A copied database may have the demo's published keys.
    if key is None or not is_right or (text in settings.DEMO_KEYS and not settings.DEMO):
        raise AuthenticationFailed(_("There is no such API key."), "key_not_valid")
    check_liveness(key)
    record_use(by=by, key=key)
    user: User = key.user
    user.api_key = key
    return user


def check_liveness(key: ApiKey) -> None:
    """Raise AuthenticationFailed (401) if the key has ended, or if its user may not sign in."""
    if key.revoked_at is not None:
        raise AuthenticationFailed(_("This API key was revoked. Create another one."), "key_revoked")
    if key.has_expired:
        raise AuthenticationFailed(_("This API key has expired. Create another one."), "key_expired")
    if not key.user.may_sign_in:
        raise AuthenticationFailed(_("The user of this API key is deactivated."), "user_inactive")


def record_use(*, by: Caller, key: ApiKey) -> None:
    """Store the time when the key was used, at most once a minute, and record an event for each new network.

    Authentication runs before the transaction of a request, so a refused request does not undo this. If the database is
    read-only, nothing is stored.
    """
    if not key.is_writable:
        return
    if by.network not in key.networks and len(key.networks) < MAX_NETWORKS:
        record_network(by=by, key=key)
    if key.last_used_at is None or timezone.now() - key.last_used_at >= NOTE_INTERVAL:
        not_noted = Q(last_used_at=None) | Q(last_used_at__lte=Now() - NOTE_INTERVAL)
        ApiKey.objects.filter(not_noted, pk=key.pk).update(last_used_at=Now())


@atomic
def record_network(*, by: Caller, key: ApiKey) -> None:
    """Add the network to the key's row and record an event, unless a concurrent request has just added it."""
    without = ApiKey.objects.filter(pk=key.pk, networks__len__lt=MAX_NETWORKS).exclude(networks__contains=[by.network])
    networks = Func(F("networks"), Value(by.network), function="array_append")
    if without.update(networks=networks):
        events.record_security_event(by=by, user=key.user, kind=EventKind.API_KEY_USED_FROM_NEW_NETWORK, api_key=key)


@atomic
@sensitive_variables("text")
def issue_key(
    *,
    by: Caller,
    user: User,
    name: str,
    scope: str,
    expires_at: datetime | None,
    text: str | None = None,
    is_device: bool = False,
) -> tuple[ApiKey, str]:
    """Create a key, and return it with its text, by default a random one. Raise TooManyKeys (400)."""
    lock_user(user)
    if ApiKey.objects.filter(user=user).live().count() >= MAX_LIVE_KEYS:
        raise TooManyKeys(limit=MAX_LIVE_KEYS)
    text = text or generate_text()
    _, prefix, secret = text.split("_", 2)
    key = ApiKey.objects.create(
        user=user,
        name=name,
        scope=scope,
        prefix=prefix,
        digest=hash_secret(secret),
        networks=[by.network] if by.network else [],
        expires_at=expires_at,
        is_device=is_device,
    )
    events.record_security_event(by=by, user=user, kind=EventKind.API_KEY_CREATED, api_key=key)
    return key, text


def lock_user(user: User) -> None:
    """Lock the user's row, so that concurrent requests count its keys one after another."""
    User.objects.select_for_update(no_key=True, of=("self",)).get(pk=user.pk)


def generate_text() -> str:
    return f"{MARK}{get_random_string(PREFIX_LENGTH)}_{secrets.token_urlsafe(SECRET_BYTES)}"


@sensitive_variables("secret")
def hash_secret(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


@atomic
def roll(*, by: Caller, key: ApiKey, overlap: timedelta) -> tuple[ApiKey, str]:
    """Create a key that replaces this one, with the same name, scope and length of life. Return it with its text.

    This key expires when the overlap is over, or is revoked immediately if there is no overlap. Raise KeyEnded (409) if
    it has ended or was rolled before, KeyOfDevice (409) for the key of a till, or TooManyKeys (400).
    """
    lock_user(key.user)
    key = ApiKey.objects.select_related("user").select_for_update(no_key=True, of=("self",)).get(pk=key.pk)
    if key.is_device:
        raise KeyOfDevice()
    if not key.is_live or key.rolled_at is not None:
        raise KeyEnded()
    now = timezone.now()
    expires_at = None if key.expires_at is None else now + (key.expires_at - key.created_at)
    key.rolled_at = now
    if overlap:
        key.expires_at = now + overlap if key.expires_at is None else min(key.expires_at, now + overlap)
    else:
        revoke(by=by, key=key)
    key.save(update_fields=["rolled_at", "expires_at"])
    return issue_key(by=by, user=key.user, name=key.name, scope=key.scope, expires_at=expires_at)


@atomic
def revoke(*, by: Caller, key: ApiKey) -> bool:
    """Revoke the key immediately and permanently. Its row remains. Return whether it was not yet revoked."""
    is_new: bool = ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=Now()) == 1
    if is_new:
        events.record_security_event(by=by, user=key.user, kind=EventKind.API_KEY_REVOKED, api_key=key)
    return is_new
