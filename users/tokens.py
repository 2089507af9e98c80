"""Tokens: issued at sign-in, refreshed exactly once each, ended.

Both tokens carry the `token_version` of their user, and are good while it is still the same. They also carry when the
user joined, because after a restore an id is given out again, to another user. A refresh token belongs to a family
besides, one row per sign-in, that knows which token is the current one. To refresh is to put a new token in the place
of the current one, by a single UPDATE with its condition on the row itself: of several at once one finds it.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import connection
from django.db.models import F, QuerySet
from django.utils import timezone
from rest_framework_simplejwt.exceptions import AuthenticationFailed, InvalidToken, TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import RefreshToken, Token
from rest_framework_simplejwt.utils import aware_utcnow, datetime_from_epoch

from core.transactions import atomic
from users import events, sql
from users.models import EventKind, RefreshFamily, User

# A double click or a retry within this time is only refused; a later second use looks like theft.
REUSE_GRACE = timedelta(seconds=30)


def issue(user: User) -> dict[str, str]:
    """A new pair of tokens, and the family that they begin. `token` is the access token under its other name.

    They carry the version that was read together with the password: if either has changed since, they are dead.
    """
    refresh = RefreshToken.for_user(user)
    family, expires_at = str(uuid4()), datetime_from_epoch(refresh["exp"])
    about = {"id": family, "user": user.pk, "current": refresh["jti"], "expires_at": expires_at}
    with connection.cursor() as cursor:
        cursor.execute(sql.BEGIN_FAMILY, about)
    return pair_of(refresh, user, family)


def pair_of(refresh: RefreshToken, user: User, family: str) -> dict[str, str]:
    refresh["version"], refresh["joined"] = user.token_version, user.date_joined.timestamp()
    access = str(refresh.access_token)
    refresh["family"] = family
    return {"access": access, "refresh": str(refresh), "token": access}


def user_of(token: Token) -> User:
    """The user of a token. Raises AuthenticationFailed (401) if the token opens nothing any more."""
    user = User.objects.with_employer(token.get("user_id"))
    if user is None:
        raise AuthenticationFailed("User not found", code="user_not_found")
    if not user.may_sign_in:
        raise AuthenticationFailed("User is inactive", code="user_inactive")
    if token.get("version") != user.token_version or is_of_another(token, user):
        raise AuthenticationFailed("The password or activity has changed: sign in again.", code="token_revoked")
    return user


def is_of_another(token: Token, user: User) -> bool:
    """Return whether the token was issued to an earlier user of the same id.

    No two of them joined in the same microsecond. Tokens of a release before this claim are refused if they were issued
    before the user joined.
    """
    joined = user.date_joined.timestamp()
    if "joined" in token:
        return bool(token["joined"] != joined)
    return bool(token.get("iat", 0) < int(joined))


def check_expiry(token: Token) -> None:
    """Raise TokenError if the token has expired. SimpleJWT's leeway is taken back here: it is for `iat` alone."""
    token.check_exp(current_time=aware_utcnow() + api_settings.LEEWAY)


def rotate(raw: str, request: Any = None) -> dict[str, str]:
    """Trade a refresh token for a new pair. Raises AuthenticationFailed (401) if it is not good, or spent already."""
    token = received(raw)
    user = user_of(token)
    family, successor = family_of(token, user), RefreshToken.for_user(user)
    if not spend(token, family, successor):
        if is_stolen(token, family.first()):
            end_stolen(user, request)
        raise InvalidToken("This refresh token has been used or ended already: sign in again.")
    return pair_of(successor, user, token["family"])


def family_of(token: Token, user: User) -> QuerySet[RefreshFamily]:
    """The row of the token's sign-in, or none if it has ended."""
    return RefreshFamily.objects.filter(pk=token.get("family"), user=user)


def spend(token: Token, family: QuerySet[RefreshFamily], successor: Token) -> bool:
    """Put the successor in the token's place; False if the token is not its family's current one."""
    replaced = family.filter(current=token["jti"]).update(
        current=successor["jti"],
        previous=F("current"),
        rotated_at=timezone.now(),
        expires_at=datetime_from_epoch(successor["exp"]),
    )
    return replaced == 1


def is_stolen(token: Token, family: RefreshFamily | None) -> bool:
    """Whether a spent token comes a second time, later than a double click; not if its sign-in has ended anyhow.

    When the last one was spent is known; an older one was, at the earliest, when it was issued.
    """
    if family is None:
        return False
    is_last = family.previous == UUID(token["jti"])
    spent_at = family.rotated_at if is_last and family.rotated_at else datetime_from_epoch(token["iat"])
    return timezone.now() - spent_at > REUSE_GRACE


def end(raw: str, user: User) -> bool:
    """End the sign-in of the user's own refresh token; False if it is no good, or somebody else's."""
    try:
        token = received(raw)
    except InvalidToken:
        return False
    if token.get("user_id") != str(user.pk):
        return False
    family_of(token, user).delete()
    return True


def end_all(user: User) -> int:
    """End every sign-in of the user; how many there were."""
    return RefreshFamily.objects.filter(user=user).delete()[0]


def end_everything() -> None:
    """End every token and session of every user, for good: no version that was ever issued comes back."""
    with connection.cursor() as cursor:
        cursor.execute(sql.END_EVERYTHING)


@atomic
def end_stolen(user: User, request: Any) -> None:
    """End every sign-in of the user because a copy of a token is in other hands, and say so once."""
    if end_all(user):
        events.record(EventKind.TOKENS_REUSED, user, request)


def received(raw: Any) -> RefreshToken:
    """Return a refresh token as a client sent it: signature, algorithm, issuer, type and expiry are checked."""
    try:
        token = RefreshToken(raw)
        check_expiry(token)
        return token
    except TokenError as error:
        raise InvalidToken(str(error)) from None
