"""Issue, read, refresh and end tokens. A refresh token has one successor.

A request has an access token or an API key in its Authorization header, after `Bearer` or `Token` in any case.

Both tokens contain the `token_version` of their user, and are valid while it is the same. They also contain the time at
which the user joined, because after a restore the database may give the same id to another user. A refresh token also
belongs to a family: one row per sign-in, which stores the id of the current token. A refresh replaces the current token
by one UPDATE, whose condition is on the row itself. So only one of several concurrent refreshes writes its successor.

A client whose response was lost sends the same token again. Until the successor is used, and for a limited time, it
gets the same successor, which is signed again from the ids and times of the family's row. No token is stored.
"""

import time
from datetime import timedelta
from functools import lru_cache
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.plumbing import build_bearer_security_scheme_object
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import AuthenticationFailed, InvalidToken, TokenError
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token
from rest_framework_simplejwt.utils import datetime_from_epoch, datetime_to_epoch

from core.database.postgres.base import execute, read_with_reconnect
from core.database.transactions import atomic
from users.access.permissions import Caller
from users.errors import SecondFactorRequired
from users.events import services as events
from users.keys import services as keys
from users.models import EventKind, RefreshFamily, User
from users.sign_in import sql

MAX_CACHED_TOKENS = 1000  # the limit in each process; clients send the same token many times
KEY_MARK = keys.MARK.encode()
MALFORMED_HEADER = gettext_lazy("Send exactly one access token after `Bearer` or `Token` in the Authorization header.")
INVALID_TOKEN = gettext_lazy(
    "The access token is invalid or has expired. Refresh it at /api/auth/refresh/ or sign in again."
)


@lru_cache(maxsize=MAX_CACHED_TOKENS)
def parse_access_token(raw_token: bytes) -> AccessToken:
    """Return the token. Raise TokenError if its signature, issuer or type is wrong. The caller checks the expiry."""
    return AccessToken(raw_token)  # type: ignore[arg-type]


class TokenAuthentication(JWTAuthentication):
    """Checks an API key (users/keys/), or a token as SimpleJWT does, and whether the token's user may sign in."""

    def __init__(self) -> None:
        """Set what SimpleJWT would look up for each request."""
        self.user_model = User

    @sensitive_variables("header", "raw_token")
    def authenticate(self, request: Any) -> Any:
        """Return the user, and the token or key. Return None if there is neither. Raise AuthenticationFailed (401)."""
        header = self.get_header(request)
        raw_token = None if header is None else self.get_raw_token(header)
        if raw_token is None:
            return None
        if raw_token.startswith(KEY_MARK):
            user = keys.authenticate(by=Caller.anonymous(request), text=raw_token.decode("latin-1"))
            return user, user.api_key
        token = self.get_validated_token(raw_token)
        return self.get_user(token), token

    def get_raw_token(self, header: bytes) -> bytes | None:
        """Return the token, or None for another scheme. The scheme's case does not matter (RFC 9110, 11.1).

        Raise AuthenticationFailed (401) unless exactly one token follows the scheme.
        """
        scheme, *rest = header.split(maxsplit=1) or [b""]
        try:
            token: bytes | None = super().get_raw_token(b" ".join([scheme.capitalize(), *rest]))
        except AuthenticationFailed as error:
            raise AuthenticationFailed(str(MALFORMED_HEADER), "bad_authorization_header") from error
        return token

    def get_validated_token(self, raw_token: bytes) -> Token:
        """Return the token. Raise InvalidToken (401), with a message that tells the user what to do."""
        try:
            token = parse_access_token(raw_token)
            check_expiry(token)
        except TokenError as error:
            raise InvalidToken(str(INVALID_TOKEN)) from error
        return token

    def get_user(self, validated_token: Token) -> Any:
        return read_with_reconnect(lambda: find_user_of_token(validated_token))


def find_user_of_token(token: Token) -> User:
    """Return the user of a token. Raise AuthenticationFailed (401) if it may not sign in, or if the token has ended."""
    user = User.find(token.get("user_id"))
    if user is None:
        raise AuthenticationFailed(gettext("User not found"), code="user_not_found")
    if not user.may_sign_in:
        raise AuthenticationFailed(gettext("User is inactive"), code="user_inactive")
    # After a restore of the database, the id may be that of another user, who has joined at another microsecond.
    if token.get("version") != user.token_version or token.get("joined") != user.date_joined.timestamp():
        raise AuthenticationFailed(
            gettext("The token ended when the password was changed or the user was deactivated. Sign in again."),
            code="token_revoked",
        )
    return user


def check_expiry(token: Token) -> None:
    """Raise TokenError if the token has expired. This ignores SimpleJWT's leeway, which is meant only for `iat`."""
    if token["exp"] <= time.time():
        raise TokenError("Token is expired")


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> Any:
        scheme = build_bearer_security_scheme_object("Authorization", "Bearer", "JWT")
        return {**scheme, "description": "An access token of `/api/auth/login/`, or an API key of `/api/keys/`."}


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
    """Replace a refresh token by a new pair. Raise AuthenticationFailed (401) if it is invalid or has been replaced.

    A retry returns the same new refresh token again. Any other use of a token that has been replaced ends its sign-in.
    """
    token = parse_refresh_token(refresh)
    user = find_user_of_token(token)
    family, successor = find_family(token, user), RefreshToken.for_user(user)
    try:
        admit(user, token.get(PROVED_AT))
    except SecondFactorRequired:  # the user has got its first factor after this sign-in
        family.delete()
        raise InvalidToken(gettext("This sign-in ended when a second factor was added. Sign in again.")) from None
    if not (spend_token(token, family, successor) or repeat_successor(token, family, successor)):
        end_stolen_sign_in(by, user, family)
        raise InvalidToken(gettext("This refresh token has been used or has ended. Sign in again."))
    successor[SIGNED_IN_AT] = token.get(SIGNED_IN_AT, 0)  # tokens of release 1.0.0 have none
    if PROVED_AT in token:
        successor[PROVED_AT] = token[PROVED_AT]
    return make_pair(successor, user, token["family"])


def find_family(token: Token, user: User) -> QuerySet[RefreshFamily]:
    """Return the token's sign-in as a queryset. It is empty if the sign-in has ended."""
    return RefreshFamily.objects.filter(pk=token.get("family"), user=user)


def spend_token(token: Token, family: QuerySet[RefreshFamily], successor: Token) -> bool:
    """Replace the token by its successor. Return False if the token is not the family's current one."""
    replaced = family.filter(current=token["jti"]).update(
        current=successor["jti"],
        previous=F("current"),
        rotated_at=datetime_from_epoch(successor["iat"]),
        expires_at=datetime_from_epoch(successor["exp"]),
    )
    return replaced == 1


def repeat_successor(token: Token, family: QuerySet[RefreshFamily], successor: Token) -> bool:
    """Give the successor the claims of the one that has replaced the token. Return False if this is not a retry.

    A retry is possible for REFRESH_RETRY_SECONDS, and only until the successor is used: from then on, the row no longer
    has this token as the previous one.
    """
    since = timezone.now() - timedelta(seconds=settings.REFRESH_RETRY_SECONDS)
    row = family.filter(previous=token["jti"], rotated_at__gt=since).first()
    if row is None or row.rotated_at is None:
        return False
    successor["jti"] = row.current.hex
    successor["iat"], successor["exp"] = datetime_to_epoch(row.rotated_at), datetime_to_epoch(row.expires_at)
    return True


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
def end_stolen_sign_in(by: Caller, user: User, family: QuerySet[RefreshFamily]) -> None:
    """End the sign-in, and record one event, because somebody else may have a copy of one of its tokens."""
    if family.delete()[0]:
        events.record_security_event(by=by, user=user, kind=EventKind.TOKENS_REUSED)


def parse_refresh_token(raw: Any) -> RefreshToken:
    """Return the token. Raise InvalidToken (401) if it has expired, or its signature, issuer or type is wrong."""
    try:
        token = RefreshToken(raw)
        check_expiry(token)
        return token
    except TokenError as error:
        raise InvalidToken(str(error)) from None
