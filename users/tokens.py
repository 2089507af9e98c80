"""Issue, refresh and end tokens. A refresh token works once.

Both tokens contain the `token_version` of their user, and are valid while it is the same. They also contain the time at
which the user joined, because after a restore the database may give the same id to another user. A refresh token also
belongs to a family: one row per sign-in, which stores the id of the current token. A refresh replaces the current token
by one UPDATE with its condition on the row itself, so that of several concurrent ones only one succeeds.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from rest_framework_simplejwt.exceptions import InvalidToken, TokenError
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token
from rest_framework_simplejwt.utils import datetime_from_epoch

from core.database.postgres.base import execute
from core.database.transactions import atomic
from users import authentication, sql
from users import event_services as events
from users.callers import Caller
from users.errors import SecondFactorRequired
from users.event_models import EventKind
from users.models import User
from users.sign_in_models import RefreshFamily

# A second use within this time is treated as a double click or a retry, and only refused. A later one is treated as
# theft.
REUSE_GRACE = timedelta(seconds=30)
# Tokens and sessions have the time of the last proof, in seconds, under this name.
PROVED_AT = "proved_at"
# Tokens have the time of their sign-in under the name that OpenID Connect gives it. A refresh does not change it.
SIGNED_IN_AT = "auth_time"


def admit(user: User, proved_at: float | None) -> None:
    """Raise SecondFactorRequired (401) if the user has not proven its second factor since it has had one.

    Everything that begins a session or issues a token calls this.
    """
    since = user.second_factor_since
    if since is not None and (proved_at or 0) < since.timestamp():
        raise SecondFactorRequired()


def issue_tokens(user: User, proved_at: float | None = None) -> dict[str, str]:
    """Return a new pair of tokens, and insert their family. `token` is a second name of the access token.

    They contain the version that was read together with the password. So if either has changed since, they are invalid.
    They also contain the time at which the user has proven a second factor. Raise SecondFactorRequired (401).
    """
    admit(user, proved_at)
    refresh = RefreshToken.for_user(user)
    refresh[SIGNED_IN_AT] = refresh["iat"]
    if proved_at:
        refresh[PROVED_AT] = proved_at
    family, expires_at = str(uuid4()), datetime_from_epoch(refresh["exp"])
    row = {"id": family, "user": user.pk, "current": refresh["jti"], "expires_at": expires_at}
    execute(sql.INSERT_FAMILY, row)
    return make_pair(refresh, user, family)


def issue_access_token(user: User, proved_at: float) -> str:
    """Return an access token with a fresh proof. Raise SecondFactorRequired (401) if the proof does not suffice."""
    admit(user, proved_at)
    access = AccessToken.for_user(user)
    access["version"], access["joined"] = user.token_version, user.date_joined.timestamp()
    access[SIGNED_IN_AT] = proved_at
    if user.second_factor_since:
        access[PROVED_AT] = proved_at
    return str(access)


def make_pair(refresh: RefreshToken, user: User, family: str) -> dict[str, str]:
    refresh["version"], refresh["joined"] = user.token_version, user.date_joined.timestamp()
    access = str(refresh.access_token)
    refresh["family"] = family
    return {"access": access, "refresh": str(refresh), "token": access}


def rotate(*, by: Caller, refresh: str) -> dict[str, str]:
    """Replace a refresh token by a new pair. Raise AuthenticationFailed (401) if it is invalid or was used already."""
    token = parse_refresh_token(refresh)
    user = authentication.find_user_of_token(token)
    family, successor = find_family(token, user), RefreshToken.for_user(user)
    successor[SIGNED_IN_AT] = token.get(SIGNED_IN_AT, 0)  # tokens of release 1.0.0 have none
    if PROVED_AT in token:
        successor[PROVED_AT] = token[PROVED_AT]
    try:
        admit(user, token.get(PROVED_AT))
    except SecondFactorRequired:  # the user has got its first factor after this sign-in
        family.delete()
        raise InvalidToken(gettext("This sign-in ended when a second factor was added. Sign in again.")) from None
    if not spend_token(token, family, successor):
        if is_stolen(token, family.first()):
            end_stolen_sign_ins(by, user)
        raise InvalidToken(gettext("This refresh token has been used or has ended. Sign in again."))
    return make_pair(successor, user, token["family"])


def find_family(token: Token, user: User) -> QuerySet[RefreshFamily]:
    """Return the token's sign-in as a queryset. It is empty if the sign-in has ended."""
    return RefreshFamily.objects.filter(pk=token.get("family"), user=user)


def spend_token(token: Token, family: QuerySet[RefreshFamily], successor: Token) -> bool:
    """Replace the token by its successor. Return False if the token is not the family's current one."""
    replaced = family.filter(current=token["jti"]).update(
        current=successor["jti"],
        previous=F("current"),
        rotated_at=timezone.now(),
        expires_at=datetime_from_epoch(successor["exp"]),
    )
    return replaced == 1


def is_stolen(token: Token, family: RefreshFamily | None) -> bool:
    """Return whether a spent token is used again after REUSE_GRACE. Return False if its sign-in has already ended.

    The time of use is stored for the previous token only. For an older token, its time of issue is used instead.
    """
    if family is None:
        return False
    is_last = family.previous == UUID(token["jti"])
    spent_at = family.rotated_at if is_last and family.rotated_at else datetime_from_epoch(token["iat"])
    return timezone.now() - spent_at > REUSE_GRACE


def end_sign_in(refresh: str, user: User) -> bool:
    """End the sign-in of the refresh token. Return False if the token is invalid or belongs to another user."""
    try:
        token = parse_refresh_token(refresh)
    except InvalidToken:
        return False
    if token.get("user_id") != str(user.pk):
        return False
    find_family(token, user).delete()
    return True


def end_all_sign_ins(user: User) -> int:
    return RefreshFamily.objects.filter(user=user).delete()[0]


@atomic
def end_all_tokens() -> None:
    """End every token and session, and revoke every key, also those that were ended after the backup was made."""
    for statement in sql.END_ALL_TOKENS:
        execute(statement)


@atomic
def end_stolen_sign_ins(by: Caller, user: User) -> None:
    """End every sign-in of the user, and record one event, because somebody else has a copy of a token."""
    if end_all_sign_ins(user):
        events.record_security_event(by=by, user=user, kind=EventKind.TOKENS_REUSED)


def parse_refresh_token(raw: Any) -> RefreshToken:
    """Return the token. Raise InvalidToken (401) if it has expired, or its signature, issuer or type is wrong."""
    try:
        token = RefreshToken(raw)
        authentication.check_expiry(token)
        return token
    except TokenError as error:
        raise InvalidToken(str(error)) from None
