"""Authentication by an access token or API key in the Authorization header, after `Bearer` or `Token` in any case."""

import time
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.plumbing import build_bearer_security_scheme_object
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import AuthenticationFailed, InvalidToken, TokenError
from rest_framework_simplejwt.tokens import AccessToken, Token

from core.database.postgres.base import read_with_reconnect
from users.access.callers import Caller
from users.keys import services as keys
from users.models import User

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
